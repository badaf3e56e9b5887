"""A transaction that hangs, as an old client could leave one: a record that its coordinator does not know of.

The broker must run with `transaction.partition.verification.enable=false`, as brokers before Kafka 3.6 did.
"""

import pathlib
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients/kafka"))
from raw import Connection, crc32c, i16, i32, i64, record, sized, string

INIT_PRODUCER_ID, PRODUCE = 22, 0
TRANSACTIONAL = 0x10
PATIENCE = 60


def leave(broker, topic):
    """Writes the first record of a transaction into partition 0 of the topic."""
    with Connection(broker) as connection:
        producer, epoch = producer_id(connection)
        now = i64(int(time.time() * 1000))
        covered = i16(TRANSACTIONAL) + i32(0) + now * 2 + i64(producer) + i16(epoch) + i32(0) + i32(1)
        covered += record(b"left open")
        batch = i64(0) + sized(i32(-1) + b"\x02" + struct.pack(">I", crc32c(covered)) + covered)
        partition = i32(0) + sized(batch)
        body = string("nobody") + i16(-1) + i32(10_000) + i32(1) + string(topic) + i32(1) + partition
        answer = connection.request(PRODUCE, 7, body)
        code = struct.unpack_from(">h", answer, 14 + len(topic))[0]
        if code != 0:
            raise AssertionError(f"the record was refused with {code}")


def producer_id(connection):
    """A producer of its own: id and epoch."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = connection.request(INIT_PRODUCER_ID, 0, i16(-1) + i32(60_000))
        code, producer, epoch = struct.unpack_from(">hqh", answer, 4)
        if code == 0:
            return producer, epoch
        time.sleep(0.1)
    raise AssertionError(f"no producer id: {code}")

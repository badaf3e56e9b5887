"""Bad input over raw sockets, then proof that the broker serves on and its memory did not grow.

    python hostile.py HOST:PORT [--pid PID] [--reference]

With `--pid` memory is read from /proc. `--reference` is for Apache Kafka, which decompresses without a budget and
reserves memory for a frame before it has come.
"""

import argparse
import struct

import raw
from checks import check, end, equal, fresh, until
from raw import Connection, batch, i8, i16, i32, i64, record, sized, string, uvarint, varint

arguments = argparse.ArgumentParser()
arguments.add_argument("address")
arguments.add_argument("--pid", type=int)
arguments.add_argument("--reference", action="store_true")
arguments = arguments.parse_args()
ADDRESS = arguments.address

MOST = 0x7FFFFFFF
TIMES = 10
CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, UNSUPPORTED_VERSION, INVALID_RECORD = 2, 10, 35, 87


def memory(field):
    """A line of /proc/PID/status in MiB: VmRSS is now, VmHWM the most ever."""
    with open(f"/proc/{arguments.pid}/status") as status:
        line = next(line for line in status if line.startswith(field))
    return int(line.split()[1]) // 1024


def is_closed(data):
    """Sends raw bytes on a connection of their own; raises unless the broker closes it without an answer."""
    with Connection(ADDRESS) as connection:
        connection.send(data)
        answer = connection.answer()
        if answer is not None:
            raise AssertionError(f"it was answered: {answer[:60].hex()}")


def request(key, version, body, flexible=False):
    return sized(raw.header(key, version, flexible) + body)


TOPIC = fresh("hostile")
# Counts are 2^31-1; in flexible versions one more is sent, as an unsigned varint.
COUNTS = {
    "Metadata 1, topics": request(3, 1, i32(MOST)),
    "Metadata 12, topics": request(3, 12, uvarint(MOST + 1), True),
    "Produce 3, topics": request(0, 3, i16(-1) + i16(1) + i32(1000) + i32(MOST)),
    "Produce 9, partitions": request(
        0, 9, b"\0" + i16(1) + i32(1000) + b"\x02" + uvarint(4) + b"top" + uvarint(MOST + 1), True
    ),
    "Produce 3, bytes of records": request(
        0, 3, i16(-1) + i16(1) + i32(1000) + i32(1) + string(TOPIC) + i32(1) + i32(0) + i32(MOST)
    ),
    "Fetch 4, topics": request(1, 4, i32(-1) + i32(0) + i32(0) + i32(1) + i8(0) + i32(MOST)),
    "Fetch 12, forgotten topics": request(
        1, 12, i32(-1) + i32(0) * 2 + i32(1) + i8(0) + i32(0) + i32(-1) + b"\x01" + uvarint(MOST + 1), True
    ),
    "ListOffsets 1, topics": request(2, 1, i32(-1) + i32(MOST)),
    "JoinGroup 0, protocols": request(11, 0, string("g") + i32(6000) + string("") + string("c") + i32(MOST)),
    "OffsetCommit 2, topics": request(8, 2, string("g") + i32(1) + string("m") + i64(-1) + i32(MOST)),
    "OffsetFetch 1, topics": request(9, 1, string("g") + i32(MOST)),
    "CreateTopics 2, topics": request(19, 2, i32(MOST)),
    "DeleteTopics 1, topics": request(20, 1, i32(MOST)),
    "ApiVersions 3, tagged fields of the header": sized(i16(18) + i16(3) + i32(1) + string("c") + uvarint(MOST)),
    "ApiVersions 3, length of a name": request(18, 3, uvarint(MOST + 1) + b"x", True),
}
GOOD = record(b"good")
BATCHES = {
    "a length of 2^31-1": batch(GOOD)[:8] + i32(MOST) + batch(GOOD)[12:],
    "a length below its header": batch(GOOD)[:8] + i32(10) + batch(GOOD)[12:],
    "no bytes at all": b"",
    "2^31-1 records that are not there": batch(GOOD, count=MOST),
    "a record count of -1": batch(GOOD, count=-1, last_offset_delta=0),
    "fewer records than it holds": batch(GOOD * 3, count=1),
    "an offset range that is not its count": batch(GOOD, count=1, last_offset_delta=MOST),
    "a key of 2^31-1 bytes": batch(varint(10) + b"\0\0\0" + varint(MOST) + b"\0\0"),
    "a record of 2^31-1 bytes": batch(varint(MOST) + b"\0" * 20),
    "2^31-1 headers": batch(varint(10) + b"\0\0\0\1\1" + varint(MOST)),
    "a codec that does not exist": batch(GOOD, attributes=7),
    "gzip that is not gzip": batch(GOOD, attributes=1),
    "snappy that claims 4 GiB": batch(b"\xff\xff\xff\xff\x0f", attributes=2),
    "an lz4 frame without a block": batch(bytes.fromhex("04224d186040825900"), attributes=3),
    "a control record": batch(GOOD, attributes=32),
    "two batches in one": batch(GOOD) * 2,
    "magic 1 in Produce 3": i64(0) + sized(i32(0) + b"\x01\0" + i64(0) + i32(-1) + i32(-1)),
}

with Connection(ADDRESS) as good:
    with check("a topic with a hundred acknowledged records"):
        until(lambda: raw.topic_error(good, TOPIC) == 0, 15, "the topic is there")
        equal([raw.produce(good, TOPIC, batch(record(b"%d" % n))) for n in range(100)], [(0, n) for n in range(100)])
rss = memory("VmRSS") if arguments.pid else 0

with check("a length prefix of 2 GiB, or less than nothing, closes the connection"):
    for length in [MOST, -1, -MOST - 1]:
        for _ in range(TIMES):
            is_closed(i32(length) + b"\0" * 100)

with check("an unknown API key closes the connection"):
    for key in [999, -1, MOST >> 16]:
        is_closed(request(key, 0, b""))

with check("an unknown version closes the connection"):
    for key, version in [(0, 99), (1, 99), (3, 99), (3, -1), (11, 99)]:
        is_closed(request(key, version, b"\0" * 50))

with check("ApiVersions in an unknown version is told which ones there are"):
    with Connection(ADDRESS) as connection:
        name = uvarint(2) + b"x"
        answer = connection.request(raw.API_VERSIONS, 99, name + name + b"\0", flexible=True)
        error, count = struct.unpack_from(">hi", answer)
        equal(error, UNSUPPORTED_VERSION)
        ranges = {key: (low, high) for key, low, high in struct.iter_unpack(">hhh", answer[6 : 6 + 6 * count])}
        equal(raw.API_VERSIONS in ranges, True)

for name, frame in COUNTS.items():
    with check(f"2^31-1 as a count closes the connection: {name}"):
        for _ in range(TIMES):
            is_closed(frame)

with check("a frame that ends early closes the connection"):
    whole = request(0, 3, i16(-1) + i16(1) + i32(1000) + i32(1) + string(TOPIC) + i32(1) + i32(0) + sized(batch(GOOD)))
    for cut in range(4, len(whole) - 1, 7):
        is_closed(i32(cut - 4) + whole[4:cut])

with check("two hundred connections that stop in the middle of a frame do not disturb others"):
    held = [Connection(ADDRESS) for _ in range(200)]
    for connection in held:
        # Apache Kafka reserves what a frame says it will have, and is out of memory here.
        connection.send(i32(1000 if arguments.reference else 90 << 20) + b"\0" * 100)
    with Connection(ADDRESS) as connection:
        equal(raw.produce(connection, TOPIC, batch(record(b"100"))), (0, 100))
    for connection in held:
        connection.socket.close()

with check("a batch with a wrong checksum is CORRUPT_MESSAGE"):
    with Connection(ADDRESS) as connection:
        for _ in range(TIMES):
            equal(raw.produce(connection, TOPIC, batch(GOOD, crc=0x12345678)), (CORRUPT_MESSAGE, -1))

for name, records in BATCHES.items():
    with check(f"a batch is refused: {name}"):
        with Connection(ADDRESS) as connection:
            for _ in range(TIMES):
                error, offset = raw.produce(connection, TOPIC, records)
                equal((error != 0, offset), (True, -1))

with check("a batch that expands beyond the budget is refused"):
    bomb = batch(raw.gzip_bomb(900 << 20), attributes=1)
    if arguments.reference:
        equal(len(bomb) < 1_000_000, True)
    else:
        with Connection(ADDRESS, timeout=60) as connection:
            for _ in range(3):
                error, _ = raw.produce(connection, TOPIC, bomb)
                equal(error in (MESSAGE_TOO_LARGE, CORRUPT_MESSAGE, INVALID_RECORD), True)

with check("everything acknowledged is there, nothing else, and the next record follows"):
    with Connection(ADDRESS) as connection:
        values, offset = [], 0
        while len(values) < 101:
            data = raw.fetch(connection, TOPIC, offset)
            if not data:
                break
            while len(data) >= 61:
                size = 12 + struct.unpack_from(">i", data, 8)[0]
                equal(struct.unpack_from(">q", data)[0], offset)
                # Behind the header: length, attributes, two deltas, no key, the value's length.
                values.append(data[61 + 6 : size - 1])
                data, offset = data[size:], offset + 1
        equal(values, [b"%d" % n for n in range(101)])
        equal(raw.produce(connection, TOPIC, batch(record(b"101"))), (0, 101))

if arguments.pid:
    with check("its memory has not grown"):
        grown, most = memory("VmRSS") - rss, memory("VmHWM") - rss
        if grown > 64 or most > 256:
            raise AssertionError(f"{grown} MiB more than before, {most} MiB at most, from {rss} MiB")
end()

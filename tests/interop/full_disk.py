"""A disk that is full: produce is refused, reads go on, writing resumes by itself when there is space.

    python full_disk.py BINARY FOLDER

Needs confluent-kafka, and root: the disk is a file system of 16 MiB in memory.
"""

import os
import pathlib
import subprocess
import sys

import state
from servers import Millstream

from checks import check, end, equal, until
from confluent_kafka import KafkaError, Producer
from confluent_kafka.admin import AdminClient, NewTopic

BINARY, DISK = sys.argv[1], pathlib.Path(sys.argv[2]).resolve() / "small"
BALLAST = DISK / "ballast"
VALUE = b"0123456789" * 3_000


class Sender:
    """Sends one record after the other, and knows which were acknowledged."""

    def __init__(self, address):
        # No retries: the error is what the test is about.
        self.producer = Producer({
            "bootstrap.servers": address, "retries": 0, "acks": "all", "linger.ms": 0, "message.timeout.ms": 20_000,
        })
        self.sent, self.acknowledged, self.error = 0, [], None

    def send(self):
        """True when the record was acknowledged."""
        self.error = None
        number = self.sent
        self.sent += 1

        def told(error, message):
            self.error = error
            if error is None:
                self.acknowledged.append((message.offset(), b"%d" % number))

        self.producer.produce("t", VALUE, b"%d" % number, on_delivery=told)
        self.producer.flush(30)
        return self.error is None


def there(address):
    found = state.records(address, "t", 0)["records"]
    return {(offset, key) for offset, _, key, _, _ in found}


def run():
    BALLAST.write_bytes(bytes(4 << 20))
    with Millstream(BINARY, DISK / "data") as server:
        client = AdminClient({"bootstrap.servers": server.address})
        settings = {"segment.bytes": "1048576"}
        for future in client.create_topics([NewTopic("t", 1, config=settings)]).values():
            future.result(30)
        sender = Sender(server.address)
        with check("a full disk: produce gets the storage error"):
            while sender.send():
                if sender.sent > 1_000:
                    raise AssertionError("the disk never fills up")
            equal(sender.error.code(), KafkaError.KAFKA_STORAGE_ERROR)
        with check("a full disk: reads go on"):
            found = there(server.address)
            equal(set(sender.acknowledged) - found, set())
            for _ in range(5):
                sender.send()
        with check("a full disk: writing resumes when there is space"):
            BALLAST.unlink()
            until(sender.send, 10, f"a record is acknowledged again, {sender.error}")
            for _ in range(30):
                equal(sender.send(), True)
        with check("a full disk: nothing acknowledged is lost"):
            equal(set(sender.acknowledged) - there(server.address), set())
    with check("a full disk: nor after a restart"), Millstream(BINARY, DISK / "data") as server:
        equal(set(sender.acknowledged) - there(server.address), set())


DISK.mkdir(parents=True, exist_ok=True)
if os.geteuid() != 0:
    print("skip a full disk: mounting one needs root", flush=True)
    end()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(DISK)], check=True)
try:
    run()
finally:
    subprocess.run(["umount", "--lazy", str(DISK)], check=True)
end()

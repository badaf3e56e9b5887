"""Every codec, written by old and new clients and read by old and new clients, on kafka-python.

    python formats.py HOST:PORT [--new]

Pinned to 0.8 and 0.9 it writes and reads message format 0, with 0.10 format 1, with 0.11 and unpinned format 2.
`--new` leaves the pinned ones out. Needs the packages python-snappy, lz4, xxhash and zstandard.
"""

import sys
import warnings

from kafka import KafkaConsumer, KafkaProducer, TopicPartition, __version__

from checks import check, end, equal, fresh

warnings.simplefilter("ignore")
ADDRESS = sys.argv[1]
PINNED = [] if "--new" in sys.argv else [(0, 8, 2), (0, 9), (0, 10), (0, 11)]
VALUES = [b"value %d " % n * 20 for n in range(20)]


def client(version):
    return {"bootstrap_servers": [ADDRESS], **({"api_version": version} if version else {})}


def name(version):
    return ".".join(str(part) for part in version) if version else "newest"


def write(topic, version, codec):
    producer = KafkaProducer(compression_type=codec, linger_ms=50, **client(version))
    futures = [producer.send(topic, key=b"k%d" % n, value=value) for n, value in enumerate(VALUES)]
    producer.flush()
    equal([future.get(timeout=10).offset for future in futures], list(range(len(VALUES))))
    producer.close()


def read(topic, version, offset):
    consumer = KafkaConsumer(auto_offset_reset="earliest", consumer_timeout_ms=5000, **client(version))
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek(partition, offset)
    messages = [next(consumer) for _ in range(len(VALUES) - offset)]
    consumer.close()
    equal([message.value for message in messages], VALUES[offset:])
    equal([message.key for message in messages], [b"k%d" % n for n in range(offset, len(VALUES))])
    equal([message.offset for message in messages], list(range(offset, len(VALUES))))


for writer in [*PINNED, None]:
    for codec in [None, "gzip", "snappy", "lz4"]:
        with check(f"kafka-python {__version__}: written by {name(writer)} with {codec}, read by every version"):
            topic = fresh("formats")
            write(topic, writer, codec)
            for reader in [*PINNED, None]:
                read(topic, reader, 0)
                read(topic, reader, 7)

with check(f"kafka-python {__version__}: zstd is for the newest"):
    topic = fresh("formats")
    write(topic, None, "zstd")
    read(topic, None, 0)
end()

"""Writes the same three records with kafka-python's own code, in every format and codec, one line of hex each.

    python write_records.py kafka-python-2.0.2 >> records.txt

Needs kafka-python of that version, python-snappy, lz4, xxhash and zstandard.
"""

import sys

from kafka.record import MemoryRecordsBuilder

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
RECORDS = [
    (1000, b"k1", b"v1", [("h", b"1"), ("h", None)]),
    (3000, None, b"ab" * 100, []),
    (2000, b"", None, []),
]


def write(magic, codec):
    builder = MemoryRecordsBuilder(magic=magic, compression_type=codec, batch_size=1 << 20)
    for timestamp, key, value, headers in RECORDS:
        extra = {"headers": headers} if magic == 2 else {}
        assert builder.append(timestamp=timestamp, key=key, value=value, **extra)
    builder.close()
    return bytes(builder.buffer()).hex()


for magic in (0, 1, 2):
    for name, codec in CODECS.items():
        if magic == 2 or name != "zstd":
            print(sys.argv[1], magic, name, write(magic, codec))

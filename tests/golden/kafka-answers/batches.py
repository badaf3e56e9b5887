"""Record batches and old message sets, right and wrong ones."""

import struct
import zlib

NOW = 1_700_000_000_000


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def zigzag(value):
    value = value << 1 ^ value >> 63
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(value):
    return zigzag(-1) if value is None else zigzag(len(value)) + value


def batch(*records, producer=(-1, -1, -1), attributes=0, at=NOW, crc=None, magic=2, count=None, offsets=None, last=None,
          timestamps=None):
    """Format 2. A record is a value or a (key, value)."""
    records = [record if isinstance(record, tuple) else (None, record) for record in records]
    offsets = offsets or range(len(records))
    timestamps = timestamps or [at] * len(records)
    body = b""
    for (key, value), offset, timestamp in zip(records, offsets, timestamps):
        one = b"\0" + zigzag(timestamp - timestamps[0]) + zigzag(offset) + field(key) + field(value) + zigzag(0)
        body += zigzag(len(one)) + one
    id, epoch, sequence = producer
    count = len(records) if count is None else count
    last = len(records) - 1 if last is None else last
    most = max(timestamps, default=-1)
    head = struct.pack(">hiqqqhii", attributes, last, timestamps[0] if timestamps else -1, most, id, epoch, sequence, count)
    rest = head + body
    crc = crc32c(rest) if crc is None else crc
    rest = struct.pack(">ibI", -1, magic, crc) + rest
    return struct.pack(">qi", 0, len(rest)) + rest


def message_set(*values, magic=1, key=None, at=NOW, crc=None):
    """Format 0 or 1."""
    out = b""
    for offset, value in enumerate(values):
        body = struct.pack(">bb", magic, 0) + (struct.pack(">q", at) if magic else b"")
        for part in (key, value):
            body += struct.pack(">i", -1) if part is None else struct.pack(">i", len(part)) + part
        sum_ = zlib.crc32(body) if crc is None else crc
        out += struct.pack(">qiI", offset, len(body) + 4, sum_) + body
    return out

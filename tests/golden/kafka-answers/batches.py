"""Record batches and old message sets, right and wrong ones."""

import gzip
import struct
import zlib

NOW = 1_700_000_000_000


def remainder(crc):
    for _ in range(8):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc


REMAINDERS = [remainder(byte) for byte in range(256)]


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ REMAINDERS[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def zigzag(value):
    return varint(value << 1 ^ value >> 63)


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(value):
    return zigzag(-1) if value is None else zigzag(len(value)) + value


def batch(*records, producer=(-1, -1, -1), attributes=0, at=NOW, crc=None, magic=2, count=None, offsets=None, last=None,
          timestamps=None, headers=()):
    """Format 2. A record is a value or a (key, value); all have the same headers."""
    records = [record if isinstance(record, tuple) else (None, record) for record in records]
    offsets = offsets or range(len(records))
    timestamps = timestamps or [at] * len(records)
    body = b""
    for (key, value), offset, timestamp in zip(records, offsets, timestamps):
        one = b"\0" + zigzag(timestamp - timestamps[0]) + zigzag(offset) + field(key) + field(value) + zigzag(len(headers))
        one += b"".join(field(name) + field(said) for name, said in headers)
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


def message_set(*values, magic=1, key=None, at=NOW, crc=None, attributes=0, offsets=None):
    """Format 0 or 1."""
    out = b""
    for offset, value in zip(offsets or range(len(values)), values):
        body = struct.pack(">bb", magic, attributes) + (struct.pack(">q", at) if magic else b"")
        for part in (key, value):
            body += struct.pack(">i", -1) if part is None else struct.pack(">i", len(part)) + part
        sum_ = zlib.crc32(body) if crc is None else crc
        out += struct.pack(">qiI", offset, len(body) + 4, sum_) + body
    return out


def wrapped(inner, codec=1, offset=0, packed=None, **more):
    """A message set within a message: codec 1 is gzip, 2 snappy (as it may be: a text without anything to refer to)."""
    if packed is None:
        packed = gzip.compress(inner, mtime=0) if codec == 1 else literal(inner)
    return message_set(packed, attributes=codec | more.pop("attributes", 0), offsets=[offset], **more)


def literal(data):
    assert 60 < len(data) <= 256, len(data)
    return varint(len(data)) + bytes([60 << 2, len(data) - 1]) + data


def told(data):
    """What records say, in any format: one text a message or batch. What is cut off at the end says nothing."""
    at = 0
    while at + 17 <= len(data):
        offset, size, _, magic = struct.unpack_from(">qiib", data, at)
        if at + 12 + size > len(data):
            break
        whole = data[at : at + 12 + size]
        yield told_batch(whole) if magic == 2 else told_message(offset, magic, whole)
        at += 12 + size


def told_message(offset, magic, data):
    attributes, at = data[17], 18
    time = ""
    if magic:
        time, at = f" at {struct.unpack_from('>q', data, 18)[0]}", 26
    parts = []
    for _ in range(2):
        size = struct.unpack_from(">i", data, at)[0]
        parts.append(None if size < 0 else data[at + 4 : at + 4 + size])
        at += 4 + max(size, 0)
    right = "" if zlib.crc32(data[16:]) == struct.unpack_from(">I", data, 12)[0] else " with a wrong checksum"
    said = f"{offset}: magic {magic}, attributes {attributes}{time}{right}"
    if attributes & 7 == 1:
        return f"{said} <{'; '.join(told(gzip.decompress(parts[1])))}>"
    return f"{said} {text(parts[0])}={text(parts[1])}" if not attributes & 7 else said


def told_batch(data):
    base = struct.unpack_from(">q", data)[0]
    attributes, last, first, most, id, epoch, sequence, count = struct.unpack_from(">hiqqqhii", data, 21)
    said = f"{base}+{last}: batch of {count}, attributes {attributes}, from {first} to {most}, producer {id} {epoch} {sequence}"
    return said if attributes & 7 else f"{said} <{'; '.join(told_records(data[61:], count, base, first))}>"


def told_records(data, count, base, first):
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at, value, shift = at + 1, value | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                return value >> 1 ^ -(value & 1)

    def part():
        nonlocal at
        size = number()
        at += max(size, 0)
        return None if size < 0 else data[at - size : at]

    for _ in range(count):
        number()
        at += 1
        time, offset = first + number(), base + number()
        key, value = part(), part()
        headers = [f"{part().decode()}:{text(part())}" for _ in range(number())]
        yield f"{offset} at {time} {text(key)}={text(value)}" + "".join(f" {header}" for header in headers)


def text(part):
    return "null" if part is None else repr(part.decode()) if len(part) <= 20 else f"{len(part)} bytes"

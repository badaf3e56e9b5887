"""As much of Kafka's protocol as the hostile tests need, byte by byte, so that any byte can be a lie."""

import socket
import struct
import time
import zlib

PRODUCE, FETCH, METADATA, API_VERSIONS = 0, 1, 3, 18


def i8(value):
    return struct.pack(">b", value)


def i16(value):
    return struct.pack(">h", value)


def i32(value):
    return struct.pack(">i", value)


def i64(value):
    return struct.pack(">q", value)


def uvarint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def varint(value):
    return uvarint(value << 1 if value >= 0 else (-value << 1) - 1)


def string(text):
    return i16(len(text)) + text.encode()


def sized(data):
    return i32(len(data)) + data


def header(key, version, flexible=False):
    return i16(key) + i16(version) + i32(7) + string("hostile") + (b"\0" if flexible else b"")


class Connection:
    """One TCP connection. Every wait has an end."""

    def __init__(self, address, timeout=15):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The broker has closed the connection: reading tells.

    def request(self, key, version, body, flexible=False):
        """Sends a request and returns the answer's body, or None when the broker closed the connection."""
        self.send(sized(header(key, version, flexible) + body))
        answer = self.answer()
        return answer and answer[4:]

    def answer(self):
        length = self.read(4)
        return length and self.read(struct.unpack(">i", length)[0])

    def read(self, count):
        data = b""
        while len(data) < count:
            try:
                part = self.socket.recv(count - len(data))
            except ConnectionResetError:
                return None
            if not part:
                return None
            data += part
        return data


def _crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def record(value, offset_delta=0):
    body = b"\0\0" + varint(offset_delta) + varint(-1) + varint(len(value)) + value + varint(0)
    return varint(len(body)) + body


def batch(payload, count=1, attributes=0, last_offset_delta=None, timestamp=None, crc=None):
    """A batch of magic 2 around `payload`, which is compressed already if `attributes` say so. It is of now, or the
    topic's retention takes it in the middle of the test."""
    timestamp = int(time.time() * 1000) if timestamp is None else timestamp
    last = count - 1 if last_offset_delta is None else last_offset_delta
    covered = i16(attributes) + i32(last) + i64(timestamp) * 2 + i64(-1) + i16(-1) + i32(-1) + i32(count) + payload
    crc = crc32c(covered) if crc is None else crc
    body = i32(-1) + b"\x02" + struct.pack(">I", crc) + covered
    return i64(0) + sized(body)


def gzip_bomb(size):
    """One well-formed record whose value is `size` zeros, as gzip."""
    head = b"\0\0\0" + varint(-1) + varint(size)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    out = packer.compress(varint(len(head) + size + 1) + head)
    step = bytes(1 << 20)
    for _ in range(size >> 20):
        out += packer.compress(step)
    return out + packer.compress(b"\0") + packer.flush()


def produce(connection, topic, records, version=3):
    """Produces to partition 0: error code and base offset, or None when the broker closed the connection."""
    partition = i32(0) + sized(records)
    body = i16(-1) + i16(-1) + i32(10_000) + i32(1) + string(topic) + i32(1) + partition
    answer = connection.request(PRODUCE, version, body)
    if answer is None:
        return None
    at = 4 + 2 + len(topic) + 4 + 4
    return struct.unpack_from(">hq", answer, at)


def fetch(connection, topic, offset):
    """Fetches partition 0 with Fetch 4: the raw records."""
    partition = i32(0) + i64(offset) + i32(1 << 20)
    body = i32(-1) + i32(100) + i32(1) + i32(1 << 20) + i8(0) + i32(1) + string(topic) + i32(1) + partition
    answer = connection.request(FETCH, 4, body)
    at = 4 + 4 + 2 + len(topic) + 4 + 4
    error, _, _, aborted = struct.unpack_from(">hqqi", answer, at)
    if error:
        raise AssertionError(f"Fetch answers error {error}")
    at += 22 + max(aborted, 0) * 16
    (length,) = struct.unpack_from(">i", answer, at)
    return answer[at + 4 : at + 4 + length]


def topic_error(connection, topic):
    """Asks for a topic's metadata, which makes it: the error code of its partition 0."""
    answer = connection.request(METADATA, 1, i32(1) + string(topic))
    at = 4
    for _ in range(struct.unpack_from(">i", answer)[0]):
        at += 4
        at += 2 + struct.unpack_from(">h", answer, at)[0] + 4
        at += 2 + max(struct.unpack_from(">h", answer, at)[0], 0)
    at += 4 + 4
    error = struct.unpack_from(">h", answer, at)[0]
    at += 2 + 2 + len(topic) + 1
    (partitions,) = struct.unpack_from(">i", answer, at)
    return error or (5 if partitions == 0 else struct.unpack_from(">h", answer, at + 4)[0])

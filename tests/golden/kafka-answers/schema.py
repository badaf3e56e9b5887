"""Kafka's messages, read from the tables in `crates/wire/schemas` and nothing else: a codec beside the broker's own."""

import pathlib
import re
import struct
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[3] / "crates/wire"
FIXED = {"int8": ">b", "int16": ">h", "uint16": ">H", "int32": ">i", "int64": ">q", "float64": ">d", "error": ">h", "bool": ">?"}
CODE = re.compile(r"^    (-?\d+) ([A-Z_0-9]+)(?: retriable)?;", re.M)
ERRORS = {int(code): name for code, name in CODE.findall((ROOT / "src/error_code.rs").read_text())}


def versions(word):
    if word.endswith("+"):
        return range(int(word[:-1]), 100)
    low, _, high = word.partition("-")
    return range(int(low), int(high or low) + 1)


class Field:
    """A line of a table."""

    def __init__(self, line):
        words = line.split()
        self.name, notation = words[0], words[1]
        self.type, null, when = notation.partition("?")
        self.nullable = versions(when) if when else range(100) if null else range(0)
        self.array = self.type.startswith("[")
        self.type = self.type.strip("[]")
        rest = words[2:]
        self.versions = versions(rest.pop(0)) if rest and rest[0][0].isdigit() else range(100)
        self.tag, self.tagged = None, range(0)
        if "tag" in rest:
            at = rest.index("tag")
            self.tag, self.tagged = int(rest[at + 1]), self.versions
            if len(rest) > at + 2 and rest[at + 2][0].isdigit():
                self.tagged = versions(rest[at + 2])
        self.default = rest[rest.index("=") + 1] if "=" in rest else None
        self.rigid = "rigid" in rest
        self.fields = []

    def unset(self):
        if self.array:
            return None if self.default == "null" else []
        if self.default == "null":
            return None
        if self.type == "bool":
            return self.default == "true"
        if self.type in ("string", "bytes", "records", "recordset"):
            return None if self.type[0] == "r" else self.default or ("" if self.type == "string" else b"")
        if self.type == "uuid":
            return uuid.UUID(int=0)
        if self.type in FIXED:
            return int(self.default, 0) if self.default else 0
        return None if self.nullable else {}


class Message:
    def __init__(self, head):
        words = head.split()
        self.name, said = words[1], dict(zip(words[2::2], words[3::2]))
        self.key = int(said.get("key", -1))
        self.versions = versions(said["versions"])
        self.flexible = versions(said["flexible"]) if "flexible" in said else range(0)
        self.fields = []


def load():
    """Requests and responses by API name, as pairs."""
    apis = {}
    for path in sorted((ROOT / "schemas/api").glob("*.schema")):
        messages, shared, stack = [], {}, []
        for line in path.read_text().splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            indent = len(line) - len(line.lstrip())
            if indent == 0:
                kind, name = line.split()[:2]
                if kind == "struct":
                    stack = [(0, shared.setdefault(name, []))]
                else:
                    messages.append(Message(line))
                    stack = [(0, messages[-1].fields)]
                continue
            while len(stack) > 1 and stack[-1][0] >= indent:
                stack.pop()
            field = Field(line)
            stack[-1][1].append(field)
            stack.append((indent, field.fields))
        link(messages, shared)
        request, response = messages[:2]
        apis[request.name.removesuffix("Request")] = (request, response)
    return apis


def link(messages, shared):
    """A struct that is described once may be named again."""

    def gather(fields):
        for field in fields:
            if field.fields:
                shared.setdefault(field.type, field.fields)
            gather(field.fields)

    def visit(fields):
        for field in fields:
            if not field.fields and field.type in shared:
                field.fields = shared[field.type]
            visit(field.fields)

    for message in messages:
        gather(message.fields)
    for message in messages:
        visit(message.fields)


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def length(count, flexible, wide=True):
    if flexible:
        return varint(count + 1)
    return struct.pack(">i" if wide else ">h", count)


def encode(fields, values, version, flexible):
    """The bytes of a struct. What is not said holds its default; what the version does not have is left out."""
    unknown = set(values) - {field.name for field in fields}
    assert not unknown, f"no such field: {unknown}"
    out, tags = b"", []
    for field in fields:
        if version not in field.versions:
            continue
        value = values.get(field.name, field.unset())
        if version in field.tagged:
            if value != field.unset():
                bytes_ = one(field, value, version, flexible)
                tags.append((field.tag, bytes_))
            continue
        out += one(field, value, version, flexible)
    if flexible:
        out += varint(len(tags)) + b"".join(varint(tag) + varint(len(b)) + b for tag, b in sorted(tags))
    return out


def one(field, value, version, flexible):
    flexible = flexible and not field.rigid
    if field.array:
        if value is None:
            return length(-1, flexible)
        return length(len(value), flexible) + b"".join(item(field, v, version, flexible) for v in value)
    return item(field, value, version, flexible)


def item(field, value, version, flexible):
    if field.type in FIXED:
        return struct.pack(FIXED[field.type], value)
    if field.type == "uuid":
        return value.bytes
    if field.type in ("string", "bytes", "records", "recordset"):
        if isinstance(value, str):
            value = value.encode()
        wide = field.type != "string"
        return length(-1, flexible, wide) if value is None else length(len(value), flexible, wide) + value
    if version in field.nullable and not field.array:
        if value is None:
            return b"\xff"
        return b"\x01" + encode(field.fields, value, version, flexible)
    return encode(field.fields, value, version, flexible)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        taken = self.data[self.at : self.at + count]
        assert len(taken) == count, "the answer ends too early"
        self.at += count
        return taken

    def fixed(self, kind):
        return struct.unpack(kind, self.take(struct.calcsize(kind)))[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def length(self, flexible, wide=True):
        return self.varint() - 1 if flexible else self.fixed(">i" if wide else ">h")


def decode(reader, fields, version, flexible):
    """The fields of the version, in order."""
    values, tagged = {}, {}
    for field in fields:
        if version not in field.versions:
            continue
        if version in field.tagged:
            tagged[field.tag] = field
            continue
        values[field.name] = read(reader, field, version, flexible)
    if flexible:
        for _ in range(reader.varint()):
            tag, size = reader.varint(), reader.varint()
            inner = Reader(reader.take(size))
            values[tagged[tag].name] = read(inner, tagged[tag], version, flexible)
    return values


def read(reader, field, version, flexible):
    if field.array:
        count = reader.length(flexible)
        return None if count < 0 else [read_item(reader, field, version, flexible) for _ in range(count)]
    return read_item(reader, field, version, flexible)


def read_item(reader, field, version, flexible):
    if field.type in FIXED:
        value = reader.fixed(FIXED[field.type])
        return Error(value) if field.type == "error" else value
    if field.type == "uuid":
        return uuid.UUID(bytes=reader.take(16))
    if field.type in ("string", "bytes", "records", "recordset"):
        count = reader.length(flexible, field.type != "string")
        value = None if count < 0 else reader.take(count)
        return value.decode() if field.type == "string" and value is not None else value
    if version in field.nullable and not field.array and reader.fixed(">b") < 0:
        return None
    return decode(reader, field.fields, version, flexible)


class Error(int):
    """An error code, which is shown with its name."""

    def __str__(self):
        return ERRORS.get(int(self), f"error {int(self)}")

"""A conversation with a broker that is written down: one line a case, with what differs from run to run left out."""

import json
import re
import socket
import struct
import time
import uuid

import schema

APIS = schema.load()
# Fields whose value is the broker's own. Zero, -1 and nothing are kept: they say that there is none.
OWN = {
    "cluster_id", "host", "port", "topic_id", "log_append_time_ms", "producer_id", "member_id", "leader", "total_bytes",
    "usable_bytes", "session_id", "directory_id", "replica_directory_id", "log_dir", "incarnation_id", "size",
    "finalized_features_epoch", "last_timestamp", "leader_epoch", "last_caught_up_timestamp", "last_fetch_timestamp",
    "controller_id", "start_timestamp", "transaction_start_time_ms", "voter_directory_id",
}
# Lists that Apache Kafka makes of a hash table.
UNORDERED = {"members", "results_by_partition"}
# Seconds to wait for an answer.
PATIENCE = 10
ID = re.compile(r"[A-Za-z0-9_-]{22}")


class Session:
    """`ranges` are the versions of each API that are asked in."""

    def __init__(self, address, ranges=None):
        host, port = address.rsplit(":", 1)
        self.address, self.socket, self.lines, self.asked = (host, int(port)), None, [], 0
        self.ranges = ranges
        self.last = None
        # Fields that hold the broker's own values in this file's cases, and whether its messages' words are compared.
        self.own, self.words = set(), True
        self.titles = {}

    def beside(self):
        """Another connection, what is said on which is written down in the same place."""
        other = Session("%s:%d" % self.address, self.ranges)
        other.lines, other.titles, other.own, other.words = self.lines, self.titles, self.own, self.words
        return other

    def send(self, api, version, values, client_id="golden"):
        return self.exchange(self.frame(api, version, values, client_id))

    def frame(self, api, version, values, client_id="golden"):
        request, response = APIS[api]
        flexible = version in request.flexible
        self.asked += 1
        head = struct.pack(">hhi", request.key, version, self.asked) + struct.pack(">h", len(client_id)) + client_id.encode()
        return head + (b"\0" if flexible else b"") + schema.encode(request.fields, values, version, flexible)

    def exchange(self, frame, silent=False):
        """Sends a frame and gives the answer's bytes after the correlation id, or None if the broker hangs up."""
        try:
            self.post(frame)
            if silent:
                return b""
            return self.answer()
        except (ConnectionError, EOFError):
            self.hang_up()
            return None
        except TimeoutError:
            self.hang_up()
            raise TimeoutError(f"no answer to {frame[:400]!r}") from None

    def post(self, frame):
        if self.socket is None:
            self.socket = socket.create_connection(self.address, PATIENCE)
        self.socket.sendall(struct.pack(">i", len(frame)) + frame)

    def answer(self):
        size = struct.unpack(">i", self.receive(4))[0]
        return self.receive(size)[4:]

    def receive(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def hang_up(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def ask(self, api, version, values):
        """The decoded answer, or None if the broker hangs up."""
        answer = self.send(api, version, values)
        if answer is None:
            return None
        try:
            return self.decode(api, version, answer)
        except Exception as error:
            raise AssertionError(f"{error}: {api} {version}, {values}: {answer.hex()}") from error

    def decode(self, api, version, answer, layout=None):
        request, response = APIS[api]
        flexible = version in request.flexible
        reader = schema.Reader(answer)
        if flexible and api != "ApiVersions":
            assert reader.varint() == 0, "tags in the header"
        if layout is not None:
            version, flexible = layout, layout in request.flexible
        values = schema.decode(reader, response.fields, version, flexible)
        assert reader.at == len(answer), "bytes behind the answer"
        return values

    def begin(self, name, api, version, **values):
        """Asks what is answered later."""
        self.begun = (name, api, version)
        self.post(self.frame(api, version, values))

    def end(self):
        """Writes down the answer to what was begun."""
        name, api, version = self.begun
        self.last = self.decode(api, version, self.answer())
        self.note(api, version, name, self.show(self.last))
        return self.last

    def case(self, name, api, versions=None, shown=None, **values):
        """Asks in each version and writes the answers down; neighbours with the same answer share a line."""
        low, high = self.ranges.get(api, (0, -1))
        first, last = (versions, versions) if isinstance(versions, int) else versions or (low, high)
        rows = []
        for version in range(max(low, first), min(high, last) + 1):
            here = fill(values, version)
            self.last = self.ask(api, version, here)
            said = "hangs up" if self.last is None else self.show(self.last, shown)
            self.rows(rows, version, said.replace(mark(version), "%v"))
        self.write(rows, api, name)

    def show(self, value, shown=None, name=""):
        """The answer as text. `shown` names the fields to show, if not all."""
        if isinstance(value, dict):
            there = [(key, item) for key, item in value.items() if shown is None or key in shown or isinstance(item, (list, dict))]
            return "{" + ", ".join(f"{key}={self.show(item, shown, key)}" for key, item in there) + "}"
        if isinstance(value, list):
            if name in self.own:
                return "<...>" if value else "[]"
            if name == "configs":
                value = sorted(value, key=lambda config: config["name"])
            said = [self.show(item, shown, name) for item in value]
            return "[" + ", ".join(sorted(said) if name in UNORDERED else said) + "]"
        if name in OWN or name in self.own:
            return own(value)
        if isinstance(value, str):
            if name.endswith("message"):
                value = ID.sub(lambda found: "<id>" if is_id(found[0]) else found[0], value) if self.words else "<text>"
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, bytes):
            return value.hex() if len(value) <= 16 else f"{len(value)} bytes"
        if isinstance(value, bool):
            return str(value).lower()
        return "null" if value is None else str(value)

    def rows(self, rows, version, said):
        if rows and rows[-1][2] == said:
            rows[-1][1] = version
        else:
            rows.append([version, version, said])

    def write(self, rows, api, name):
        if rows:
            name = self.title(api, range(rows[0][0], rows[-1][1] + 1), name)
        for first, last, said in rows:
            span = f"{first}" if first == last else f"{first}-{last}"
            self.lines.append(f"{api} {span} | {name} | {said}")

    def note(self, api, version, name, said):
        self.lines.append(f"{api} {version} | {self.title(api, [version], name)} | {said}")

    def title(self, api, versions, name):
        """The name, with a number from its second time on."""
        uses = [(api, version, name) for version in versions]
        count = 1 + max(self.titles.get(use, 0) for use in uses)
        self.titles.update(dict.fromkeys(uses, count))
        return name if count == 1 else f"{name} ({count})"

    # What cases stand on. None of it is written down.

    def topic(self, name, partitions=1, **configs):
        """Makes a topic and gives its id."""
        configs = [{"name": key.replace("_", "."), "value": str(value)} for key, value in configs.items()]
        topics = [{"name": name, "num_partitions": partitions, "replication_factor": 1, "configs": configs}]
        self.until("CreateTopics", 7, {"topics": topics, "timeout_ms": 10000}, lambda it: it["topics"][0]["error_code"] in (0, 36))
        found = self.until("Metadata", 12, {"topics": [{"name": name}], "allow_auto_topic_creation": False},
                           lambda it: it["topics"][0]["error_code"] == 0 and all(p["leader_id"] >= 0 for p in it["topics"][0]["partitions"]))
        rows = [{"partition_index": index, "timestamp": -1} for index in range(partitions)]
        self.until("ListOffsets", 7, {"replica_id": -1, "topics": [{"name": name, "partitions": rows}]},
                   lambda it: all(row["error_code"] == 0 for row in it["topics"][0]["partitions"]))
        return found["topics"][0]["topic_id"]

    def produce(self, topic, records, partition=0):
        data = [{"name": topic, "partition_data": [{"index": partition, "records": records}]}]
        answer = self.until("Produce", 9, {"acks": -1, "timeout_ms": 10000, "topic_data": data, "transactional_id": None},
                            lambda it: it["responses"][0]["partition_responses"][0]["error_code"] not in (3, 6))
        return answer["responses"][0]["partition_responses"][0]["base_offset"]

    def coordinator(self, key, kind=0):
        """Waits until the broker coordinates the group, or the transactional id (kind 1)."""
        self.until("FindCoordinator", 4, {"key_type": kind, "coordinator_keys": [key]}, lambda it: it["coordinators"][0]["error_code"] == 0)
        if kind == 0:
            self.until("DescribeGroups", 5, {"groups": [key]}, lambda it: it["groups"][0]["error_code"] not in (14, 15, 16))
        else:
            self.until("DescribeTransactions", 0, {"transactional_ids": [key]}, lambda it: it["transaction_states"][0]["error_code"] not in (14, 15, 16))

    def producer_ids(self):
        """Waits until producer ids are given out, and takes one: the first is 0, which would be shown as it is."""
        self.until("InitProducerId", 4, {"transactional_id": None, "transaction_timeout_ms": 1000}, lambda it: it["error_code"] == 0)

    def until(self, api, version, values, holds):
        deadline = time.monotonic() + 30
        while True:
            answer = self.ask(api, version, values)
            if answer is not None and holds(answer):
                return answer
            assert time.monotonic() < deadline, f"{api}: {answer and self.show(answer)}"
            time.sleep(0.02)


def mark(version):
    return f"v{version}x"


def fill(value, version):
    """`%v` in a text stands for the version."""
    if callable(value):
        return fill(value(version), version)
    if isinstance(value, dict):
        return {name: fill(inner, version) for name, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, version) for inner in value]
    return value.replace("%v", mark(version)) if isinstance(value, str) else value


def own(value):
    if value in (None, "", 0, -1):
        return "null" if value is None else '""' if value == "" else str(value)
    if isinstance(value, uuid.UUID):
        return "0" if value.int == 0 else "<id>"
    return "<...>"


def is_id(text):
    """Whether a word of 22 letters is an id and no word."""
    return any(letter.isdigit() for letter in text) and text.lower() != text != text.upper()

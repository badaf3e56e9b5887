"""Every count of every API in every version at its extremes, while another client measures its own waits.

    python hostile_pack.py HOST:PORT [--pid PID]

The places of the counts come from crates/wire/golden/hostile_pack.txt, which is made from the schema tables.
"""

import argparse
import os
import struct
import threading
import time

import raw
from checks import check, end, equal
from raw import Connection, sized

arguments = argparse.ArgumentParser()
arguments.add_argument("address")
arguments.add_argument("--pid", type=int)
arguments = arguments.parse_args()
ADDRESS = arguments.address
PACK = os.path.join(os.path.dirname(__file__), "../../../crates/wire/golden/hostile_pack.txt")

# Form: bytes of an honest count in the pack, and what stands there instead.
LIES = {
    "int16": (2, [b"\x7f\xff", b"\xff\xfe", b"\x80\0"]),
    "int32": (4, [b"\x7f\xff\xff\xff", b"\xff\xff\xff\xfe", b"\x80\0\0\0"]),
    "varint": (1, [b"\xff\xff\xff\xff\x0f", b"\xff\xff\xff\xff\x07", b"\x80" * 6]),
}
MOST_GROWTH = 8
MOST_WAIT = 2.0


def memory(field):
    """A line of /proc/PID/status in MiB: VmRSS is now, VmHWM the most ever."""
    with open(f"/proc/{arguments.pid}/status") as status:
        line = next(line for line in status if line.startswith(field))
    return int(line.split()[1]) / 1024


def served():
    """The versions that the broker says it serves, by key."""
    with Connection(ADDRESS) as connection:
        answer = connection.request(raw.API_VERSIONS, 0, b"")
    count = struct.unpack_from(">i", answer, 2)[0]
    rows = struct.iter_unpack(">hhh", answer[6 : 6 + 6 * count])
    return {key: range(low, high + 1) for key, low, high in rows}


def frames():
    """API key, version and bytes of each hostile request."""
    versions = served()
    with open(PACK) as pack:
        for line in pack:
            key, version, body, *forms = line.split()
            key, version, body = int(key), int(version), bytes.fromhex(body.strip("-"))
            if version not in versions.get(key, []):
                continue
            flexible = any(form.startswith("varint") for form in forms)
            for form, places in (form.split("@") for form in forms):
                width, lies = LIES[form]
                for at in map(int, places.split(",")):
                    for lie in lies:
                        bad = body[:at] + lie + body[at + width :]
                        yield key, version, at, sized(raw.header(key, version, flexible) + bad)


class Other(threading.Thread):
    """Another client, which asks all the time and notes how long it waits."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stop, self.waits = threading.Event(), []

    def run(self):
        with Connection(ADDRESS) as connection:
            while not self.stop.is_set():
                begun = time.monotonic()
                connection.request(raw.API_VERSIONS, 0, b"")
                self.waits.append(time.monotonic() - begun)


pack = list(frames())
before = memory("VmRSS") if arguments.pid else 0
other = Other()
other.start()
with check(f"{len(pack)} hostile requests close their connections"):
    answered = []
    for key, version, at, frame in pack:
        with Connection(ADDRESS) as connection:
            connection.send(frame)
            if connection.answer() is not None:
                answered.append((key, version, at))
    equal(answered, [])
other.stop.set()
other.join(15)
with check("another client was answered all the time"):
    equal((len(other.waits) > 10, max(other.waits) < MOST_WAIT), (True, True))
if arguments.pid:
    with check(f"memory stays within {MOST_GROWTH} MiB of before"):
        after = max(memory("VmRSS"), memory("VmHWM"))
        if after > before + MOST_GROWTH:
            raise AssertionError(f"{after:.1f} MiB, {before:.1f} before")
end()

"""Apache Kafka's files: its tools read ours, it starts on our directory, we on its, there and back again.

    python disk.py BINARY JARS FOLDER

Needs confluent-kafka and java. BINARY is `millstream` (or the broker's example `serve`), JARS the folder of Apache
Kafka's jars, FOLDER an empty one.
"""

import pathlib
import subprocess
import sys

import fill
import state
from servers import Kafka, Millstream, copy

from checks import check, end, equal, until

BINARY, JARS, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
DUMP = pathlib.Path(__file__).resolve().parent.parent / "clients/java/dump.py"


def millstream(directory, **options):
    return Millstream(BINARY, directory, **options)


def kafka(directory, **options):
    return Kafka(JARS, directory, **options)


def seen(server):
    with server:
        return state.of(server.address)


def dump(directory, whose):
    """Every file through Kafka's dump tool; its program says what was read."""
    done = subprocess.run([sys.executable, str(DUMP), str(directory), JARS, "a-compacted-0"], capture_output=True, text=True)
    for line in done.stdout.splitlines():
        print(f"{line}, {whose}", flush=True)
    if done.returncode:
        raise AssertionError(f"it ended with {done.returncode}: {done.stderr[-300:]}")


def cleaned(directory, topic):
    """How far a topic's partition 0 is clean."""
    file = pathlib.Path(directory) / "cleaner-offset-checkpoint"
    lines = file.read_text().splitlines()[2:] if file.exists() else []
    rows = [line.rsplit(" ", 2) for line in lines]
    return max((int(offset) for name, partition, offset in rows if name == topic), default=0)


def clean(server, topic, offset):
    """Runs a server until it has cleaned the topic up to `offset`."""
    with server:
        until(lambda: cleaned(server.directory, topic) >= offset, 60, f"{topic} is clean up to {offset}")
        return state.of(server.address)


OURS, THEIRS = FOLDER / "ours", FOLDER / "theirs"
FOLDER.mkdir(parents=True, exist_ok=True)

with check("Millstream takes topics of all codecs, groups, settings"):
    with millstream(OURS) as server:
        fill.everything(server.address, "a", 0)
        FIRST = state.of(server.address)
with check("Kafka's dump tool reads what Millstream wrote"):
    dump(OURS, "as Millstream wrote it")

THERE = copy(OURS, "there")
with check("Apache Kafka starts on Millstream's directory and all is the same"):
    state.same(seen(kafka(THERE)), FIRST)
with check("Apache Kafka writes there"):
    with kafka(THERE) as server:
        fill.everything(server.address, "a", 400)
        SECOND = state.of(server.address)
with check("and back again: Millstream finds what both wrote"):
    state.same(seen(millstream(THERE)), SECOND)
with check("and writes on"):
    with millstream(THERE) as server:
        fill.everything(server.address, "a", 800)
        fill.large_metadata(server.address, "a")
with check("and sums its metadata up at the next start"):
    with millstream(THERE) as server:
        THIRD = state.of(server.address)
    snapshots = sorted(file.name for file in (THERE / "__cluster_metadata-0").glob("*-*.checkpoint"))
    if snapshots[-1].startswith("0" * 20):
        raise AssertionError(f"there are {snapshots}")
with check("and there once more"):
    state.same(seen(kafka(THERE)), THIRD)
with check("Kafka's dump tool reads what both wrote"):
    dump(THERE, "as both wrote it")

with check("Millstream starts on what Millstream left when it was killed; Apache Kafka too"):
    with millstream(OURS) as server:
        fill.records(server.address, "a", 1200)
        KILLED = state.of(server.address)
        server.kill()
    copied = copy(OURS, "killed")
    state.same(seen(millstream(OURS)), KILLED)
    state.same(seen(kafka(copied)), KILLED)

with check("both compact Millstream's log to the same records"):
    topic, (one, other) = "a-compacted", (copy(OURS, "clean-ours"), copy(OURS, "clean-theirs"))
    theirs = clean(kafka(other, cleaner=True), topic, 1)
    ours = clean(millstream(one, cleaner=True), topic, cleaned(other, topic))
    equal(cleaned(one, topic), cleaned(other, topic))
    before = len(KILLED["records"][f"{topic}-0"]["records"])
    after = len(ours["records"][f"{topic}-0"]["records"])
    if after >= before:
        raise AssertionError(f"{after} of {before} records stay")
    state.same(ours, theirs)
    # Each starts on what the other has compacted.
    state.same(seen(millstream(other)), theirs)
    state.same(seen(kafka(one)), ours)
with check("Kafka's dump tool reads what Millstream compacted"):
    dump(one, "as Millstream compacted it")

with check("Apache Kafka makes a directory of its own"):
    tool = ["java", "-cp", f"{JARS}/*", "kafka.tools.StorageTool", "format", "--standalone", "-t", "4L6g3nShT-eMCtK--X86sw", "-c"]
    server = kafka(THEIRS)
    server.command()
    file = THEIRS.with_name("theirs.kafka.properties")
    done = subprocess.run([*tool, str(file)], capture_output=True, text=True, timeout=60)
    equal((done.returncode, done.stderr if done.returncode else ""), (0, ""))
    with kafka(THEIRS) as server:
        fill.everything(server.address, "b", 0)
        FOURTH = state.of(server.address)
BACK = copy(THEIRS, "back")
with check("Millstream starts on Apache Kafka's directory and all is the same"):
    state.same(seen(millstream(BACK)), FOURTH)
with check("Millstream writes there, and Apache Kafka finds it"):
    with millstream(BACK) as server:
        fill.everything(server.address, "b", 400)
        FIFTH = state.of(server.address)
    state.same(seen(kafka(BACK)), FIFTH)
with check("Millstream starts on what Apache Kafka left when it was killed"):
    with kafka(THEIRS) as server:
        fill.records(server.address, "b", 1200)
        KILLED = state.of(server.address)
        server.kill()
    state.same(seen(millstream(THEIRS)), KILLED)
end()

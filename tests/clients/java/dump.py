"""Apache Kafka's log dump tool reads every file of a data directory.

    python dump.py DIRECTORY JARS [COMPACTED ...]

The broker must have been stopped. Says which files were read, and what the tool complains about. COMPACTED are the
partitions (`topic-0`) that may have gaps between offsets.
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
from checks import check, end

DIRECTORY, JARS, COMPACTED = pathlib.Path(sys.argv[1]), sys.argv[2], set(sys.argv[3:])
TOOL = "org.apache.kafka.tools.DumpLogSegments"
READABLE = {".log", ".index", ".timeindex", ".txnindex", ".snapshot", ".checkpoint"}
# Kafka keeps these itself, as text; the tool does not read them.
TEXT = {
    "meta.properties", "bootstrap.checkpoint", "quorum-state", ".lock", ".kafka_cleanshutdown",
    "cleaner-offset-checkpoint", "log-start-offset-checkpoint", "recovery-point-offset-checkpoint",
    "replication-offset-checkpoint", "leader-epoch-checkpoint", "partition.metadata",
}
COMPLAINTS = ["isvalid: false", "Mismatch", "not found", "Found timestamp", "Found out of order"]
INDEXES = {".index", ".timeindex"}


def decoder(folder):
    if folder.startswith("__cluster_metadata-"):
        return ["--cluster-metadata-decoder"]
    if folder.startswith("__consumer_offsets-"):
        return ["--offsets-decoder"]
    if folder.startswith("__transaction_state-"):
        return ["--transaction-log-decoder"]
    return []


def is_harmless(line, file):
    """The tool takes every file to begin at offset 0, and every log to be without gaps."""
    pair = re.fullmatch(r"\s*(-?\d+) is followed by \d+", line)
    return pair and (pair[1] == "-1" or file.parent.name in COMPACTED)


def complaints(text):
    """What the tool says on stderr, without its own mistakes."""
    file, found = pathlib.Path(), []
    for line in text.splitlines():
        if line.startswith("Non-consecutive offsets in "):
            file = pathlib.Path(line.removeprefix("Non-consecutive offsets in "))
        elif line.strip() and "SLF4J" not in line and not is_harmless(line, file):
            found.append(f"{file.parent.name} {line.strip()}".strip())
    return found


def dump(files, flags):
    names = ",".join(str(file) for file in files)
    command = ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", TOOL, *flags, "--files", names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    errors = complaints(done.stderr)
    lines = [line for line in done.stdout.splitlines() if any(word in line for word in COMPLAINTS)]
    if done.returncode != 0 or errors or lines:
        raise AssertionError(f"exit {done.returncode}: {' | '.join((lines + errors)[:5])}")
    return done.stdout


# Deleted topics, which a broker keeps for a while, are no longer its data.
folders = sorted(entry for entry in DIRECTORY.iterdir() if entry.is_dir() and not entry.name.endswith("-delete"))
kinds = {}
for folder in folders:
    files = sorted(file for file in folder.iterdir() if file.suffix in READABLE and file.name not in TEXT)
    # An empty index is nothing to read, and the tool says so with an exception.
    files = [file for file in files if file.stat().st_size > 0]
    kinds.setdefault(tuple(decoder(folder.name)), []).extend(files)

with check("every file is one that Kafka knows"):
    unknown = [
        str(file.relative_to(DIRECTORY))
        for file in DIRECTORY.rglob("*")
        if file.is_file() and file.suffix not in {*READABLE, ".deleted"} and file.name not in TEXT
    ]
    if unknown:
        raise AssertionError(", ".join(unknown))

for flags, files in sorted(kinds.items()):
    if not files:
        continue
    with check(f"Kafka's dump tool reads {len(files)} files {' '.join(flags)}".rstrip()):
        out = dump(files, ["--deep-iteration", *flags])
        if not out.count("| offset:"):
            raise AssertionError("it found no records")

indexes = [file for files in kinds.values() for file in files if file.suffix in INDEXES]
for flag in ["--index-sanity-check", "--verify-index-only"]:
    with check(f"Kafka's dump tool reads {len(indexes)} indexes {flag}"):
        dump(indexes, [flag])
end()

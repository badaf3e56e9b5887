"""The levels of features, here and at Apache Kafka.

    python levels.py BINARY JARS FOLDER [RELEASE ...]

`kraft.version`: a quorum in the directory (1) or in the configuration (0). `metadata.version`: directories for older
releases hold those releases' records, whoever formats them and whoever writes.

BINARY is `millstream`, JARS the folder of Apache Kafka's jars, FOLDER an empty one. A RELEASE is done beside 3.3-IV3, the
oldest: 3.7-IV4 and 3.9-IV0 are those where the records changed.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

from servers import Kafka, Millstream, copy, free_port

from checks import check, end, equal

BINARY, JARS, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
CLUSTER = "4L6g3nShT-eMCtK--X86sw"
CONTROLLER = f"127.0.0.1:{free_port()}"


def run(*words):
    return subprocess.run([BINARY, *words], check=True, capture_output=True, text=True, timeout=60).stdout


def at(server, command, *arguments):
    return run(command, "--bootstrap-server", server.address, *arguments)


def levels(server):
    """Every feature's level."""
    lines = at(server, "kafka-features", "describe").splitlines()
    found = (re.search(r"Feature: (\S+) .* FinalizedVersionLevel: (\S+)", line) for line in lines)
    return {one[1]: one[2] for one in found}


def level(server):
    return int(levels(server)["kraft.version"])


def kafka(directory, has_voters):
    server = Kafka(JARS, directory)
    server.settings["listeners"] = f"PLAINTEXT://{server.address},CONTROLLER://{CONTROLLER}"
    if has_voters:
        server.settings |= {"controller.quorum.voters": f"1@{CONTROLLER}", "controller.quorum.bootstrap.servers": ""}
    else:
        server.settings["controller.quorum.bootstrap.servers"] = CONTROLLER
    return server


def formatted(name, *flags):
    """A directory that our command has made, for the file that Apache Kafka is started with."""
    directory = FOLDER / name
    file = kafka(directory, has_voters=not flags).command()[-1]
    run("kafka-storage", "format", "-t", CLUSTER, "-c", file, *flags)
    return directory


def formatted_by_kafka(name, *flags):
    """The same by Apache Kafka's command."""
    directory = FOLDER / name
    command = kafka(directory, has_voters=False).command()
    tool = [*command[:command.index("kafka.Kafka")], "kafka.tools.StorageTool", "format", "--standalone"]
    done = subprocess.run([*tool, "-t", CLUSTER, "-c", command[-1], *flags], capture_output=True, text=True, timeout=60)
    equal((done.returncode, done.stderr if done.returncode else ""), (0, ""))
    return directory


def change(server, name):
    """Writes what leaves a record of most kinds."""
    at(server, "kafka-topics", "--create", "--topic", name, "--partitions", "2", "--config", "retention.ms=100000000")
    at(server, "kafka-topics", "--alter", "--topic", name, "--partitions", "3")
    at(server, "kafka-configs", "--alter", "--topic", name, "--add-config", "max.message.bytes=200000")
    at(server, "kafka-configs", "--alter", "--broker", "1", "--add-config", "log.cleaner.threads=2")
    at(server, "kafka-topics", "--create", "--topic", f"{name}-gone")
    at(server, "kafka-topics", "--delete", "--topic", f"{name}-gone")
    produced = subprocess.run([BINARY, "kafka-console-producer", "--bootstrap-server", server.address, "--topic", name],
                              input="one\ntwo\n", capture_output=True, text=True, timeout=60)
    equal((produced.returncode, produced.stderr.strip(">\n ")), (0, ""))


def topics(server):
    return at(server, "kafka-topics", "--list").split()


def versions(directory):
    """The versions of each kind of record in the metadata log, as Apache Kafka's tool reads it."""
    files = ",".join(str(file) for file in sorted((directory / "__cluster_metadata-0").glob("*.log")))
    tool = ["java", "-cp", f"{JARS}/*", "org.apache.kafka.tools.DumpLogSegments", "--cluster-metadata-decoder"]
    done = subprocess.run([*tool, "--files", files], capture_output=True, text=True, timeout=60)
    found = collections.defaultdict(set)
    for payload in re.findall(r"payload: (\{.*\})$", done.stdout, re.MULTILINE):
        record = json.loads(payload)
        found[record["type"]].add(record["version"])
    if "ould not decode" in done.stdout or not found:
        raise AssertionError(f"not all can be read: {done.stdout[-300:]}")
    return dict(found)


def compare(ours, theirs):
    """Of the kinds that both have, ours are in versions that Apache Kafka writes too; it tells of more than we do."""
    both = sorted(set(ours) & set(theirs))
    equal({kind: ours[kind] - theirs[kind] for kind in both}, dict.fromkeys(both, set()))
    if len(both) < 8:
        raise AssertionError(f"only {both} can be compared")


FOLDER.mkdir(parents=True, exist_ok=True)
for name, flags, told in [("dynamic", ["--standalone"], 1), ("static", [], 0)]:
    with check(f"a directory of a {name} quorum has the level {told} at both"):
        directory = formatted(name, *flags)
        with Millstream(BINARY, directory) as server:
            at(server, "kafka-topics", "--create", "--topic", "ours")
            equal(level(server), told)
        with kafka(directory, has_voters=told == 0) as server:
            at(server, "kafka-topics", "--create", "--topic", "theirs")
            equal((level(server), at(server, "kafka-topics", "--list").split()), (told, ["ours", "theirs"]))

with check("a level that was raised here is raised at apache kafka"):
    with Millstream(BINARY, FOLDER / "static") as server:
        at(server, "kafka-features", "upgrade", "--feature", "kraft.version=1")
        equal(level(server), 1)
    with kafka(FOLDER / "static", has_voters=True) as server:
        equal((level(server), at(server, "kafka-topics", "--list").split()), (1, ["ours", "theirs"]))

for release in ["3.3-IV3", *sys.argv[4:]]:
    flags = ["--release-version", release]
    with check(f"a directory that we have formatted for {release} has its records, and Apache Kafka starts on it"):
        directory = formatted(f"ours-{release}", "--standalone", *flags)
        with Millstream(BINARY, directory) as server:
            change(server, "a")
            OURS = levels(server)
        equal(OURS["metadata.version"], release)
        with Millstream(BINARY, directory) as server:
            change(server, "b")
        before = versions(directory)
        with kafka(directory, has_voters=False) as server:
            equal(topics(server), ["a", "b"])
            found = levels(server)
            equal({name: found[name] for name in OURS}, OURS)
            change(server, "c")
        with Millstream(BINARY, directory) as server:
            equal((topics(server), levels(server)), (["a", "b", "c"], OURS))
    with check(f"a directory that Apache Kafka has formatted for {release} keeps its records here"):
        directory = formatted_by_kafka(f"theirs-{release}", *flags)
        fresh = copy(directory, f"fresh-{release}")
        with kafka(directory, has_voters=False) as server:
            change(server, "a")
        with kafka(directory, has_voters=False) as server:
            change(server, "b")
        compare(before, versions(directory))
        with Millstream(BINARY, directory) as server:
            equal((topics(server), levels(server)), (["a", "b"], OURS))
            change(server, "c")
        with kafka(directory, has_voters=False) as server:
            equal(topics(server), ["a", "b", "c"])
        with Millstream(BINARY, fresh) as server:
            change(server, "a")
        compare(versions(fresh), before)
        with kafka(fresh, has_voters=False) as server:
            equal(topics(server), ["a"])

with check("a directory rises from release to release here, and apache kafka starts on it each time"):
    directory = FOLDER / "ours-3.3-IV3"
    for name, release in [("d", "3.6"), ("e", "3.9"), ("f", "4.3")]:
        with Millstream(BINARY, directory) as server:
            at(server, "kafka-features", "upgrade", "--release-version", release)
            change(server, name)
            OURS = levels(server)
        with Millstream(BINARY, directory) as server:
            change(server, f"{name}{name}")
        with kafka(directory, has_voters=False) as server:
            found = levels(server)
            equal({name: found[name] for name in OURS}, OURS)
            change(server, f"{name}-theirs")
    with Millstream(BINARY, directory) as server:
        equal(topics(server), ["a", "b", "c", "d", "d-theirs", "dd", "e", "e-theirs", "ee", "f", "f-theirs", "ff"])
end()

"""The level of kraft.version: a quorum in the directory (1) or in the configuration (0), here and at Apache Kafka.

    python levels.py BINARY JARS FOLDER

BINARY is `millstream`, JARS the folder of Apache Kafka's jars, FOLDER an empty one.
"""

import pathlib
import re
import subprocess
import sys

from servers import Kafka, Millstream, free_port

from checks import check, end, equal

BINARY, JARS, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
CLUSTER = "4L6g3nShT-eMCtK--X86sw"
CONTROLLER = f"127.0.0.1:{free_port()}"


def run(*words):
    return subprocess.run([BINARY, *words], check=True, capture_output=True, text=True, timeout=60).stdout


def at(server, command, *arguments):
    return run(command, "--bootstrap-server", server.address, *arguments)


def level(server):
    line = next(line for line in at(server, "kafka-features", "describe").splitlines() if "kraft.version" in line)
    return int(re.search(r"FinalizedVersionLevel: (\d)", line)[1])


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
end()

"""Records Apache Kafka's answers to a set of cases, from a real one.

    python3 record.py [--set SET] JARS [NAME ...]

SET is one of `sets.py` (`all`); JARS is the folder with the jars (`libs`) of its release of Apache Kafka.
"""

import pathlib
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parents[1] / "interop")]
import answers
import servers
from session import APIS, Session
from sets import SETS


def format_(jars, directory):
    """Apache Kafka wants its directory formatted; with the quorum in the log, as its quickstart does it."""
    file = directory.with_name("format.properties")
    file.write_text(
        "process.roles=broker,controller\nnode.id=1\ncontroller.listener.names=CONTROLLER\n"
        "listeners=PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2\n"
        f"controller.quorum.bootstrap.servers=127.0.0.1:2\nlog.dirs={directory}\n"
    )
    tool = ["java", "-cp", f"{jars}/*", "kafka.tools.StorageTool"]
    command = [*tool, "format", "--standalone", "-t", "AAAAAAAAQACAAAAAAAAAAA", "-c", file]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main(*words):
    name, words = (words[1], words[2:]) if words[0] == "--set" else ("all", words)
    asked, (jars, *names) = SETS[name], words
    with tempfile.TemporaryDirectory() as folder:
        directory = pathlib.Path(folder) / "data"
        server = servers.Kafka(jars, directory)
        server.settings |= asked.settings
        # Assignments and the end of transactions at once, as here.
        server.settings |= {"transaction.abort.timed.out.transaction.cleanup.interval.ms": 100}
        server.settings |= {"group.consumer.assignment.interval.ms": 0, "group.consumer.assignor.offload.enable": False}
        format_(jars, directory)
        with server:
            record(asked, server.address, names)


def record(asked, address, names):
    said = Session(address).ask("ApiVersions", 0, {})["api_keys"]
    known = {request.key: name for name, (request, _) in APIS.items()}
    rows = {known[row["api_key"]]: (row["min_version"], row["max_version"]) for row in said if row["api_key"] in known}
    if asked.release >= "4":
        # Versions 0 to 2 are only said to be there, for an old client that asks for them.
        rows["Produce"] = (3, rows["Produce"][1])
    rows = asked.narrowed(rows)
    (asked.folder / "answers/versions.txt").write_text("".join(f"{name} {low} {high}\n" for name, (low, high) in rows.items()))
    for path in asked.files(names):
        lines = answers.run(path, address, rows)
        answers.by_version(lines)
        asked.answers(path).write_text("".join(line + "\n" for line in lines))
        print(f"{path.stem}: {len(lines)} lines")


if __name__ == "__main__":
    main(*sys.argv[1:])

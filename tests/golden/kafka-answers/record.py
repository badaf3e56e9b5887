"""Records Apache Kafka's answers to all cases, from a real one.

    python3 record.py JARS [NAME ...]

JARS is the folder with Apache Kafka 4.3.1's jars (its `libs`).
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


def format_(jars, directory, server):
    """Apache Kafka wants its directory formatted."""
    file = directory.with_name("format.properties")
    file.write_text(
        "process.roles=broker,controller\nnode.id=1\ncontroller.listener.names=CONTROLLER\n"
        "listeners=PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2\n"
        f"controller.quorum.bootstrap.servers=127.0.0.1:2\nlog.dirs={directory}\n"
    )
    tool = ["java", "-cp", f"{jars}/*", "kafka.tools.StorageTool"]
    command = [*tool, "format", "--standalone", "-t", "AAAAAAAAQACAAAAAAAAAAA", "-c", file]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main(jars, *names):
    with tempfile.TemporaryDirectory() as folder:
        directory = pathlib.Path(folder) / "data"
        server = servers.Kafka(jars, directory)
        server.settings |= {"offsets.topic.num.partitions": 1, "transaction.state.log.num.partitions": 1}
        # Assignments at once, as here.
        server.settings |= {"group.consumer.assignment.interval.ms": 0, "group.consumer.assignor.offload.enable": False}
        format_(jars, directory, server)
        with server:
            record(server.address, names)


def record(address, names):
    said = Session(address).ask("ApiVersions", 0, {})["api_keys"]
    known = {request.key: name for name, (request, _) in APIS.items()}
    rows = {known[row["api_key"]]: (row["min_version"], row["max_version"]) for row in said if row["api_key"] in known}
    if "Produce" in rows:
        # Versions 0 to 2 are only said to be there, for an old client that asks for them.
        rows["Produce"] = (3, rows["Produce"][1])
    text = "".join(f"{name} {low} {high}\n" for name, (low, high) in rows.items())
    (FOLDER / "answers/versions.txt").write_text(text)
    for path in answers.files(names):
        lines = answers.run(path, address, rows)
        (FOLDER / "answers" / f"{path.stem}.txt").write_text("".join(line + "\n" for line in lines))
        print(f"{path.stem}: {len(lines)} lines")


if __name__ == "__main__":
    main(*sys.argv[1:])

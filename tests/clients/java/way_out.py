"""Apache Kafka starts on a copy of a data directory and goes on with what is there.

    python way_out.py DIRECTORY JARS NAME

The broker must have been stopped. NAME is the one given to `offsets.py`: its topic and its group's offset must be there.
"""

import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
from checks import check, end, equal, until

DIRECTORY, JARS, NAME = sys.argv[1:4]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


BROKER, CONTROLLER = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
SETTINGS = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{broker},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{broker}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@{controller}
log.dirs={directory}
offsets.topic.replication.factor=1
"""


def java(*arguments):
    return ["java", "-Xmx512m", "-cp", f"{JARS}/*", *arguments]


def tool(name, *arguments):
    command = java(name, "--bootstrap-server", BROKER, *arguments)
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    if done.returncode != 0:
        raise AssertionError(f"{name}: {done.stdout} {done.stderr}")
    return done.stdout


def serves(kafka):
    if kafka.poll() is not None:
        raise AssertionError(f"it ended with {kafka.returncode}")
    host, port = BROKER.split(":")
    with socket.socket() as probe:
        probe.settimeout(1)
        reached = probe.connect_ex((host, int(port))) == 0
    if not reached:
        time.sleep(0.2)
    return reached


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    shutil.copytree(DIRECTORY, folder / "data")
    settings = SETTINGS.format(broker=BROKER, controller=CONTROLLER, directory=folder / "data")
    (folder / "server.properties").write_text(settings)
    with open(folder / "server.log", "w") as log:
        kafka = subprocess.Popen(java("kafka.Kafka", str(folder / "server.properties")), stdout=log, stderr=log)
    try:
        with check("Apache Kafka starts on the directory and knows the topic"):
            until(lambda: serves(kafka), 90, "Kafka listens")
            equal(f"{NAME}-topic" in tool("org.apache.kafka.tools.TopicCommand", "--list").split(), True)
        with check("Apache Kafka reads the records"):
            read = ["--topic", f"{NAME}-topic", "--from-beginning", "--max-messages", "12", "--timeout-ms", "30000"]
            out = tool("org.apache.kafka.tools.consumer.ConsoleConsumer", *read)
            equal(out.split(), [str(n) for n in range(12)])
        with check("Apache Kafka knows what the group has committed"):
            group = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
            rows = [line.split() for line in tool(group, "--describe", "--group", f"{NAME}-group").splitlines()]
            rows = [row for row in rows if row[:1] == [f"{NAME}-group"]]
            equal([row[1:4] for row in rows], [[f"{NAME}-topic", "0", "6"]])
    finally:
        kafka.terminate()
        kafka.wait(60)
end()

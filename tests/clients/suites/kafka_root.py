"""Apache Kafka's scripts as kafka-python's test fixtures call them, in front of the binary in $MILLSTREAM.

The fixtures start a broker of their own for each module and wait for a line that Kafka logs. Invariants: a broker has
its own directory and ends with its script; ZooKeeper is a name to them and nothing else, so a file keeps which broker
was started under which name.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MILLSTREAM = os.environ["MILLSTREAM"]
# The fixtures write "zookeeper.connect=HOST:PORT/NAME" into one call, and the same words into the next.
BROKERS = Path(tempfile.gettempdir()) / "millstream-suites"
# What the fixtures' templates set and a test relies on.
SETTINGS = (
    "num.partitions",
    "auto.create.topics.enable",
    "offsets.topic.num.partitions",
    "group.min.session.timeout.ms",
    "group.initial.rebalance.delay.ms",
)


def name_of(zookeeper):
    return BROKERS / zookeeper.replace("/", "_").replace(":", "_")


def properties(path):
    lines = (line.strip() for line in Path(path).read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#") and "=" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def pretend_zookeeper():
    print("binding to port", flush=True)
    while True:
        time.sleep(1000)


def serve(path):
    settings = properties(path)
    port = settings["listeners"].split(",")[0].rsplit(":", 1)[1]
    node = settings.get("node.id") or settings["broker.id"]
    if "zookeeper.connect" in settings:
        BROKERS.mkdir(exist_ok=True)
        name_of(settings["zookeeper.connect"]).write_text(port)
    overrides = [f"node.id={node}"] + [f"{key}={settings[key].lower()}" for key in SETTINGS if key in settings]
    command = [MILLSTREAM, "start", "--json", "--kafka", f"localhost:{port}", "--spark", "off", "--console", "off"]
    command += ["--data-dir", settings["log.dirs"].split(",")[0] + "/millstream"]
    for override in overrides:
        command += ["--override", override]
    broker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    signal.signal(signal.SIGTERM, lambda *_: broker.terminate())
    if broker.stdout.readline():
        print(f"[Kafka Server {node}], started", flush=True)
        print(f"[KafkaServer id={node}] started", flush=True)
        print(f"[KafkaRaftServer nodeId={node}] Kafka Server started", flush=True)
    sys.exit(broker.wait())


def topics(arguments):
    if "--zookeeper" in arguments:
        at = arguments.index("--zookeeper")
        port = name_of(arguments[at + 1]).read_text()
        arguments[at : at + 2] = ["--bootstrap-server", f"localhost:{port}"]
    os.execv(MILLSTREAM, ["kafka-topics", *arguments])


def main():
    script, *arguments = sys.argv[1:]
    if script == "kafka-run-class.sh":
        pretend_zookeeper() if "QuorumPeerMain" in arguments[0] else serve(arguments[1])
    elif script == "kafka-topics.sh":
        topics(arguments)


main()

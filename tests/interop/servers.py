"""Millstream and Apache Kafka, started on the same kind of directory and stopped in order or not at all."""

import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "clients/kafka"))
from checks import until

# What both are told. Cleaning is asked for with `cleaner=True`; otherwise nobody cleans while a test runs.
SETTINGS = {"offsets.topic.num.partitions": 3}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process on a directory of Kafka's files; use it in a `with` block, whose end is a stop in order."""

    def __init__(self, directory, cleaner=False):
        self.directory, self.port = pathlib.Path(directory), free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.settings = {**SETTINGS, "log.cleaner.backoff.ms": 200 if cleaner else 86_400_000}
        self.log = self.directory.with_name(f"{self.directory.name}.{self.name}.log")

    def __enter__(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            until(self.serves, 300, f"{self.name} listens, see {self.log}")
        except BaseException:
            self.kill()
            raise
        return self

    def serves(self):
        if self.process.poll() is not None:
            last = self.log.read_text().splitlines()[-3:]
            raise AssertionError(f"{self.name} ended with {self.process.returncode}: {' '.join(last)}")
        with socket.socket() as probe:
            probe.settimeout(1)
            reached = probe.connect_ex(("127.0.0.1", self.port)) == 0
        if not reached:
            time.sleep(0.1)
        return reached

    def kill(self):
        """As in a crash."""
        self.process.kill()
        self.process.wait(30)

    def __exit__(self, kind, *_):
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT if self.name == "millstream" else signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            if kind is None:
                raise


class Millstream(Server):
    """`binary` is the whole program, or the broker's example `serve`."""

    name = "millstream"

    def __init__(self, binary, directory, **options):
        self.binary = pathlib.Path(binary)
        super().__init__(directory, **options)

    def command(self):
        settings = [f"{name}={value}" for name, value in self.settings.items()]
        if self.binary.name == "serve":
            return [str(self.binary), str(self.directory), str(self.port), *settings]
        file = self.directory.with_name(f"{self.directory.name}.millstream.properties")
        lines = [f"listeners=PLAINTEXT://{self.address}", f"log.dirs={self.directory}", "node.id=1", *settings]
        lines += ["millstream.spark.listener=off", "millstream.console.listener=off"]
        file.write_text("\n".join(lines))
        return [str(self.binary), "kafka-server-start", str(file)]


class Kafka(Server):
    """Apache Kafka as broker and controller in one process."""

    name = "kafka"

    def __init__(self, jars, directory, **options):
        self.jars = jars
        super().__init__(directory, **options)

    def command(self):
        controller = f"127.0.0.1:{free_port()}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.bootstrap.servers": controller,
            "log.dirs": self.directory,
            "offsets.topic.replication.factor": 1,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            **self.settings,
        }
        file = self.directory.with_name(f"{self.directory.name}.kafka.properties")
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", f"{self.jars}/*", "kafka.Kafka", str(file)]


def copy(directory, name):
    """A copy of a stopped server's directory, beside it."""
    target = pathlib.Path(directory).with_name(name)
    shutil.copytree(directory, target)
    return target

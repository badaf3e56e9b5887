"""Kafka's file tree as `install-names` writes it, and a server in it: what a person has after unpacking Kafka."""

import os
import pathlib
import re
import socket
import subprocess

from course import BINARY, PATIENCE, run


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Tree:
    """A folder with `bin/` and `config/`; `self.port` is where its server listens, `self.data` Kafka's directory."""

    def __init__(self, name="kafka"):
        self.home = pathlib.Path(name).resolve()
        run(BINARY, "install-names", self.home)
        self.port = free_port()
        self.broker = f"localhost:{self.port}"
        self.data = self.home / "kraft-combined-logs"
        # No server of a test is found by another's kafka-server-stop.
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=str(self.home))
        self.edit()

    def edit(self):
        """What a person edits so as not to meet another server on this machine."""
        path = self.home / "config/server.properties"
        text = path.read_text().replace(":9092", f":{self.port}")
        text = re.sub(r"(?m)^log.dirs=.*", f"log.dirs={self.data}", text)
        text = re.sub(r"(?m)^millstream.spark.listener=.*", "millstream.spark.listener=127.0.0.1:0", text)
        text = re.sub(r"(?m)^millstream.console.listener=.*", "millstream.console.listener=off", text)
        path.write_text(text)

    def sh(self, line, text="", code=0, timeout=PATIENCE):
        """Types a line into a shell in this folder; gives what it printed, stdout and stderr."""
        line = line.replace("localhost:9092", self.broker)
        ended = subprocess.run(["bash", "-c", line], input=text, capture_output=True, text=True, cwd=self.home,
                               env=self.environment, timeout=timeout)
        if ended.returncode != code:
            raise AssertionError(f"{line} ended with {ended.returncode}: {ended.stdout} {ended.stderr}")
        return ended.stdout, ended.stderr

    def start(self, *overrides):
        """Formats if need be, and starts the server in the background."""
        self.sh("bin/kafka-storage.sh format --standalone --ignore-formatted -t lab -c config/server.properties")
        flags = " ".join(f"--override {pair}" for pair in overrides)
        self.sh(f"bin/kafka-server-start.sh -daemon config/server.properties {flags}")

    def stop(self):
        self.sh("bin/kafka-server-stop.sh")

    def command(self, name):
        """The words that run a command of Kafka's, as `transcript.replay` wants them."""
        return [str(self.home / "bin" / f"{name}.sh")]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        subprocess.run([str(self.home / "bin/kafka-server-stop.sh")], env=self.environment, timeout=PATIENCE,
                       capture_output=True)

"""What the course's programs share: a server on free ports, a command and its output, checks."""

import json
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "clients" / "kafka"))
from checks import check, end, equal, fresh, until  # noqa: E402, F401  (for the programs)

BINARY = sys.argv[1]
PATIENCE = 120


class Server:
    """`millstream start` on free ports with the data directory `name` below the working directory."""

    def __init__(self, name="server", *flags, python=None):
        free = ["--kafka", "127.0.0.1:0", "--spark", "127.0.0.1:0", "--console", "127.0.0.1:0"]
        self.log = open(f"{name}.log", "w")
        # The Python of a test's programs is theirs; the server has one only if `python` names it.
        surroundings = {key: value for key, value in os.environ.items() if key != "PYSPARK_PYTHON"}
        if python:
            surroundings["PYSPARK_PYTHON"] = python
        self.process = subprocess.Popen([BINARY, "start", "--json", "--data-dir", name, *free, *flags],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True, env=surroundings)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the server did not start: {open(self.log.name).read()[-600:]}")
        addresses = json.loads(line)
        self.kafka, self.spark, self.console = (addresses[door] for door in ("kafka", "spark", "console"))
        self.remote = f"sc://{self.spark}"

    def stop(self):
        """SIGTERM, then the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def run(*command, text="", code=0, **options):
    """Runs a command to its end and returns what it printed on stdout; raises when its exit code is another."""
    ended = subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True,
                           timeout=PATIENCE, **options)
    if ended.returncode != code:
        raise AssertionError(f"{command} ended with {ended.returncode}: {ended.stdout} {ended.stderr}")
    return ended.stdout

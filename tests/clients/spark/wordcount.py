"""`structured_network_wordcount.py` of the PySpark package, unchanged, by `millstream submit`.

    python wordcount.py BINARY PROGRAM [REMOTE]

PROGRAM is the file in the package; REMOTE (`sc://HOST:PORT`) a running server, without it submit starts its own. Its
console text must be Apache Spark's, batch for batch; Ctrl-C must end it as Python ends.
"""

import os
import pathlib
import signal
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent.parent / "kafka"), str(HERE.parent)]
from checks import check, end, equal, until
from console_text import batches, sorted_rows
from feed import Feed

BINARY, PROGRAM, *REMOTE = sys.argv[1:]
GOLDEN = HERE.parents[2] / "golden" / "structured_network_wordcount.txt"
LINES = ["hello world", "hello apache spark", "hello spark", "to be or not to be", "structured streaming is fun",
         "two  spaces", ""]
PATIENCE = 120


class Submitted:
    """A program that `millstream submit` runs, and what it has printed so far."""

    def __init__(self, *args):
        remote = ["--remote", REMOTE[0]] if REMOTE else []
        environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONWARNINGS": "ignore"}
        environment.pop("SPARK_REMOTE", None)
        self.process = subprocess.Popen([BINARY, "submit", *remote, *args], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True, env=environment)
        self.text = ""
        threading.Thread(target=self._read, daemon=True).start()

    def interrupted(self):
        """The exit code after Ctrl-C.

        An interrupt between a lock's taking and its use leaves gRPC's Python client locked for ever, and Python waits
        for its threads when it ends: then a person presses Ctrl-C again.
        """
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGINT)
            return self.process.wait(PATIENCE)

    def _read(self):
        for line in self.process.stdout:
            self.text += line


expected = batches(GOLDEN.read_text())
feed = Feed()
program = Submitted(PROGRAM, "localhost", str(feed.port))
try:
    with check("the first batch is empty, as Spark's"):
        until(lambda: batches(program.text) or program.process.poll() is not None, PATIENCE, "a first batch")
        equal(batches(program.text)[:1], expected[:1])

    with check("the counts are Spark's, and so is the table"):
        feed.send(*LINES)
        wanted = sorted_rows(expected[1][1])
        until(lambda: sorted_rows(batches(program.text)[-1][1]) == wanted or program.process.poll() is not None,
              PATIENCE, "the golden table")
        equal(sorted_rows(batches(program.text)[-1][1]), wanted)

    with check("batches are numbered without gaps"):
        numbers = [number for number, _ in batches(program.text)]
        equal(numbers, list(range(len(numbers))))

    with check("an interrupt ends the program and its code comes through"):
        equal(program.interrupted(), 128 + signal.SIGINT)
finally:
    program.process.kill()
    feed.close()
end()

"""Runs the DStream programs of the PySpark package, unchanged, and reads what they print, batch by batch.

Shared by the course's test and by the program that makes the goldens with Apache Spark, so that both send the same
lines at the same moments: a chunk goes out right after a batch was printed, and so lies within one batch.
"""

import importlib.util
import pathlib
import queue
import re
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "clients" / "spark"))
from feed import Feed  # noqa: E402

CHUNKS = (
    ("hello world", "hello spark"),
    ("to be or not to be",),
    ("x y z x", "a b c"),
    tuple(f"w{number:02d}" for number in range(14)),
    ("hello ÄÖ ü",),
)
# What the state holds must stay within the ten rows that pprint shows.
FEW_WORDS = (("hello world", "hello spark"), ("to be or not to be",), ("spark x",))
PROGRAMS = {
    "network_wordcount": CHUNKS,
    "stateful_network_wordcount": FEW_WORDS,
    "sql_network_wordcount": CHUNKS,
    "queue_stream": (),
}
_HEADER = re.compile(r"^(?:Time: |=========) ?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: =========)?$")


def directory():
    """Where this Python's PySpark package carries the programs."""
    package = pathlib.Path(importlib.util.find_spec("pyspark").origin).parent
    return package / "examples" / "src" / "main" / "python" / "streaming"


class Run:
    """A program that runs: its lines as they come, what it printed so far."""

    def __init__(self, command, name, port, **options):
        program = directory() / f"{name}.py"
        words = [*command, str(program)] + ([] if name == "queue_stream" else ["localhost", str(port)])
        self.errors = open(f"{name}.stderr", "w+")
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=self.errors, text=True, **options)
        self.text = ""
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def until(self, enough, patience):
        """Reads on until `enough(new text)` holds."""
        start, end = len(self.text), time.monotonic() + patience
        while not enough(self.text[start:]):
            try:
                line = self._lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                line = ""
            if time.monotonic() > end:
                raise AssertionError(f"not within {patience} s; printed {self.text[-500:]!r}, {self.stderr()}")
            if line is None:
                raise AssertionError(f"the program ended; printed {self.text[-500:]!r}, {self.stderr()}")
            self.text += line

    def rest(self, patience):
        """Reads to the program's own end."""
        end = time.monotonic() + patience
        while (line := self._lines.get(timeout=max(0.01, end - time.monotonic()))) is not None:
            self.text += line
        return self.process.wait(patience)

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read()[-2000:]

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def play(command, name, patience=90, **options):
    """Runs one of the programs with its chunks and returns all that it printed."""
    feed = Feed()
    run = Run(command, name, feed.port, **options)
    try:
        if not PROGRAMS[name]:
            run.rest(patience)
            return run.text
        if not feed.connected.wait(patience):
            raise AssertionError(f"{name} does not connect: {run.stderr()}")
        for chunk in PROGRAMS[name]:
            run.until(_a_state if name.startswith("stateful") else _a_header, patience)
            known = results(run.text)
            feed.send(*chunk)
            run.until(lambda new: any(rows not in known for rows in results(new, finished=True)), patience)
        return run.text
    finally:
        run.end()
        feed.close()


def _a_header(text):
    return any(_HEADER.match(line) for line in text.splitlines())


def _a_state(text):
    return results(text, finished=True)


def tables(text, finished=False):
    """The rows under each batch's header, without rules and empty lines; with `finished` only those that were ended
    by an empty line."""
    rows, ended = None, False
    for line in text.splitlines():
        if _HEADER.match(line):
            if rows is not None and (ended or not finished):
                yield rows
            rows, ended = [], False
        elif not line.strip():
            ended = ended or bool(rows)
        elif rows is not None and not re.fullmatch(r"[-+]+", line):
            rows.append(line)
    if rows is not None and (ended or not finished):
        yield rows


def results(text, finished=False):
    """What is compared: the tables that say something new, each as a sorted list of rows."""
    distinct = []
    for rows in map(sorted, tables(text, finished)):
        if rows and distinct[-1:] != [rows]:
            distinct.append(rows)
    return distinct

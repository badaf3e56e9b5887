# pip: pyspark[connect]==4.3.0 kafka-python==3.0.12 pandas==2.3.3
"""Line 10: the PySpark package's structured word counts, unchanged: plain, by windows, by sessions, from Kafka."""

import os
import pathlib
import re
import subprocess
import sys
import threading

import pyspark
import session_window
from course import BINARY, PATIENCE, ROOT, Server, check, end, equal, until
from kafka import KafkaProducer

sys.path.insert(0, str(ROOT / "tests" / "clients" / "spark"))
from feed import Feed  # noqa: E402

PROGRAMS = pathlib.Path(pyspark.__file__).parent / "examples/src/main/python/sql/streaming"
ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)


class Submitted:
    """A program that `millstream submit` runs, and what it has printed so far."""

    def __init__(self, server, program, *args):
        environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONWARNINGS": "ignore"}
        command = [BINARY, "submit", "--remote", server.remote, str(PROGRAMS / program), *map(str, args)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                        env=environment)
        self.text = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.text += line

    def last_table(self):
        """The cells of the last batch, without the header."""
        last = self.text.rsplit("Batch: ", 1)[-1]
        return sorted(tuple(cell.strip() for cell in row.split("|")) for row in ROW.findall(last)[1:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # SIGTERM reaches the program, too; a killed submit would leave it behind.
        self.process.terminate()
        self.process.wait(PATIENCE)


def sessions(text):
    """Word and count of each session, batch by batch; that it begins before it ends is checked here."""
    batches = [session_window.rows(block) for block in session_window.batches(text)]
    if any(start > end for rows in batches for _, _, start, end in rows):
        raise AssertionError(batches)
    return [sorted(row[:2] for row in rows) for rows in batches]


with Server(python=sys.executable) as server:
    with check("structured_network_wordcount.py"):
        feed = Feed()
        with Submitted(server, "structured_network_wordcount.py", "localhost", feed.port) as program:
            feed.send("hello world", "hello")
            until(lambda: program.last_table() == [("hello", "2"), ("world", "1")], PATIENCE, "the counts")
        feed.close()

    with check("structured_network_wordcount_windowed.py"):
        feed = Feed()
        with Submitted(server, "structured_network_wordcount_windowed.py", "localhost", feed.port, 10, 5) as program:
            feed.send("apple apple")
            until(lambda: [row[1:] for row in program.last_table()] == [("apple", "2")] * 2, PATIENCE, "two windows")
        feed.close()

    surroundings = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONWARNINGS": "ignore"}
    with check("structured_network_wordcount_session_window.py"):
        printed = session_window.play([BINARY, "submit", "--remote", server.remote], surroundings, PATIENCE)
        golden = ROOT / "tests" / "golden" / "structured_network_wordcount_session_window.txt"
        equal(sessions(printed), sessions(golden.read_text()))

    with check("structured_kafka_wordcount.py"):
        # The program asks for what comes after its start, of a topic that is there.
        producer = KafkaProducer(bootstrap_servers=server.kafka)
        producer.send("words", b"earlier words")
        producer.flush()
        with Submitted(server, "structured_kafka_wordcount.py", server.kafka, "subscribe", "words") as program:
            until(lambda: "Batch: 0" in program.text, PATIENCE, "the first batch")
            producer.send("words", b"to be or not to be")
            producer.flush()
            wanted = [("be", "2"), ("not", "1"), ("or", "1"), ("to", "2")]
            until(lambda: program.last_table() == wanted, PATIENCE, "the counts")
            equal(program.last_table(), wanted)
end()

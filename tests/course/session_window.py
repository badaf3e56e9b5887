"""Runs `structured_network_wordcount_session_window.py` of the PySpark package, unchanged, and reads what it prints.

The second line goes out when the sessions of the first are over, ten seconds after it came.
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

PROGRAM = "examples/src/main/python/sql/streaming/structured_network_wordcount_session_window.py"
LINES = ("apple banana apple", "cherry apple")
_BATCH = re.compile(r"-{43}\nBatch: \d+\n-{43}\n(?:[+|].*\n)+")
_ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)


def batches(text):
    """The console's blocks of the batches with rows."""
    return [block for block in _BATCH.findall(text) if rows(block)]


def rows(block):
    """The cells of a block's rows, without the header."""
    return [tuple(cell.strip() for cell in row.split("|")) for row in _ROW.findall(block)[1:]]


def play(command, environment, patience):
    """What the program prints until the sessions of both lines are over."""
    program = pathlib.Path(importlib.util.find_spec("pyspark").origin).parent / PROGRAM
    feed, printed, lines = Feed(), "", queue.Queue()
    feed.send(LINES[0])
    run = subprocess.Popen([*command, str(program), "localhost", str(feed.port)], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, text=True, env=environment)
    threading.Thread(target=_pass, args=(run, lines), daemon=True).start()
    deadline, sent = time.monotonic() + patience, 1
    try:
        while (count := sum(len(rows(block)) for block in batches(printed))) < 4:
            if sent == 1 and count == 2:
                feed.send(LINES[1])
                sent = 2
            line = lines.get(timeout=max(0.1, deadline - time.monotonic()))
            if line is None:
                raise AssertionError(f"the program ended: {printed}")
            printed += line
    finally:
        # SIGTERM reaches the program, too; a killed submit would leave it behind.
        run.terminate()
        run.wait(patience)
        feed.close()
    return printed


def _pass(run, lines):
    for line in run.stdout:
        lines.put(line)
    lines.put(None)

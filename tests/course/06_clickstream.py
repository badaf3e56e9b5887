# pip: pyspark[connect]==4.3.0 kafka-python==2.0.2 matplotlib==3.11.2 nbconvert==7.17.2 ipykernel==7.4.0 findspark==2.0.1
"""Line 6, the scripts: `examples/clickstream/` as they are, without a screen; what they count is what the log holds."""

import os
import pathlib
import re
import subprocess
import sys
from collections import Counter

from course import BINARY, PATIENCE, ROOT, Server, check, end, equal

LAB = ROOT / "examples" / "clickstream"
HITS = Counter(re.search(r'" (\d{3}) ', line).group(1) for line in open(LAB / "access.log"))
QUIET = {**os.environ, "MPLBACKEND": "Agg", "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1",
         "PYSPARK_PYTHON": sys.executable}


def start(*command):
    """A program of the lab."""
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=QUIET)


def output(program):
    """What it printed, once it has ended well."""
    stdout, stderr = program.communicate(timeout=3 * PATIENCE)
    equal((program.returncode, stderr[-500:] if program.returncode else ""), (0, ""))
    return stdout


def is_picture(name):
    """Whether the program has drawn it."""
    picture = pathlib.Path(name).read_bytes()
    equal((picture[:8], len(picture) > 10_000), (b"\x89PNG\r\n\x1a\n", True))


with Server() as server:
    producer = start(sys.executable, LAB / "producer.py", server.kafka, 0)
    first = producer.stdout.readline()
    consumer = start(sys.executable, LAB / "consumer_plot.py", server.kafka)
    analysis = start(BINARY, "submit", "--remote", server.remote, LAB / "analysis.py", server.kafka)

    with check("the producer replays the log"):
        equal((first + output(producer)).splitlines()[-1], "done: 10000 requests sent to topic clicks")
    with check("the consumer plots while messages come, and has counted them all"):
        equal(output(consumer).splitlines(), [f"{status} {hits}" for status, hits in sorted(HITS.items())])
        is_picture("consumer_plot.png")
    with check("the analysis asks a growing table, prints hours that are over, and has counted them all"):
        printed = output(analysis)
        table = re.findall(r"^ *(\d{3}) +(\d+)$", printed, re.MULTILINE)
        equal([(status, int(hits)) for status, hits in table], sorted(HITS.items()))
        hours = re.findall(r"^\|\{2015-05-\d\d \d\d:00:00, 2015-05-\d\d \d\d:00:00\}\|\d{3}", printed, re.MULTILINE)
        equal(("Batch: 0" in printed, " |-- time: timestamp (nullable = true)" in printed, len(hours) > 10),
              (True, True, True))
        is_picture("analysis.png")
end()

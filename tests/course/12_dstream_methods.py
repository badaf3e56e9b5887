# pip: pyspark[connect]==4.3.0
"""Every method of DStream through queueStream: the batches that Apache Spark gave."""

import os
import sys

from course import BINARY, ROOT, Server, check, end, equal, run

PROGRAMS = ROOT / "tests" / "course" / "programs"
GOLDEN = ROOT / "tests" / "golden"


def lines(text):
    return dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)


os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
with Server("server") as server:
    answers = {}
    with check("the program"):
        answers.update(lines(run(BINARY, "submit", "--remote", server.remote, PROGRAMS / "dstream_methods.py")))
    for method, expected in lines((GOLDEN / "dstream_methods.txt").read_text()).items():
        with check(method):
            equal(answers.get(method), expected)
end()

# pip: pyspark[connect]==4.3.0
"""RDDs as an introduction uses them: a table of expressions whose values Apache Spark gave."""

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
        answers.update(lines(run(BINARY, "submit", "--remote", server.remote, PROGRAMS / "rdds.py")))
    for expression, expected in lines((GOLDEN / "rdds.txt").read_text()).items():
        with check(expression):
            equal(answers.get(expression), expected)
end()

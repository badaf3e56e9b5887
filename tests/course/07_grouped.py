# pip: pyspark[connect]==4.3.0 pandas==2.3.3
"""Functions of pandas and of Arrow over DataFrames, groups and groups with state: what Apache Spark gives."""

import os
import sys

import course
from course import BINARY, ROOT, Server, check, end, equal, run

PROGRAM = ROOT / "tests" / "course" / "programs" / "grouped.py"
GOLDEN = ROOT / "tests" / "golden" / "grouped.txt"


def lines(text):
    return dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)


surroundings = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONWARNINGS": "ignore"}
# A Python worker for each of some fifty functions: a busy machine takes its time.
course.PATIENCE = 900
with Server("server", python=sys.executable) as server:
    answers, remote = {}, {}
    with check("the program"):
        answers.update(lines(run(BINARY, "submit", "--remote", server.remote, PROGRAM, env=surroundings)))
    for name, expected in lines(GOLDEN.read_text()).items():
        with check(name):
            equal(answers.get(name), expected)
    with check("the same with SPARK_REMOTE alone, in the server's Python"):
        here = {**surroundings, "SPARK_REMOTE": server.remote}
        remote.update(lines(run(sys.executable, PROGRAM, "applyInPandas", "counts", env=here)))
        equal(remote, {name: value for name, value in answers.items() if name.split(",")[0] in ("applyInPandas", "counts")})
end()

# pip: pyspark[connect]==4.3.0 pandas==2.3.3
"""Functions of pandas and of Arrow over DataFrames, groups and groups with state: what Apache Spark gives."""

import os
import sys

import course
from course import BINARY, ROOT, Server, check, end, equal, run

PROGRAM = ROOT / "tests" / "course" / "programs" / "grouped.py"
GOLDEN = ROOT / "tests" / "golden" / "grouped.txt"
# Cases whose run with Apache Spark is not recorded yet: what follows from their data and Spark's guide.
BY_HAND = """
applyInPandas with key	None 0 1 k n x; a 0 1 k n x; a 1 3 k n x; b 0 1 k n x; b 1 1 k n x
applyInPandas by window	00:00 a 1; 00:00 b 2; 00:20 None 4; 00:20 a 3; 00:20 b 5; 00:40 a 13
applyInPandas by place	None 4; a 17; b 7
applyInPandas then more	a 7 one; b 5 None
applyInPandas raises	ZeroDivisionError: integer division or modulo by zero | True
applyInArrow	None 1; a 4; b 2
cogroup	None 1 0; a 4 1; b 2 0; c 0 1
cogroup merges	a 1 2.0 one; a 3 4.0 one; a 6 6.0 one; a 7 8.0 one
cogroup in Arrow	None 10; a 41; b 20; c 1
state, step 0	a [3, 1] None True 0; b [1] None True 0
state, step 1	a [1] (4, Row(k=7, w='x')) True 1700000000000; b [1] (1, Row(k=7, w='x')) True 1700000000000
state, step 2	c [1] None True 1700000015000
state, step 3	a [1] (5, Row(k=7, w='x')) False 1700000055000; c [1] (1, Row(k=7, w='x')) True 1700000055000
state, step 4	d [1] None True 1700000059000
"""


def lines(text):
    return dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)


surroundings = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONWARNINGS": "ignore"}
# A Python worker for each of some fifty functions: a busy machine takes its time.
course.PATIENCE = 900
with Server("server", python=sys.executable) as server:
    answers, remote = {}, {}
    with check("the program"):
        answers.update(lines(run(BINARY, "submit", "--remote", server.remote, PROGRAM, env=surroundings)))
    for name, expected in lines(GOLDEN.read_text() + BY_HAND).items():
        with check(name):
            equal(answers.get(name), expected)
    with check("the same with SPARK_REMOTE alone, in the server's Python"):
        here = {**surroundings, "SPARK_REMOTE": server.remote}
        remote.update(lines(run(sys.executable, PROGRAM, "applyInPandas", "counts", env=here)))
        equal(remote, {name: value for name, value in answers.items() if name.split(",")[0] in ("applyInPandas", "counts")})
end()

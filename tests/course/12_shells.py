# pip: pyspark-client==4.2.0 pandas==2.3.3
"""The shells: `millstream pyspark` and `millstream spark-sql`.

    python 12_shells.py BINARY
"""

import os
import pathlib
import subprocess
import sys

from course import BINARY, PATIENCE, Server, check, end, equal

ENVIRONMENT = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONWARNINGS": "ignore"}


def shell(server, *arguments, text=None):
    """Runs a shell with this on its standard input."""
    command = [BINARY, arguments[0], "--remote", server.remote, *arguments[1:]]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=PATIENCE, env=ENVIRONMENT)


with Server() as server:
    with check("pyspark: spark and sc are ready at the prompt"):
        done = shell(server, "pyspark", text="print(spark.range(3).count(), sc.appName)\nspark.sql('SELECT 1 AS one').show()\n")
        for wanted in ("SparkSession available as 'spark'", "3 ", "|one|"):
            if wanted not in done.stdout:
                raise AssertionError(f"{wanted}: {done.stdout} {done.stderr}")

    with check("spark-sql -e: rows with tabs, nothing else with -S"):
        done = shell(server, "spark-sql", "-S", "-e", "SELECT 1, 'a', NULL; SELECT true AS b, array(1, 2)")
        equal((done.returncode, done.stdout, done.stderr), (0, "1\ta\tNULL\ntrue\t[1, 2]\n", ""))

    with check("spark-sql -f, and the time without -S"):
        pathlib.Path("report.sql").write_text("-- a view; and its rows\nCREATE TEMP VIEW v AS SELECT 'x;y' AS s;\nSELECT s FROM v;\n")
        done = shell(server, "spark-sql", "-f", "report.sql")
        equal((done.returncode, done.stdout), (0, "x;y\n"))
        equal("Fetched 1 row(s)" in done.stderr, True)

    with check("spark-sql reads statements from its input, and goes on after a wrong one"):
        done = shell(server, "spark-sql", text="SELECT 1;\nselec 2;\nSELECT\n 3;\nexit;\nSELECT 4;\n")
        equal((done.returncode, done.stdout), (0, "1\n3\n"))
        equal("PARSE_SYNTAX_ERROR" in done.stderr, True)

    with check("spark-sql: a statement of many lines, with comments and semicolons in texts"):
        text = "SELECT 'a;b' AS s, -- not; here\n  /* nor;\n here */ 1 AS n\n;\nSELECT\n2; SELECT 3;\n"
        done = shell(server, "spark-sql", "-S", text=text)
        equal((done.returncode, done.stdout), (0, "a;b\t1\n2\n3\n"))

    with check("spark-sql -e ends with 1 at the first wrong statement"):
        done = shell(server, "spark-sql", "-e", "SELECT nope; SELECT 1")
        equal((done.returncode, done.stdout), (1, ""))
        equal("UNRESOLVED_COLUMN" in done.stderr, True)
end()

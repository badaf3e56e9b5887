# pip: pyspark-client==4.2.0 pandas==2.3.3
"""Line 7: `foreachBatch` and `foreach`, in the user's own Python and terminal.

    python 07_foreach_batch.py BINARY
"""

import os
import pathlib
import subprocess
import sys

from course import BINARY, PATIENCE, Server, check, end, equal

# A stream of numbers, and a way to wait until it has been read a few times.
HEAD = """
import os, sys
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
spark = SparkSession.builder.getOrCreate()
numbers = spark.readStream.format("rate").option("rowsPerSecond", 20).load().select("value")
def first_rows(query):
    while not query.lastProgress or query.lastProgress["batchId"] < 2:
        query.awaitTermination(0.2)
    query.stop()
"""


def submit(source, server, **environment):
    """Runs a program with `millstream submit`; what it printed."""
    program = pathlib.Path("job.py")
    program.write_text(HEAD + source)
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONWARNINGS": "ignore", **environment}
    return subprocess.run([BINARY, "submit", "--remote", server.remote, str(program)], capture_output=True, text=True,
                          timeout=PATIENCE, env=environment)


with Server() as server:
    with check("foreachBatch runs in the user's interpreter, directory and environment, and prints in the terminal"):
        done = submit("""
offset = 100
def show(batch, number):
    if batch.count():
        print("seen", offset, os.getcwd(), sys.executable, os.environ["MINE"], batch.isStreaming)
first_rows(numbers.writeStream.foreachBatch(show).start())
""", server, MINE="mine")
        expected = f"seen 100 {os.getcwd()} {sys.executable} mine False"
        if done.returncode or expected not in done.stdout:
            raise AssertionError(f"{done.returncode}: {done.stdout} {done.stderr}")

    with check("inside: show, toPandas, a view and SQL, and nothing of the worker's own talk"):
        done = submit("""
def work(batch, number):
    if not batch.count():
        return
    batch.orderBy("value").limit(1).show()
    print("pandas", list(batch.toPandas().columns))
    batch.createOrReplaceTempView("batch")
    print("sql", batch.sparkSession.sql("SELECT count(*) > 0 AS some FROM batch").collect())
first_rows(numbers.writeStream.foreachBatch(work).start())
""", server)
        wanted = ["|value|", "pandas ['value']", "sql [Row(some=True)]"]
        if done.returncode or any(text not in done.stdout for text in wanted) or "worker" in done.stdout:
            raise AssertionError(f"{done.returncode}: {done.stdout} {done.stderr}")

    with check("a function that raises ends the query with the user's own traceback"):
        done = submit("""
def wrong(batch, number):
    raise ValueError("on purpose")
query = numbers.writeStream.foreachBatch(wrong).start()
try:
    query.awaitTermination()
except Exception as error:
    print(type(error).__name__, error)
print(query.isActive, "ValueError" in str(query.exception()))
""", server)
        wanted = ["StreamingQueryException", "STREAM_FAILED", "FOREACH_BATCH_USER_FUNCTION_ERROR", "job.py", "in wrong",
                  "ValueError: on purpose", "False True"]
        if any(text not in done.stdout for text in wanted):
            raise AssertionError(f"{done.stdout} {done.stderr}")

    with check("foreach sees each row, with open and close around a batch"):
        done = submit("""
class Writer:
    def open(self, partition, epoch):
        print("open", partition)
        return True
    def process(self, row):
        print("row", row.value)
    def close(self, error):
        print("close", error)
first_rows(numbers.writeStream.foreach(Writer()).start())
""", server)
        for text in ("open 0", "row 0", "row 1", "close None"):
            if text not in done.stdout:
                raise AssertionError(f"{text}: {done.stdout} {done.stderr}")

    with check("what lies beside the program can be imported by its functions"):
        pathlib.Path("mine_too.py").write_text("def twice(x):\n    return 2 * x\n")
        done = submit("""
import mine_too
def work(batch, number):
    print("twice", mine_too.twice(21))
first_rows(numbers.writeStream.foreachBatch(work).start())
""", server)
        if "twice 42" not in done.stdout:
            raise AssertionError(f"{done.stdout} {done.stderr}")

    with check("a program without submit is told how to get a Python"):
        program = pathlib.Path("bare.py")
        program.write_text(HEAD + """
try:
    numbers.writeStream.foreachBatch(lambda batch, number: None).start()
except Exception as error:
    print("millstream submit" in str(error))
""")
        environment = {**os.environ, "SPARK_REMOTE": server.remote, "PYTHONWARNINGS": "ignore"}
        done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=PATIENCE,
                              env=environment)
        equal(done.stdout, "True\n")
end()

# pip: pyspark[connect]==4.3.0
"""The DStream programs of the PySpark package, unchanged: what they print a batch is what Apache Spark prints.

Also what a beginner sees when something is wrong: nobody on the port, a lambda that raises.
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import time

import course
import dstream_programs
from course import BINARY, ROOT, Server, check, end

GOLDEN = ROOT / "tests" / "golden"
RULE = "-" * 43


def same(ours, golden):
    """Tables as sets of rows; of one that was cut short only how many rows it shows."""
    if len(ours) != len(golden):
        raise AssertionError(f"{len(ours)} tables, not {len(golden)}: {ours}")
    for own, theirs in zip(ours, golden):
        equal = len(own) == len(theirs) if "..." in theirs else own == theirs
        if not equal:
            raise AssertionError(f"{own}, not {theirs}")


def headers(text):
    """pprint's header as Apache Spark writes it."""
    block = re.search(rf"^{RULE}\nTime: \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\n{RULE}\n", text, re.M)
    if block is None:
        raise AssertionError(f"no header in {text[:300]!r}")


def program(server, name):
    text = dstream_programs.play([BINARY, "submit", "--remote", server.remote], name)
    same(dstream_programs.results(text), dstream_programs.results((GOLDEN / f"dstream_{name}.txt").read_text()))
    if not name.startswith("sql"):
        headers(text)


def submitted(server, code, *args):
    """A small program of ours, as submit runs it."""
    path = pathlib.Path("small.py")
    path.write_text(code)
    command = [BINARY, "submit", "--remote", server.remote, str(path), *map(str, args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def first_batch(server):
    """From Enter to the first batch's table; said, not judged: the machine may be busy."""
    feed = dstream_programs.Feed()
    feed.send("hello world")
    begun = time.monotonic()
    run = dstream_programs.Run([BINARY, "submit", "--remote", server.remote], "network_wordcount", feed.port)
    try:
        run.until(lambda text: "('hello', 1)" in text, course.PATIENCE)
        print(f"# first batch with data {time.monotonic() - begun:.2f} s after Enter", flush=True)
    finally:
        run.end()
        feed.close()


NOBODY = """
import sys
from pyspark import SparkContext
from pyspark.streaming import StreamingContext
ssc = StreamingContext(SparkContext(), 1)
ssc.socketTextStream("localhost", int(sys.argv[1])).pprint()
ssc.start()
ssc.awaitTerminationOrTimeout(4)
ssc.stop()
"""


def nobody_listens(server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    _, errors = submitted(server, NOBODY, port).communicate(timeout=course.PATIENCE)
    if f"localhost:{port}" not in errors or "nc -lk" not in errors:
        raise AssertionError(errors)


RAISES = """
from pyspark import SparkContext
from pyspark.streaming import StreamingContext
sc = SparkContext()
ssc = StreamingContext(sc, 1)

def divide(x):
    return 1 // (x - 2)

ssc.queueStream([sc.parallelize([1, 2, 3])]).map(divide).pprint()
ssc.start()
ssc.awaitTermination()
"""


def lambda_that_raises(server):
    process = submitted(server, RAISES)
    _, errors = process.communicate(timeout=course.PATIENCE)
    for part in ("small.py\", line 8, in divide", "ZeroDivisionError"):
        if part not in errors:
            raise AssertionError(f"no {part!r} in {errors}")
    if process.returncode == 0:
        raise AssertionError("the program ended with 0")


os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
with Server("server") as server:
    for name in dstream_programs.PROGRAMS:
        with check(name):
            program(server, name)
    with check("first batch"):
        first_batch(server)
    with check("nobody on the port"):
        nobody_listens(server)
    with check("a lambda that raises"):
        lambda_that_raises(server)
end()

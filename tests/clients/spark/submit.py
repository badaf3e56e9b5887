"""What `millstream submit` does around a program.

    python submit.py BINARY REMOTE

REMOTE (`sc://HOST:PORT`) is a running server.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent.parent / "kafka"), str(HERE.parent)]
from checks import check, end, equal

BINARY, REMOTE = sys.argv[1:]
PATIENCE = 120
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="millstream-submit-"))


def submit(source, *args, flags=(), python=sys.executable, **more):
    """Runs a program of this source; what it printed and how it ended."""
    program = FOLDER / "job.py"
    program.write_text(source)
    environment = {**os.environ, "PYSPARK_PYTHON": str(python), "PYTHONWARNINGS": "ignore", **more}
    remote = [] if "--remote" in flags else ["--remote", REMOTE]
    command = [BINARY, "submit", *remote, *flags, str(program), *args]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=PATIENCE, cwd=FOLDER)


with check("arguments, output and exit code go through"):
    done = submit("import sys; print(sys.argv[1:]); sys.exit(7)", "a", "--flag", "-x")
    equal((done.returncode, done.stdout), (7, "['a', '--flag', '-x']\n"))

with check("a signal that ends the program shows in the exit code"):
    done = submit("import os, signal; os.kill(os.getpid(), signal.SIGTERM)")
    equal(done.returncode, 128 + signal.SIGTERM)

LAB = """
from pyspark import SparkConf
from pyspark.sql import SparkSession
conf = SparkConf().setMaster("local[2]").setAppName("from conf")
spark = SparkSession.builder.master("local[*]").appName("lab").config(conf=conf).getOrCreate()
spark.sparkContext.setLogLevel("WARN")
print(spark.conf.get("spark.app.name"), spark.conf.get("spark.sql.shuffle.partitions"))
spark.stop()
again = SparkSession.builder.getOrCreate()
print(again.range(3).count())
"""

with check("a program written for a local master runs, twice in a row in one process"):
    flags = ["--packages", "org.apache.spark:spark-sql-kafka-0-10_2.12:3.0.0", "--master", "local[*]",
             "--conf", "spark.sql.shuffle.partitions=5"]
    done = submit(LAB, flags=flags, PYSPARK_SUBMIT_ARGS="--packages a:b:1 pyspark-shell")
    equal((done.returncode, done.stdout), (0, "from conf 5\n3\n"))
    if "--packages has no effect" not in done.stderr or "--master" in done.stderr:
        raise AssertionError(done.stderr)

with check("the user's own sitecustomize still runs"):
    own = FOLDER / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import builtins; builtins.mine = 'yes'\n")
    done = submit("print(mine)", PYTHONPATH=str(own))
    equal((done.returncode, done.stdout), (0, "yes\n"))

with check("without PySpark it says the one command that installs it"):
    venv.create(FOLDER / "bare", with_pip=False)
    done = submit("from pyspark.sql import SparkSession", python=FOLDER / "bare/bin/python")
    command = f"{FOLDER / 'bare/bin/python'} -m pip install pyspark-client"
    if done.returncode != 1 or command not in done.stderr:
        raise AssertionError(f"{done.returncode}: {done.stderr}")

with check("wrong flags and values end with 2"):
    for wrong in (["--no-such-flag"], ["--conf", "novalue"], ["--remote", "localhost"]):
        equal((wrong, submit("pass", flags=wrong).returncode), (wrong, 2))
    missing = subprocess.run([BINARY, "submit", "no-such-job.py"], capture_output=True, text=True, timeout=PATIENCE)
    equal(missing.returncode, 2)

with check("a server that is not there is named"):
    done = submit("pass", flags=["--remote", "sc://127.0.0.1:1"])
    if done.returncode != 1 or "127.0.0.1:1" not in done.stderr:
        raise AssertionError(f"{done.returncode}: {done.stderr}")

JOINED = """
import pathlib, sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print(spark.range(3).count(), flush=True)
sys.stdin.readline()
print(spark.range(4).count())
sys.exit(int(sys.argv[1]))
"""


def start(code):
    """A program without --remote, which says 3, waits for a line, says 4 and exits with `code`."""
    program = FOLDER / "joined.py"
    program.write_text(JOINED)
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONWARNINGS": "ignore",
                   "XDG_DATA_HOME": str(FOLDER / "data")}
    environment.pop("SPARK_REMOTE", None)
    return subprocess.Popen([BINARY, "submit", str(program), str(code)], text=True, env=environment, cwd=FOLDER,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def go_on(program):
    program.stdin.write("\n")
    program.stdin.flush()


with check("a program that joins the server of another one keeps it when that one ends"):
    first = start(5)
    said = first.stderr.readline()
    if "no server was running, started one" not in said:
        raise AssertionError(f"port 15002 is not free: {said}")
    equal(first.stdout.readline(), "3\n")
    second = start(6)
    equal(second.stdout.readline(), "3\n")
    go_on(first)
    equal(first.stdout.readline(), "4\n")
    said = first.stderr.readline()
    if "stays until that ends" not in said:
        raise AssertionError(said)
    go_on(second)
    equal((second.stdout.read(), second.wait(PATIENCE)), ("4\n", 6))
    equal(first.wait(PATIENCE), 5)
end()

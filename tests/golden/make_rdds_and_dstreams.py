"""Makes the goldens of RDDs and DStreams with Apache Spark: run it with a Python that has the whole PySpark.

    VENV/bin/python tests/golden/make_rdds_and_dstreams.py [NAME ...]     (needs Java 17)

Names are the programs of the PySpark package that `dstream_programs` lists, and those in tests/course/programs.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
COURSE = HERE.parent / "course"
sys.path.insert(0, str(COURSE))
import dstream_programs  # noqa: E402
import session_window  # noqa: E402

SUBMIT = str(pathlib.Path(sys.executable).parent / "spark-submit")
ENVIRONMENT = os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
TABLES = ("rdds", "dstream_methods", "grouped")
SESSIONS = "structured_network_wordcount_session_window"


def stream(name):
    """What a program of the package prints; one partition suffices, and spares a busy machine."""
    command = [SUBMIT, "--master", "local[3]", "--conf", "spark.default.parallelism=1"]
    text = dstream_programs.play(command, name, patience=900, env=ENVIRONMENT)
    # Python's warnings, with paths of the machine, are none of the program's output.
    return "".join(line for line in text.splitlines(keepends=True) if "Warning" not in line and "warn" not in line and "require_" not in line)


def table(name):
    """The lines of one of our programs: an expression, a tab, its value."""
    ended = subprocess.run([SUBMIT, str(COURSE / "programs" / f"{name}.py")], env=ENVIRONMENT, text=True,
                           stdout=subprocess.PIPE, check=True)
    return "".join(line for line in ended.stdout.splitlines(keepends=True) if "\t" in line)


def sessions():
    """The batches with rows; the times are those of the run."""
    printed = session_window.play([SUBMIT, "--conf", "spark.sql.shuffle.partitions=2"], ENVIRONMENT, 900)
    return "".join(f"{block}\n" for block in session_window.batches(printed))


for name in sys.argv[1:] or [*dstream_programs.PROGRAMS, *TABLES, SESSIONS]:
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        text = sessions() if name == SESSIONS else table(name) if name in TABLES else stream(name)
    is_stream = name not in TABLES and name != SESSIONS
    (HERE / (f"dstream_{name}.txt" if is_stream else f"{name}.txt")).write_text(text)
    print(name, len(text), flush=True)

# pip: pyspark[connect]==4.3.0 kafka-python==2.0.2 matplotlib==3.11.2 nbconvert==7.17.2 ipykernel==7.4.0 findspark==2.0.1
"""Line 6, the notebook: `millstream jupyter` runs `examples/clickstream/clickstream.ipynb` unchanged."""

import json
import os
import shutil
import socket
import subprocess
import sys
import venv

from course import BINARY, PATIENCE, ROOT, Server, check, end, equal

LAB = ROOT / "examples" / "clickstream"
QUIET = {**os.environ, "PYTHONWARNINGS": "ignore", "PYSPARK_PYTHON": sys.executable}
# The server that `millstream jupyter` starts by itself begins with an empty directory.
QUIET["XDG_DATA_HOME"] = os.path.abspath("data")
QUIET.pop("SPARK_REMOTE", None)


def is_free(port):
    """Whether a server can be started there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def jupyter(*words, **environment):
    """`millstream jupyter WORDS`, to its end."""
    return subprocess.run([BINARY, "jupyter", *words], capture_output=True, text=True, timeout=5 * PATIENCE,
                          env={**QUIET, **environment})


def text(cell):
    """All text that a cell has put out."""
    streams = ["".join(output.get("text", "")) for output in cell["outputs"]]
    results = ["".join(output.get("data", {}).get("text/plain", "")) for output in cell["outputs"]]
    return "".join(streams + results)


def executed(*flags):
    """The code cells of the notebook after a run, each found by a word in it."""
    done = jupyter(*flags, "nbconvert", "--to", "notebook", "--execute", "--output", "executed.ipynb",
                   "clickstream.ipynb")
    equal((done.returncode, done.stderr[-600:] if done.returncode else ""), (0, ""))
    cells = [cell for cell in json.load(open("executed.ipynb"))["cells"] if cell["cell_type"] == "code"]
    return lambda word: next(cell for cell in cells if word in "".join(cell["source"]))


shutil.copy(LAB / "access.log", "access.log")
notebook = (LAB / "clickstream.ipynb").read_text()
with open("clickstream.ipynb", "w") as copy:
    copy.write(notebook)

with check("a notebook with findspark, PYSPARK_SUBMIT_ARGS, local[*] and 127.0.0.1:9092 runs as it is"):
    if all(is_free(port) for port in (9092, 15002)):
        cell = executed()
    else:
        # Something else has Kafka's port on this machine: the one thing changed is the address.
        with Server() as server:
            with open("clickstream.ipynb", "w") as copy:
                copy.write(notebook.replace("127.0.0.1:9092", server.kafka))
            cell = executed("--remote", server.remote)

with check("the consumer's messages, the table that was plotted and the counts are in it"):
    equal(text(cell("zip(consumer")).count("'status': 200"), 3)
    images = [output for output in cell("display(figure)")["outputs"] if "image/png" in output.get("data", {})]
    equal(len(images), 1)
    counts = text(cell("sum(hits)")).splitlines()[1:]
    equal(sum(int(line.split()[-1]) for line in counts), 2000)

with check("what the console sink prints is in it"):
    printed = text(cell('format("console")'))
    equal(("Batch: 0" in printed, "{2015-05-17 10:00:00, 2015-05-17 11:00:00}" in printed), (True, True))

with check("without Jupyter it says the one command that installs it"):
    venv.create("bare", with_pip=False)
    python = os.path.abspath("bare/bin/python")
    with Server("other") as server:
        done = jupyter("--remote", server.remote, "notebook", PYSPARK_PYTHON=python)
    equal((done.returncode, f"{python} -m pip install notebook ipykernel" in done.stderr), (1, True))
end()

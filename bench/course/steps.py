"""Three steps of the course from Enter to the first result, on Apache's software and on Millstream, in one run.

    python steps.py BINARY KAFKA_JARS CONNECTOR_JARS SPARK_PYTHON

3 is Kafka's quickstart, 6 a windowed count of a topic, 10 the DStream word count over a socket. Both sides run the
same commands, the same programs and the same interpreter. Nothing here passes or fails: a person judges.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

from process_tree import Watch, memory_mib, members
from sides import PROPERTIES, Apache, Millstream
from typed import Typed, free_port, listening, run

HERE = pathlib.Path(__file__).resolve().parent
CLICKS = 10_000


class Broker:
    """A formatted, started broker of one side, and what it took from Enter to the open port."""

    def __init__(self, side, folder):
        ports = {name: free_port() for name in ("kafka", "controller", "spark")}
        properties = pathlib.Path(folder) / f"{side.name}.properties"
        text = (PROPERTIES + side.extra_properties).format(log=pathlib.Path(folder) / f"{side.name}-log", **ports)
        properties.write_text(text)
        began = time.monotonic()
        identity = run(*side.tool("kafka-storage"), "random-uuid")[1].split()[-1]
        run(*side.tool("kafka-storage"), "format", "--standalone", "-t", identity, "-c", properties)
        self.server = Typed(*side.tool("kafka-server-start"), properties)
        listening(ports["kafka"])
        self.started = time.monotonic() - began
        self.address = f"127.0.0.1:{ports['kafka']}"
        self.remote = f"sc://127.0.0.1:{ports['spark']}"

    def memory(self):
        """Resident memory of the server and what it started, in MiB."""
        return sum(memory_mib(pid) for pid in members(self.server.process.pid))


def quickstart(side, folder):
    """Step 3: format, start, create, write, read. Seconds of each, of all, and the server's memory after it."""
    broker = Broker(side, folder)
    at = ["--bootstrap-server", broker.address, "--topic", "quickstart-events"]
    create, _ = run(*side.tool("kafka-topics"), "--create", *at)
    write, _ = run(*side.tool("kafka-console-producer"), *at, text="first event\nsecond event\n")
    reader = Typed(*side.tool("kafka-console-consumer"), *at, "--from-beginning")
    read = reader.line(lambda line: line == "second event")
    reader.stop()
    figures = {"format and start": broker.started, "create": create, "write": write, "read": read}
    return broker, {**figures, "all": sum(figures.values())}


def interpreter(side, imports):
    """Seconds that the user's Python needs for the program's imports alone."""
    return run(side.python, "-c", imports)[0]


def first_result(side, program, arguments, holds, remote=None):
    """Seconds from Enter until a line of the program's output holds; memory and CPU of the tree meanwhile."""
    environment = {**os.environ, "PYSPARK_PYTHON": str(side.python), "PYTHONWARNINGS": "ignore"}
    environment.pop("SPARK_REMOTE", None)
    flags = ["--remote", remote] if remote else []
    typed = Typed(*side.submit(), *flags, program, *arguments, env=environment)
    watch = Watch(side.program, typed.process.pid)
    try:
        seconds = typed.line(holds)
    finally:
        watch.stop()
        typed.stop()
    return seconds, watch


def write_clicks(side, broker):
    """The topic of step 6: as many clicks as the course's log has lines, over a hundred hours."""
    times = (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1_431_820_800 + 36 * number)) for number in range(CLICKS))
    lines = [json.dumps({"time": moment, "status": 404 if number % 40 == 0 else 200, "bytes": 1000 + number})
             for number, moment in enumerate(times)]
    run(*side.tool("kafka-console-producer"), "--bootstrap-server", broker.address, "--topic", "clickstream",
        text="".join(f"{line}\n" for line in lines))


class Words(threading.Thread):
    """What a person types into `nc -lk`: a line every tenth of a second to whoever is connected."""

    def __init__(self):
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            client, _ = self._listener.accept()
            try:
                while True:
                    client.sendall(b"hello world\n")
                    time.sleep(0.1)
            except OSError:
                client.close()


def measure(side, folder, word_count):
    """All figures of one side, by name."""
    broker, figures = quickstart(side, folder)
    found = {f"3 quickstart: {name}, s": seconds for name, seconds in figures.items()}
    found["3 memory of the server afterwards, MiB"] = broker.memory()
    write_clicks(side, broker)
    remote = broker.remote if side.name == "Millstream" else None
    start = interpreter(side, "from pyspark.sql import SparkSession")
    seconds, watch = first_result(side, HERE / "hourly_clicks.py", [broker.address],
                                  lambda line: line.startswith("|{"), remote)
    found["6 windowed count of a topic: Enter to first table, s"] = seconds
    found["6 the same without the client's own imports, s"] = seconds - start
    found["6 memory of the servers at most, MiB"] = watch.served + broker.memory()
    found["6 memory: whole tree at most, with the broker, MiB"] = watch.whole + broker.memory()
    broker.server.stop()
    start = interpreter(side, "import pyspark")
    seconds, watch = first_result(side, word_count, ["localhost", Words().port],
                                  lambda line: line.startswith("('hello'"))
    found["10 DStream word count: Enter to first counts, s"] = seconds
    found["10 the same without the client's own imports, s"] = seconds - start
    found["10 memory of the server at most, MiB"] = watch.served
    found["10 memory: whole tree, MiB"] = watch.whole
    found["10 CPU until then, whole tree, s"] = watch.cpu
    return found


def main():
    """Measures both sides and prints one table."""
    binary, kafka_jars, connector_jars, python = sys.argv[1:]
    package = subprocess.run([python, "-c", "import pyspark; print(pyspark.__path__[0])"], capture_output=True,
                             text=True, check=True).stdout.strip()
    word_count = pathlib.Path(package) / "examples/src/main/python/streaming/network_wordcount.py"
    with tempfile.TemporaryDirectory() as folder:
        ours = measure(Millstream(binary, python, folder), folder, word_count)
        theirs = measure(Apache(kafka_jars, python, connector_jars), folder, word_count)
    print("| step | Apache | Millstream | ratio |\n|---|---|---|---|")
    for name, value in ours.items():
        print(f"| {name} | {theirs[name]:.2f} | {value:.2f} | {value / theirs[name]:.3f} |")


if __name__ == "__main__":
    main()

"""Kafka Streams (`streams/Streams.java`) through a crash, a lost state directory and a reset: exactly once.

    python streams.py HOST:PORT JARS RELEASE [TOOLS]

JARS holds kafka-streams of that release, TOOLS the jars of Apache Kafka's tools, for its reset command.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
from checks import check, end, equal, fresh

ADDRESS, JARS, RELEASE = sys.argv[1:4]
TOOLS = sys.argv[4] if len(sys.argv) > 4 else None
OLD = RELEASE.startswith("2.")
SOURCE = pathlib.Path(__file__).resolve().parent / "streams"
SCRATCH = pathlib.Path(tempfile.mkdtemp())
CLASSES, STATE = SCRATCH / "classes", SCRATCH / "state"
FILES = [SOURCE / "Streams.java", SOURCE / ("until-2.8" if OLD else "since-3.0") / "Windows.java"]
subprocess.run(["javac", "-nowarn", "-cp", f"{JARS}/*", "-d", CLASSES, *FILES], check=True)
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{CLASSES}:{JARS}/*", "Streams", ADDRESS]
APPLICATION = fresh("streams")
START = str(int(time.time() - 600) * 1000)


def run(*words):
    done = subprocess.run([*JAVA, APPLICATION, START, *words], capture_output=True, text=True, timeout=400)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: {done.stdout[-500:]} {done.stderr[-1500:]}")
    return done.stdout.strip()


class Application:
    """The application in a process of its own."""

    def __init__(self):
        guarantee = "exactly_once_beta" if OLD else "exactly_once_v2"
        self.log = open(SCRATCH / "application.log", "a")
        self.process = subprocess.Popen(
            [*JAVA, APPLICATION, START, "run", STATE, guarantee], stdin=subprocess.PIPE, stdout=self.log, stderr=self.log
        )

    def stop(self):
        self.process.stdin.close()
        equal(self.process.wait(120), 0)

    def crash(self):
        self.process.kill()
        self.process.wait()


with check(f"Kafka Streams {RELEASE}: counts, windows and a join"):
    run("create")
    run("feed", "0", "400")
    application = Application()
    run("expect", "400")

with check(f"Kafka Streams {RELEASE}: goes on after a crash, its state read back from the changelogs"):
    run("feed", "400", "900")
    application.crash()
    shutil.rmtree(STATE)
    application = Application()
    run("feed", "900", "1200")
    run("expect", "1200")

with check(f"Kafka Streams {RELEASE}: goes on after a clean stop"):
    application.stop()
    run("feed", "1200", "1300")
    application = Application()
    run("expect", "1300")
    application.stop()

if TOOLS:
    with check(f"Kafka Streams {RELEASE}: the reset tool starts it anew"):
        command = ["org.apache.kafka.tools.StreamsResetter", "--bootstrap-server", ADDRESS, "--application-id", APPLICATION,
                   "--input-topics", f"{APPLICATION}-in,{APPLICATION}-users", "--force"]
        done = subprocess.run(["java", "-cp", f"{TOOLS}/*", *command], capture_output=True, text=True, timeout=120)
        equal((done.returncode, done.stderr), (0, done.stderr))
        equal("Done" in done.stdout or "Deleting" in done.stdout, True)
        shutil.rmtree(STATE)
        listed = subprocess.run(
            ["java", "-cp", f"{TOOLS}/*", "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", ADDRESS, "--list"],
            capture_output=True, text=True, timeout=120,
        )
        own = [name for name in listed.stdout.split() if name.startswith(APPLICATION)]
        equal(sorted(own), sorted(f"{APPLICATION}-{name}" for name in ("in", "users", "counts", "windows", "joined")))

shutil.rmtree(SCRATCH, ignore_errors=True)
end()

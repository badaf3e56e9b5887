"""The recorded sessions of Apache Kafka's commands, typed again into those commands at this binary's broker.

    python tool_sessions.py BINARY JARS [NAME ...]

Three sessions run side by side, each with a broker and a JVM of its own.
"""

import os
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(TESTS / "golden/kafka-tools"), str(TESTS / "clients/kafka")]
import sessions
from checks import check, end
from java_tools import JavaTools

SIDE_BY_SIDE = 3


def one(name, binary, jars):
    with check(f"Kafka's commands print in the session '{name}' what they print at Apache Kafka"):
        sessions.compare(name, sessions.at_millstream(name, binary, JavaTools(jars)), is_kafka=True)
    end()


def all_of_them(binary, jars):
    """Each in a process, for a session has a working directory of its own. True when all went well."""
    waiting, running, codes = sessions.names(), [], []
    while waiting or running:
        while waiting and len(running) < SIDE_BY_SIDE:
            running.append(subprocess.Popen([sys.executable, __file__, binary, jars, waiting.pop(0)]))
        codes.append(running.pop(0).wait())
    return not any(codes)


if __name__ == "__main__":
    binary, jars, *names = sys.argv[1:]
    binary, jars = os.path.abspath(binary), os.path.abspath(jars)
    if names:
        one(names[0], binary, jars)
    sys.exit(0 if all_of_them(binary, jars) else 1)

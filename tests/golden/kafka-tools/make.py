"""Records the sessions in this folder: Apache Kafka's own commands at an Apache Kafka broker.

    python3 make.py JARS BINARY [NAME ...]

JARS is the folder with Apache Kafka 4.3.1's jars (its `libs`), BINARY is `millstream`, which says when a group is
stable. The lines that are typed are taken from the sessions as they are, and the remarks at their head; what is
printed is written anew, without the lines marked `#!` and `#-`: look at the difference before you keep it.
"""

import sys

import sessions
from java_tools import JavaTools


def main(jars, binary, *names):
    for name in names or sessions.names():
        head = [line for line in sessions.text(name).splitlines() if line.startswith("# ")]
        found = sessions.at_kafka(name, jars, binary, JavaTools(jars))
        (sessions.FOLDER / f"{name}.txt").write_text("\n".join(head) + "\n" + found)
        print(name, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

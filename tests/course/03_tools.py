"""Line 3: Kafka's commands by Kafka's names, in the sessions that were recorded with Apache Kafka's own at its broker."""

import pathlib
import sys

from course import BINARY, ROOT, check, end, run

sys.path.append(str(ROOT / "tests/golden/kafka-tools"))
import sessions
import transcript

home = pathlib.Path("kafka").resolve()
run(BINARY, "install-names", home)

for name in sessions.names():
    with check(f"a session prints what Apache Kafka prints: {name}"):
        commands = transcript.Commands(lambda command: [str(home / "bin" / f"{command}.sh")])
        sessions.compare(name, sessions.at_millstream(name, BINARY, commands))
end()

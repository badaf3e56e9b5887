"""Line 3: the rest of Kafka's commands: what they print is what Apache Kafka's own commands print."""

import transcript
from course import BINARY, ROOT, Server, check, end, equal
from kafka_tree import Tree

with check("the rest of the commands print what kafka prints"):
    golden = (ROOT / "tests/golden/kafka-tools/tools.txt").read_text()
    with Server("golden") as server:
        broker = f"localhost:{server.kafka.rsplit(':', 1)[1]}"
        found = transcript.replay(golden, Tree("tools").command, broker, BINARY, data="golden/kafka")
    for one, other in zip(transcript.expected(golden).splitlines(), found.splitlines(), strict=True):
        equal(other, one)


end()

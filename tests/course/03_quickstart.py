"""Line 3: topics, records and settings, as typed; what is printed is what Apache Kafka's own commands print."""

import pathlib

import transcript
from course import BINARY, ROOT, Server, check, end
from kafka_tree import Tree

GOLDEN = ROOT / "tests/golden/kafka-tools"


def compare(name):
    """Types a golden transcript again, to a server started as for Kafka's own commands."""
    golden = (GOLDEN / f"{name}.txt").read_text()
    with Server(f"{name}-data") as server:
        broker = f"localhost:{server.kafka.rsplit(':', 1)[1]}"
        found = transcript.replay(golden, Tree(name).command, broker, BINARY)
    expected = transcript.expected(golden)
    if found != expected:
        pathlib.Path(f"{name}.txt").write_text(found)
        pairs = zip(expected.splitlines() + ["(end)"], found.splitlines() + ["(end)"])
        first = next((pair for pair in pairs if pair[0] != pair[1]), None)
        raise AssertionError(f"{name}: expected {first[0]!r}, found {first[1]!r}; all of it is in {name}.txt")

with check("topics and records print what kafka prints"):
    compare("quickstart")

with check("settings and the quorum print what kafka prints"):
    compare("configs")

with check("a log is not a queue"):
    with Tree("log") as tree:
        tree.sh("bin/kafka-topics.sh --create --topic quickstart-events --bootstrap-server localhost:9092")
        tree.sh("bin/kafka-console-producer.sh --topic quickstart-events --bootstrap-server localhost:9092",
                text="This is my first event\nThis is my second event\n")
        read = ("bin/kafka-console-consumer.sh --topic quickstart-events --from-beginning --bootstrap-server "
                "localhost:9092 --max-messages 2")
        for _ in range(2):
            out, said = tree.sh(read)
            assert out == "This is my first event\nThis is my second event\n", out
            assert said == "Processed a total of 2 messages\n", said
        out, said = tree.sh(read + " --timeout-ms 2000 --max-messages 5")
        assert said.endswith("Processed a total of 2 messages\n"), said


end()

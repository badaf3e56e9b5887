"""Line 3: a log is not a queue: what is read stays, and can be read again."""

from course import check, end
from kafka_tree import Tree

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

"""Makes the transcripts in this folder by running Apache Kafka's own commands against a Millstream server.

    python3 make.py JARS BINARY [NAME.txt ...]

JARS is the folder with Apache Kafka 4.3.1's jars (its `libs`), BINARY is `millstream`. The lines that are typed are
taken from the transcripts as they are; what is printed is written anew.
"""

import pathlib
import sys
import tempfile

FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1] / "course"))
CLASSES = {
    "kafka-cluster": "org.apache.kafka.tools.ClusterTool",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "kafka-consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "kafka-dump-log": "org.apache.kafka.tools.DumpLogSegments",
    "kafka-features": "org.apache.kafka.tools.FeatureCommand",
    "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "kafka-groups": "org.apache.kafka.tools.GroupsCommand",
    "kafka-leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
    "kafka-log-dirs": "org.apache.kafka.tools.LogDirsCommand",
    "kafka-metadata-quorum": "org.apache.kafka.tools.MetadataQuorumCommand",
    "kafka-producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
    "kafka-reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
    "kafka-storage": "kafka.tools.StorageTool",
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-transactions": "org.apache.kafka.tools.TransactionsCommand",
    "kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
    "kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
}


def main(jars, binary, *names):
    import transcript
    from course import Server

    def java(name):
        return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*", CLASSES[name]]

    for path in [FOLDER / name for name in names] or sorted(FOLDER.glob("*.txt")):
        with tempfile.TemporaryDirectory() as folder, Server(f"{folder}/data") as server:
            broker = f"localhost:{server.kafka.rsplit(':', 1)[1]}"
            text = path.read_text()
            remark = "".join(line + "\n" for line in text.splitlines() if line.startswith("# "))
            path.write_text(remark + transcript.replay(text, java, broker, binary, is_kafka=True, data=f"{folder}/data/kafka"))
            server.stop()
            print(path.name)


if __name__ == "__main__":
    jars, binary, *names = sys.argv[1:]
    binary = str(pathlib.Path(binary).resolve())
    # `course` reads the binary's path from the first argument.
    sys.argv[1:] = [binary]
    main(jars, binary, *names)

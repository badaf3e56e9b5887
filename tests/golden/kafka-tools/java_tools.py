"""Apache Kafka's own commands, run one after another in one JVM (`tests/clients/java/Tools.java`)."""

import base64
import pathlib
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "course"))
import transcript

CLASSES = {
    "kafka-broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    "kafka-client-metrics": "org.apache.kafka.tools.ClientMetricsCommand",
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
    "kafka-server-start": "kafka.Kafka",
    "kafka-storage": "kafka.tools.StorageTool",
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-transactions": "org.apache.kafka.tools.TransactionsCommand",
    "kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
    "kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
}
# One is a server, the other tells of its records from a thread that outlives `main`.
ALONE = ("kafka-server-start", "kafka-verifiable-producer")
PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "clients/java/Tools.java"


class JavaTools:
    """As `transcript.Commands`, for a `with` block."""

    def __init__(self, jars):
        self.java = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{jars}/*"]

    def __enter__(self):
        self.process = subprocess.Popen([*self.java, str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def run(self, name, arguments, stdin):
        if name in ALONE:
            return transcript.Commands(self.words).run(name, arguments, stdin)
        words = [CLASSES[name], stdin, *arguments]
        line = "\t".join(base64.b64encode(word.encode()).decode() for word in words)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        if not answer:
            # A few end the JVM themselves when the command line is wrong.
            self.__exit__()
            self.__enter__()
            return transcript.Commands(self.words).run(name, arguments, stdin)
        code, out, err = answer.split("\t")
        return int(code), base64.b64decode(out).decode(), base64.b64decode(err).decode()

    def words(self, name):
        return [*self.java, CLASSES[name]]

    def start(self, name, arguments):
        return transcript.Commands(self.words).start(name, arguments)

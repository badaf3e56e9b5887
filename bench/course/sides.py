"""The two sides of a comparison: the same commands as Apache Kafka and Apache Spark have them, and as Millstream does."""

import pathlib
import subprocess

# As Kafka's scripts start them: a server with one gigabyte, a tool with a quarter of that.
SERVER_JVM = ["java", "-Xmx1G", "-Xms1G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"]
TOOL_JVM = ["java", "-Xmx256M", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"]

KAFKA_CLASSES = {
    "kafka-storage": "kafka.tools.StorageTool",
    "kafka-server-start": "kafka.Kafka",
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
}

PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{kafka},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{kafka},CONTROLLER://127.0.0.1:{controller}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={log}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""


class Apache:
    """Apache Kafka from its jars, Apache Spark from its package with its Kafka connector."""

    name = "Apache"
    program = "java"

    def __init__(self, kafka_jars, spark_python, connector_jars):
        self.kafka_jars, self.python = kafka_jars, pathlib.Path(spark_python)
        self.connector = ",".join(str(jar) for jar in sorted(pathlib.Path(connector_jars).glob("*.jar")))
        self.extra_properties = ""

    def tool(self, name):
        """The words of one of Kafka's commands."""
        jvm = SERVER_JVM if name == "kafka-server-start" else TOOL_JVM
        return [*jvm, "-cp", f"{self.kafka_jars}/*", KAFKA_CLASSES[name]]

    def submit(self):
        """The words of `spark-submit`, with the connector."""
        return [self.python.parent / "spark-submit", "--master", "local[*]", "--jars", self.connector]


class Millstream:
    """The one binary under Kafka's and Spark's names."""

    name = "Millstream"

    def __init__(self, binary, spark_python, folder):
        self.program = pathlib.Path(binary).resolve().name
        self.python = pathlib.Path(spark_python)
        self.bin = pathlib.Path(folder) / "bin"
        subprocess.run([binary, "install-names", folder], check=True, stdout=subprocess.DEVNULL)
        self.extra_properties = "millstream.spark.listener=127.0.0.1:{spark}\nmillstream.console.listener=off\n"

    def tool(self, name):
        """The words of one of Kafka's commands."""
        return [self.bin / f"{name}.sh"]

    def submit(self):
        """The words of `spark-submit`."""
        return [self.bin / "spark-submit"]

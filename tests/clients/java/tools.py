"""Apache Kafka's console tools: topics, console producer, console consumer, and those of an administrator.

    python tools.py HOST:PORT JARS
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
from checks import check, end, equal, fresh, until

ADDRESS, JARS = sys.argv[1:3]
TOPICS = "org.apache.kafka.tools.TopicCommand"
PRODUCER = "org.apache.kafka.tools.ConsoleProducer"
CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"
CONFIGS = "kafka.admin.ConfigCommand"
GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
OFFSETS = "org.apache.kafka.tools.GetOffsetShell"
DELETE = "org.apache.kafka.tools.DeleteRecordsCommand"
QUORUM = "org.apache.kafka.tools.MetadataQuorumCommand"
LOG_DIRS = "org.apache.kafka.tools.LogDirsCommand"


def start(tool, *arguments):
    """Each tool is a JVM of its own, as the shell scripts start it."""
    command = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", tool]
    return subprocess.Popen(
        [*command, "--bootstrap-server", ADDRESS, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(tool, *arguments, text=None, succeeds=True):
    process = start(tool, *arguments)
    try:
        out, err = process.communicate(text, timeout=90)
    finally:
        process.kill()
    if (process.returncode == 0) != succeeds:
        raise AssertionError(f"{tool} {' '.join(arguments)} ended with {process.returncode}: {out} {err}")
    return out


def consume(topic, count, *arguments):
    return run(
        CONSUMER, "--topic", topic, "--from-beginning", "--max-messages", str(count), "--timeout-ms", "30000", *arguments
    )


def holds(text, *parts):
    """Raises unless every part is in the text; blanks count as one."""
    text = re.sub(r"\s+", " ", text)
    for part in parts:
        if part not in text:
            raise AssertionError(f"'{part}' is not in: {text}")


TOPIC = fresh("tools")
with check("Kafka's topics tool makes, lists and describes a topic"):
    run(TOPICS, "--create", "--topic", TOPIC, "--partitions", "3", "--config", "retention.ms=3600000")
    equal(TOPIC in run(TOPICS, "--list").split(), True)
    described = run(TOPICS, "--describe", "--topic", TOPIC)
    for words in ["PartitionCount: 3", "ReplicationFactor: 1", "retention.ms=3600000", "Partition: 2", "Leader: 1"]:
        if words not in re.sub(r"\s+", " ", described):
            raise AssertionError(f"'{words}' is not in: {described}")

with check("Kafka's topics tool is told that a topic is there already"):
    run(TOPICS, "--create", "--topic", TOPIC, succeeds=False)

for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
    with check(f"Kafka's console producer and consumer, {codec}"):
        topic = fresh(f"tools-{codec}")
        lines = [f"{codec} {n}" for n in range(100)]
        properties = ["--reader-property", "parse.key=true", "--reader-property", "key.separator=:"]
        text = "".join(f"key{n}:{line}\n" for n, line in enumerate(lines))
        run(PRODUCER, "--topic", topic, "--compression-codec", codec, *properties, text=text)
        shown = consume(topic, 100, "--formatter-property", "print.key=true")
        equal(shown.splitlines(), [f"key{n}\t{line}" for n, line in enumerate(lines)])

with check("Kafka's console consumer sees in a group what is sent while it waits"):
    topic = fresh("tools-live")
    run(TOPICS, "--create", "--topic", topic)
    consumer = start(
        CONSUMER, "--topic", topic, "--group", fresh("tools"), "--from-beginning", "--max-messages", "2",
        "--timeout-ms", "60000",
    )
    try:
        run(PRODUCER, "--topic", topic, text="first\n")
        equal(consumer.stdout.readline(), "first\n")
        run(PRODUCER, "--topic", topic, text="second\n")
        equal(consumer.stdout.readline(), "second\n")
        equal(consumer.wait(60), 0)
    finally:
        consumer.kill()

with check("Kafka's topics tool gives a topic more partitions, and is refused fewer"):
    run(TOPICS, "--alter", "--topic", TOPIC, "--partitions", "5")
    holds(run(TOPICS, "--describe", "--topic", TOPIC), "PartitionCount: 5")
    run(TOPICS, "--alter", "--topic", TOPIC, "--partitions", "4", succeeds=False)

with check("Kafka's configs tool sets, shows and deletes settings of a topic"):
    of_topic = ["--entity-type", "topics", "--entity-name", TOPIC]
    run(CONFIGS, "--alter", *of_topic, "--add-config", "segment.ms=1000,cleanup.policy=[delete,compact]")
    holds(run(CONFIGS, "--describe", *of_topic), "segment.ms=1000", "cleanup.policy=delete,compact")
    run(CONFIGS, "--alter", *of_topic, "--delete-config", "cleanup.policy")
    holds(run(CONFIGS, "--describe", *of_topic, "--all"), "cleanup.policy=delete sensitive=false")

with check("Kafka's configs tool sets those of the broker and of all brokers"):
    for entity, value in [(["--entity-name", "1"], "86400001"), (["--entity-default"], "86400002")]:
        of_brokers = ["--entity-type", "brokers", *entity]
        run(CONFIGS, "--alter", *of_brokers, "--add-config", f"log.retention.ms={value}")
        holds(run(CONFIGS, "--describe", *of_brokers), f"log.retention.ms={value}")
        run(CONFIGS, "--alter", *of_brokers, "--delete-config", "log.retention.ms")
    refused = ["--add-config", "num.io.threads=3"]
    run(CONFIGS, "--alter", "--entity-type", "brokers", "--entity-name", "1", *refused, succeeds=False)

with check("Kafka's delete-records and get-offsets tools"):
    topic = fresh("tools-delete")
    run(PRODUCER, "--topic", topic, text="".join(f"{n}\n" for n in range(9)))
    holds(run(OFFSETS, "--topic", topic), f"{topic}:0:9")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"version": 1, "partitions": [{"topic": topic, "partition": 0, "offset": 4}]}, file)
        file.flush()
        holds(run(DELETE, "--offset-json-file", file.name), "low_watermark: 4")
    holds(run(OFFSETS, "--topic", topic, "--time", "earliest"), f"{topic}:0:4")
    equal(consume(topic, 5).split(), ["4", "5", "6", "7", "8"])

with check("Kafka's groups tool lists, describes, resets, forgets and deletes"):
    topic, group = fresh("tools-group"), fresh("tools")
    run(PRODUCER, "--topic", topic, text="".join(f"{n}\n" for n in range(9)))
    run(CONSUMER, "--topic", topic, "--group", group, "--from-beginning", "--max-messages", "9", "--timeout-ms", "60000")
    holds(run(GROUPS, "--list", "--state", "Empty"), group)
    holds(run(GROUPS, "--describe", "--group", group), f"{group} {topic} 0 9 9 0")
    run(GROUPS, "--reset-offsets", "--group", group, "--topic", topic, "--to-offset", "3", "--execute")
    holds(run(GROUPS, "--describe", "--group", group), f"{group} {topic} 0 3 9 6")
    run(GROUPS, "--delete-offsets", "--group", group, "--topic", topic)
    run(GROUPS, "--delete", "--group", group)
    equal(group in run(GROUPS, "--list").split(), False)

with check("Kafka's quorum and log-dirs tools"):
    holds(run(QUORUM, "describe", "--status"), "LeaderId: 1", '"id": 1')
    holds(run(QUORUM, "describe", "--replication"), "Leader")
    holds(run(LOG_DIRS, "--describe", "--topic-list", TOPIC), f'"partition":"{TOPIC}-4"')

with check("Kafka's topics tool deletes a topic"):
    run(TOPICS, "--delete", "--topic", TOPIC)
    until(lambda: TOPIC not in run(TOPICS, "--list").split(), 30, "the topic is gone")
end()

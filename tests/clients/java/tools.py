"""Apache Kafka's console tools: topics, console producer, console consumer.

    python tools.py HOST:PORT JARS
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
from checks import check, end, equal, fresh, until

ADDRESS, JARS = sys.argv[1:3]
TOPICS = "org.apache.kafka.tools.TopicCommand"
PRODUCER = "org.apache.kafka.tools.ConsoleProducer"
CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"


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

with check("Kafka's topics tool deletes a topic"):
    run(TOPICS, "--delete", "--topic", TOPIC)
    until(lambda: TOPIC not in run(TOPICS, "--list").split(), 30, "the topic is gone")
end()

"""The console tools of an old release of Apache Kafka: produce, consume, groups, offsets, and topics where they ask a
broker for them (until 2.1 they asked ZooKeeper).

    python old_tools.py HOST:PORT JARS RELEASE

The broker makes topics with four partitions by itself.
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
from checks import check, end, equal, fresh

ADDRESS, JARS, RELEASE = sys.argv[1:4]
VERSION = tuple(int(number) for number in RELEASE.split("."))
NEW = ["--new-consumer"] if VERSION < (1, 0) else []
TOPIC, GROUP = fresh("tools"), fresh("tools")
NUMBERS = "".join(f"{number}\n" for number in range(100))


def run(tool, *words, text=None):
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", tool, *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=150)
    if done.returncode != 0:
        raise AssertionError(f"{tool} ended with {done.returncode}: {done.stdout[-400:]} {done.stderr[-800:]}")
    return done.stdout


def who(name):
    return f"tools of {RELEASE}: {name}"


if VERSION >= (2, 2):
    with check(who("kafka-topics")):
        at = ["--bootstrap-server", ADDRESS]
        run("kafka.admin.TopicCommand", *at, "--create", "--topic", TOPIC, "--partitions", "4", "--replication-factor", "1")
        equal(TOPIC in run("kafka.admin.TopicCommand", *at, "--list").split(), True)
        run("kafka.admin.TopicCommand", *at, "--alter", "--topic", TOPIC, "--partitions", "5")
        equal(re.search(r"PartitionCount: ?(\d+)", run("kafka.admin.TopicCommand", *at, "--describe", "--topic", TOPIC))[1], "5")

with check(who("kafka-console-producer and kafka-console-consumer")):
    at = "--bootstrap-server" if VERSION >= (2, 5) else "--broker-list"
    run("kafka.tools.ConsoleProducer", at, ADDRESS, "--topic", TOPIC, "--compression-codec", "gzip", text=NUMBERS)
    own = ["--group", GROUP] if VERSION >= (1, 0) else ["--consumer-property", f"group.id={GROUP}"]
    if VERSION < (0, 11):
        own = []
    words = ["--bootstrap-server", ADDRESS, "--topic", TOPIC, "--from-beginning", "--max-messages", "100", *NEW, *own]
    found = run("kafka.tools.ConsoleConsumer", *words, "--timeout-ms", "60000")
    equal(sorted(found.split(), key=int), NUMBERS.split())

with check(who("kafka-consumer-groups")):
    at = ["--bootstrap-server", ADDRESS, *NEW]
    listed = run("kafka.admin.ConsumerGroupCommand", *at, "--list").split()
    if VERSION >= (0, 11):
        equal(GROUP in listed, True)
        described = run("kafka.admin.ConsumerGroupCommand", *at, "--describe", "--group", GROUP)
        rows = [line.split() for line in described.splitlines() if TOPIC in line]
        numbers = [[int(word) for word in row[row.index(TOPIC) + 1:row.index(TOPIC) + 5]] for row in rows]
        equal((sum(row[1] for row in numbers), sum(row[3] for row in numbers)), (100, 0))
        words = ["--reset-offsets", "--group", GROUP, "--topic", TOPIC, "--to-earliest", "--execute"]
        run("kafka.admin.ConsumerGroupCommand", *at, *words)

with check(who("kafka-get-offsets")):
    found = run("kafka.tools.GetOffsetShell", "--broker-list", ADDRESS, "--topic", TOPIC, "--time", "-1")
    equal(sum(int(line.split(":")[2]) for line in found.split()), 100)

if VERSION < (2, 0):
    with check(who("the simple consumer's shell")):
        found = []
        for partition in "0123":
            words = ["--broker-list", ADDRESS, "--topic", TOPIC, "--partition", partition, "--offset", "-2"]
            words += ["--no-wait-at-logend"]
            found += [word for word in run("kafka.tools.SimpleConsumerShell", *words).splitlines() if word.isdigit()]
        equal(sorted(found, key=int), NUMBERS.split())

if VERSION >= (0, 10, 2):
    with check(who("kafka-broker-api-versions")):
        equal("Fetch(1):" in run("kafka.admin.BrokerApiVersionsCommand", "--bootstrap-server", ADDRESS), True)

with check(who("kafka-producer-perf-test and kafka-verifiable-producer")):
    words = ["--topic", TOPIC, "--num-records", "500", "--record-size", "100", "--throughput", "-1"]
    found = run("org.apache.kafka.tools.ProducerPerformance", *words, "--producer-props", f"bootstrap.servers={ADDRESS}")
    equal("500 records sent" in found, True)
    at = "--bootstrap-server" if VERSION >= (2, 5) else "--broker-list"
    found = run("org.apache.kafka.tools.VerifiableProducer", at, ADDRESS, "--topic", TOPIC, "--max-messages", "50")
    equal(found.count("producer_send_success"), 50)

if VERSION >= (2, 2):
    with check(who("kafka-configs and kafka-delete-records")):
        at = ["--bootstrap-server", ADDRESS]
        broker = ["--entity-type", "brokers", "--entity-default"]
        run("kafka.admin.ConfigCommand", *at, *broker, "--alter", "--add-config", "log.cleaner.threads=1")
        equal("log.cleaner.threads=1" in run("kafka.admin.ConfigCommand", *at, *broker, "--describe"), True)
        run("kafka.admin.ConfigCommand", *at, *broker, "--alter", "--delete-config", "log.cleaner.threads")
        run("kafka.admin.LogDirsCommand", *at, "--describe")
        run("kafka.admin.ConsumerGroupCommand", *at, "--delete", "--group", GROUP)
        run("kafka.admin.TopicCommand", *at, "--delete", "--topic", TOPIC)
end()

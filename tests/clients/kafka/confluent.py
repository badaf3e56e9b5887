"""confluent-kafka: an idempotent producer, a group of two members, topics and configs.

    python confluent.py HOST:PORT
"""

import sys
from collections import Counter

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition, libversion
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from checks import check, end, equal, fresh, until

ADDRESS = sys.argv[1]
PARTITIONS = 4
admin = AdminClient({"bootstrap.servers": ADDRESS})
WHO = f"librdkafka {libversion()[0]}"


def make_topic(topic, **config):
    made = admin.create_topics([NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1, config=config)])
    made[topic].result(10)


def produce(topic, count, start=0):
    """Sends numbered messages, partition by partition, and returns how many were acknowledged where."""
    producer = Producer({"bootstrap.servers": ADDRESS, "enable.idempotence": True})
    offsets = {}

    def delivered(error, message):
        if error:
            raise AssertionError(str(error))
        offsets.setdefault(message.partition(), []).append(message.offset())

    for n in range(start, start + count):
        producer.produce(topic, b"%d" % n, key=b"%d" % (n % 10), partition=n % PARTITIONS, on_delivery=delivered)
        producer.poll(0)
    equal(producer.flush(20), 0)
    return offsets


class Member:
    """A consumer of a group that notes what it was assigned and what it read."""

    def __init__(self, topic, group):
        self.assigned = set()
        self.read = []
        self.consumer = Consumer(
            {
                "bootstrap.servers": ADDRESS,
                "group.id": group,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "session.timeout.ms": 6000,
                "heartbeat.interval.ms": 500,
            }
        )
        self.consumer.subscribe([topic], on_assign=self.on_assign, on_revoke=self.on_revoke)

    def on_assign(self, _, partitions):
        self.assigned = {partition.partition for partition in partitions}

    def on_revoke(self, consumer, _):
        self.commit()
        self.assigned = set()

    def commit(self):
        try:
            self.consumer.commit(asynchronous=False)
        except KafkaException as error:
            # Nothing was read since the last assignment.
            equal(error.args[0].code(), KafkaError._NO_OFFSET)

    def poll(self):
        message = self.consumer.poll(0.05)
        if message is not None:
            if message.error():
                raise AssertionError(str(message.error()))
            self.read.append(int(message.value()))


def poll_until(members, holds, seconds, what):
    def step():
        for member in members:
            member.poll()
        return holds()

    until(step, seconds, what)


def topics_and_configs():
    topic = fresh("admin")
    with check(f"{WHO}: a topic is made with its settings and listed"):
        make_topic(topic, **{"retention.ms": "123456", "compression.type": "zstd"})
        listed = admin.list_topics(timeout=10)
        equal(len(listed.topics[topic].partitions), PARTITIONS)
        resource = ConfigResource(ResourceType.TOPIC, topic)
        settings = admin.describe_configs([resource])[resource].result(10)
        equal((settings["retention.ms"].value, settings["compression.type"].value), ("123456", "zstd"))
    with check(f"{WHO}: making it twice is refused, deleting works once"):
        try:
            make_topic(topic)
        except Exception as error:
            equal(error.args[0].name(), "TOPIC_ALREADY_EXISTS")
        else:
            raise AssertionError("it was made twice")
        admin.delete_topics([topic])[topic].result(10)
        until(lambda: topic not in admin.list_topics(timeout=10).topics, 10, "the topic is gone")
    with check(f"{WHO}: the cluster describes itself"):
        cluster = admin.describe_cluster().result(10)
        equal(len(cluster.nodes), 1)


def idempotent_producer():
    topic = fresh("idempotent")
    make_topic(topic)
    with check(f"{WHO}: an idempotent producer's records are all there, once and in order"):
        offsets = produce(topic, 4000)
        equal(offsets, {partition: list(range(1000)) for partition in range(PARTITIONS)})
        consumer = Consumer({"bootstrap.servers": ADDRESS, "group.id": fresh("once")})
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        read = {partition: [] for partition in range(PARTITIONS)}

        def all_read():
            for message in consumer.consume(500, 0.2):
                read[message.partition()].append(int(message.value()))
            return sum(map(len, read.values())) >= 4000

        until(all_read, 20, "4000 records")
        for partition, values in read.items():
            equal(values, list(range(partition, 4000, PARTITIONS)))
        consumer.close()


def two_members():
    topic, group = fresh("pair"), fresh("pair")
    make_topic(topic)
    produce(topic, 400)
    first = Member(topic, group)
    with check(f"{WHO}: one member gets every partition"):
        poll_until([first], lambda: len(first.assigned) == PARTITIONS, 20, "an assignment")
        poll_until([first], lambda: len(first.read) == 400, 20, "400 records")
    second = Member(topic, group)
    both = [first, second]
    with check(f"{WHO}: a second member takes over half of them"):
        shares = lambda: (len(first.assigned), len(second.assigned))
        poll_until(both, lambda: shares() == (PARTITIONS // 2, PARTITIONS // 2), 30, "two partitions each")
        equal(first.assigned & second.assigned, set())
    with check(f"{WHO}: together they read everything, each record once"):
        produce(topic, 400, start=400)
        poll_until(both, lambda: len(first.read) + len(second.read) >= 800, 20, "the other 400 records")
        twice = [n for n, times in Counter(first.read + second.read).items() if times > 1]
        equal(twice, [])
    with check(f"{WHO}: when one leaves, the other gets everything back"):
        first.consumer.close()
        poll_until([second], lambda: len(second.assigned) == PARTITIONS, 30, "every partition")
        produce(topic, 4, start=800)
        poll_until([second], lambda: {800, 801, 802, 803} <= set(second.read), 20, "the last four records")
    second.consumer.close()


topics_and_configs()
idempotent_producer()
two_members()
end()

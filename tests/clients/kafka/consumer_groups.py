"""confluent-kafka with group.protocol=consumer (KIP-848): sharing, commits, static members, regular expressions, and
the way of a group from the classic protocol to the new one and back.

    python consumer_groups.py HOST:PORT
"""

import sys

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition, libversion
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from checks import check, end, equal, fresh, until

ADDRESS = sys.argv[1]
PARTITIONS = 4
NEW = {"group.protocol": "consumer"}
CLASSIC = {
    "group.protocol": "classic",
    # Sticky assignors of librdkafka keep notes in the assignment, and a group with such notes is not taken over.
    "partition.assignment.strategy": "range",
    "session.timeout.ms": 20000,
    "heartbeat.interval.ms": 500,
}
admin = AdminClient({"bootstrap.servers": ADDRESS})
WHO = f"librdkafka {libversion()[0]}"


def make_topic(name, partitions=PARTITIONS):
    made = admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=1)])
    made[name].result(20)
    return name


def produce(topic, count):
    producer = Producer({"bootstrap.servers": ADDRESS})
    for n in range(count):
        producer.produce(topic, b"%d" % n, partition=n % PARTITIONS)
    equal(producer.flush(30), 0)


class Member:
    """A consumer that is polled with the others."""

    def __init__(self, group, topic, config=NEW):
        settings = {"bootstrap.servers": ADDRESS, "group.id": group, "auto.offset.reset": "earliest"}
        self.consumer = Consumer({**settings, "enable.auto.commit": False, **config})
        self.consumer.subscribe([topic])
        self.read = []

    def poll(self):
        message = self.consumer.poll(0.05)
        if message is not None and message.error() is None:
            self.read.append(int(message.value()))

    @property
    def assigned(self):
        return {(one.topic, one.partition) for one in self.consumer.assignment()}


def shared(members, topic, partitions=PARTITIONS):
    """Polls until the members have every partition among them, each once, and as even as can be."""
    wanted = sorted((topic, n) for n in range(partitions))

    def holds():
        for member in members:
            member.poll()
        have = [member.assigned for member in members]
        return sorted(one for some in have for one in some) == wanted and all(
            len(some) >= partitions // len(members) for some in have
        )

    until(holds, 90, f"{topic} shared among {len(members)}")


def poll_until(members, holds, what):
    def polled():
        for member in members:
            member.poll()
        return holds()

    until(polled, 90, what)


def described(group):
    return admin.describe_consumer_groups([group])[group].result(20)


def sharing():
    topic, group = make_topic(fresh("kip848")), fresh("kip848")
    produce(topic, 100)
    with check(f"{WHO}: one member of the new protocol reads and commits everything"):
        first = Member(group, topic)
        poll_until([first], lambda: len(first.read) == 100, "100 records")
        first.consumer.commit(asynchronous=False)
    with check(f"{WHO}: members come and go, and nothing is read twice"):
        second, third = Member(group, topic), Member(group, topic)
        shared([first, second, third], topic)
        group_now = described(group)
        equal((group_now.state.name, group_now.type.name, len(group_now.members)), ("STABLE", "CONSUMER", 3))
        second.consumer.close()
        shared([first, third], topic)
        first.consumer.close()
        shared([third], topic)
        equal((second.read, third.read), ([], []))
    with check(f"{WHO}: more partitions are shared out"):
        admin.create_partitions([NewPartitions(topic, PARTITIONS + 2)])[topic].result(20)
        shared([third], topic, PARTITIONS + 2)
        third.consumer.close()
    with check(f"{WHO}: offsets of an empty group are set, and it is deleted"):
        until(lambda: described(group).state.name == "EMPTY", 30, "the group is empty")
        wanted = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 7)])
        admin.alter_consumer_group_offsets([wanted])[group].result(20)
        listed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(20)
        offsets = {one.partition: one.offset for one in listed.topic_partitions}
        equal(offsets, {0: 7, 1: 25, 2: 25, 3: 25})
        admin.delete_consumer_groups([group])[group].result(20)


def static_members():
    topic, group = make_topic(fresh("static")), fresh("static")
    with check(f"{WHO}: a static member comes back to its partitions"):
        one = Member(group, topic, {**NEW, "group.instance.id": "one"})
        two = Member(group, topic, {**NEW, "group.instance.id": "two"})
        shared([one, two], topic)
        had, others = one.assigned, two.assigned
        one.consumer.close()
        again = Member(group, topic, {**NEW, "group.instance.id": "one"})
        poll_until([again, two], lambda: again.assigned == had, f"{had} again")
        equal(two.assigned, others)
        again.consumer.close()
        two.consumer.close()


def regular_expressions():
    stem, group = fresh("regex"), fresh("regex")
    make_topic(f"{stem}-a", 2)
    with check(f"{WHO}: a regular expression finds a topic that comes later"):
        member = Member(group, f"^{stem}-[ab]")
        shared([member], f"{stem}-a", 2)
        make_topic(f"{stem}-b", 1)
        make_topic(f"{stem}-c", 1)
        wanted = {(f"{stem}-a", 0), (f"{stem}-a", 1), (f"{stem}-b", 0)}
        poll_until([member], lambda: member.assigned == wanted, f"{wanted}")
        member.consumer.close()


def migration():
    topic, group = make_topic(fresh("way")), fresh("way")
    with check(f"{WHO}: a classic group of two follows its members to the new protocol and back"):
        old = [Member(group, topic, CLASSIC) for _ in range(2)]
        shared(old, topic)
        new = Member(group, topic)
        shared([*old, new], topic)
        equal(described(group).type.name, "CONSUMER")
        new.consumer.close()
        shared(old, topic)
        equal(described(group).type.name, "CLASSIC")
        newer = [Member(group, topic) for _ in range(2)]
        shared([*old, *newer], topic)
        for member in old:
            member.consumer.close()
        shared(newer, topic)
        for member in newer:
            member.consumer.close()


def classic_crash():
    topic, group = make_topic(fresh("sticky")), fresh("sticky")
    with check(f"{WHO}: cooperative sticky members of the classic protocol, one of which leaves"):
        sticky = {**CLASSIC, "partition.assignment.strategy": "cooperative-sticky"}
        members = [Member(group, topic, sticky) for _ in range(3)]
        shared(members, topic)
        members.pop(0).consumer.close()
        shared(members, topic)
        for member in members:
            member.consumer.close()


sharing()
static_members()
regular_expressions()
migration()
classic_crash()
end()

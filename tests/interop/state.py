"""All that a client can see of a cluster, as plain values that can be compared."""

import pathlib
import sys

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "clients/kafka"))
from checks import until

# Who has set a value: DescribeConfigs' numbers for a topic, a broker and all brokers.
SET_BY_HAND = {1, 2, 3}


def of(address):
    """Topics with their settings and every record, and the groups' offsets."""
    admin = AdminClient({"bootstrap.servers": address})
    found = admin.list_topics(timeout=30).topics
    topics = {name: sorted(topic.partitions) for name, topic in found.items()}
    # The groups come last: before it leads their partitions, a starting broker lists none and calls that no error.
    return {
        "topics": {name: len(partitions) for name, partitions in topics.items()},
        "settings": settings(admin, topics),
        "records": {
            f"{name}-{partition}": records(address, name, partition)
            for name, partitions in sorted(topics.items())
            if not name.startswith("__")
            for partition in partitions
        },
        "offsets": offsets(admin),
    }


def settings(admin, topics):
    resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in topics]
    resources.append(ConfigResource(ConfigResource.Type.BROKER, "1"))
    described = {}
    # A broker is asked on its own.
    for resource in resources:
        for future in admin.describe_configs([resource]).values():
            entries = future.result(30).values()
            values = {entry.name: entry.value for entry in entries if entry.source in SET_BY_HAND}
            described[f"{resource.restype.name} {resource.name}"] = values
    return described


def offsets(admin):
    listed = []

    def is_loaded():
        """Right after a start, a broker still reads its groups; it lists those that it has read."""
        result = admin.list_consumer_groups().result(30)
        listed[:] = result.valid
        return not result.errors

    until(is_loaded, 60, "the groups are loaded")
    groups = {}
    for group in sorted(one.group_id for one in listed):
        request = [ConsumerGroupTopicPartitions(group)]
        for future in admin.list_consumer_group_offsets(request).values():
            groups[group] = sorted(
                (one.topic, one.partition, one.offset, one.metadata) for one in future.result(30).topic_partitions
            )
    return groups


def records(address, topic, partition):
    """Where the partition begins and ends, and every record in it."""
    consumer = Consumer({
        "bootstrap.servers": address, "group.id": "reader", "enable.partition.eof": True, "enable.auto.commit": False,
        "auto.offset.reset": "error", "isolation.level": "read_committed", "check.crcs": True,
    })
    try:
        low, high = watermarks(consumer, TopicPartition(topic, partition))
        consumer.assign([TopicPartition(topic, partition, low)])
        rows = []
        while True:
            message = consumer.poll(30)
            if message is None:
                raise AssertionError(f"{topic}-{partition}: nothing comes after {len(rows)} records of {low} to {high}")
            if message.error():
                if message.error().code() == KafkaError._PARTITION_EOF:
                    return {"low": low, "high": high, "records": rows}
                raise AssertionError(f"{topic}-{partition}: {message.error()}")
            rows.append((message.offset(), message.timestamp(), message.key(), message.value(), message.headers()))
    finally:
        consumer.close()


def watermarks(consumer, partition):
    """Where it begins and ends; right after a start, a broker may not know yet that it leads it."""
    found = []

    def is_led():
        try:
            found[:] = consumer.get_watermark_offsets(partition, timeout=30)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.NOT_LEADER_FOR_PARTITION:
                raise
        return bool(found)

    until(is_led, 60, f"{partition.topic}-{partition.partition} has a leader")
    return found


def same(found, expected, path="all"):
    """Raises with the first difference."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if found.keys() != expected.keys():
            only = sorted(set(found) ^ set(expected), key=str)
            raise AssertionError(f"{path}: {only} only on one side")
        for key in expected:
            same(found[key], expected[key], f"{path}/{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        for at, (one, other) in enumerate(zip(found, expected)):
            if one != other:
                raise AssertionError(f"{path}[{at}]: {one!r:.200} instead of {other!r:.200}")
        if len(found) != len(expected):
            raise AssertionError(f"{path}: {len(found)} instead of {len(expected)}")
    elif found != expected:
        raise AssertionError(f"{path}: {found!r:.200} instead of {expected!r:.200}")

"""What is put into a cluster: topics of all codecs, a compacted one, deleted records, groups, settings."""

import time

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
)

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
# Timestamps are the test's own, so that two runs write the same.
NOW_MS = int(time.time() * 1000) - 3_600_000


def done(futures):
    for future in futures.values():
        future.result(30)


def admin(address):
    return AdminClient({"bootstrap.servers": address})


def topics(address, prefix):
    """Makes the topics, each with settings of its own."""
    compacted = {
        "cleanup.policy": "compact", "segment.ms": "1000", "min.cleanable.dirty.ratio": "0.01",
        "delete.retention.ms": "86400000",
    }
    new = [NewTopic(f"{prefix}-{codec}", 2, config={"retention.ms": "-1"}) for codec in CODECS]
    new += [
        NewTopic(f"{prefix}-compacted", 1, config=compacted),
        NewTopic(f"{prefix}-append-time", 1, config={"message.timestamp.type": "LogAppendTime"}),
        NewTopic(f"{prefix}-segments", 1, config={"segment.ms": "1000", "retention.ms": "-1"}),
        NewTopic(f"{prefix}-transactions", 1),
        NewTopic(f"{prefix}-gone", 3),
        NewTopic(f"{prefix}-empty", 1),
    ]
    client = admin(address)
    done(client.create_topics(new))
    done(client.delete_topics([f"{prefix}-gone"]))
    done(client.create_partitions([NewPartitions(f"{prefix}-empty", 4)]))


def records(address, prefix, start):
    """Produces to every topic, from number `start` on."""
    for codec in CODECS:
        producer = Producer({
            "bootstrap.servers": address, "compression.type": codec, "enable.idempotence": True, "linger.ms": 20,
        })
        for n in range(start, start + 200):
            producer.produce(
                f"{prefix}-{codec}", f"value {n} ".encode() * (n % 7), f"key {n}".encode(), partition=n % 2,
                timestamp=NOW_MS + n, headers=[("n", b"%d" % n), ("empty", None)],
            )
        for topic in [f"{prefix}-append-time", f"{prefix}-segments"]:
            # A batch every other second, so that segments end by their time.
            for n in range(start, start + 6):
                producer.produce(topic, codec.encode(), timestamp=NOW_MS + (start + n) * 2_000)
                producer.flush(30)
        if producer.flush(30):
            raise AssertionError(f"{codec}: not all was acknowledged")


def compactable(address, prefix, start):
    """Keys again and again, tombstones among them, in many segments."""
    producer = Producer({"bootstrap.servers": address, "compression.type": "lz4", "enable.idempotence": True})
    for round_ in range(start, start + 12):
        for key in range(20):
            if key % 3 == round_ % 3:
                value = None if (key + round_) % 5 == 0 else f"{key} in {round_}"
                at = NOW_MS + round_ * 2_000 + key
                producer.produce(f"{prefix}-compacted", value, f"key {key}", timestamp=at)
        producer.flush(30)


def transactional(address, name):
    """A producer that goes on where the last one of this name has stopped: an open transaction of that one is over."""
    producer = Producer({
        "bootstrap.servers": address, "transactional.id": name, "transaction.timeout.ms": 900_000, "linger.ms": 5,
    })
    producer.init_transactions(60)
    return producer


def transactions(address, prefix, start):
    """Committed and aborted transactions over three topics, offsets in them, and one that is left open."""
    producer = transactional(address, f"{prefix}-writer")
    consumer = Consumer({"bootstrap.servers": address, "group.id": f"{prefix}-in-transactions"})
    for n in range(start, start + 8):
        producer.begin_transaction()
        at = NOW_MS + n * 2_000
        for topic in [f"{prefix}-transactions", f"{prefix}-compacted"]:
            producer.produce(topic, f"in {n}", f"key {n % 3}", timestamp=at)
        if n % 3 == 0:
            producer.flush(30)
            producer.abort_transaction(60)
        else:
            offsets = [TopicPartition(f"{prefix}-transactions", 0, n)]
            producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 60)
            producer.commit_transaction(60)
    consumer.close()
    left_open = transactional(address, f"{prefix}-open")
    left_open.begin_transaction()
    left_open.produce(f"{prefix}-transactions", f"open {start}", timestamp=NOW_MS)
    left_open.flush(30)
    producer.begin_transaction()
    producer.produce(f"{prefix}-transactions", f"behind {start}", timestamp=NOW_MS)
    producer.commit_transaction(60)


def groups(address, prefix, offset):
    """Offsets of two groups."""
    client = admin(address)
    for name in ["one", "two"]:
        partitions = [
            TopicPartition(f"{prefix}-{codec}", partition, offset + partition, f"{name} {codec}")
            for codec in CODECS
            for partition in range(2)
        ]
        done(client.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(f"{prefix}-{name}", partitions)]))


def settings(address, prefix, value):
    """Settings of a topic, of the broker and of all brokers."""
    def entry(name, value):
        return ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)

    topic = ConfigResource(ConfigResource.Type.TOPIC, f"{prefix}-none", incremental_configs=[entry("max.message.bytes", value)])
    broker = ConfigResource(ConfigResource.Type.BROKER, "1", incremental_configs=[entry("log.retention.ms", value)])
    client = admin(address)
    done(client.incremental_alter_configs([topic]))
    done(client.incremental_alter_configs([broker]))


def large_metadata(address, prefix):
    """Enough records in the metadata log for a snapshot at the next start: a setting of many bytes, again and again."""
    client = admin(address)
    for n in range(60):
        value = ",".join(f"{partition}:1" for partition in range(n, 3_500 + n))
        entry = ConfigEntry("leader.replication.throttled.replicas", value, incremental_operation=AlterConfigOpType.SET)
        topic = ConfigResource(ConfigResource.Type.TOPIC, f"{prefix}-none", incremental_configs=[entry])
        done(client.incremental_alter_configs([topic]))


def deleted_records(address, prefix, offset):
    """Moves the start of a partition."""
    client = admin(address)
    done(client.delete_records([TopicPartition(f"{prefix}-gzip", 0, offset)]))


def everything(address, prefix, start):
    """All of it; the topics are made when `start` is 0."""
    if start == 0:
        topics(address, prefix)
    records(address, prefix, start)
    compactable(address, prefix, start // 10)
    transactions(address, prefix, start)
    groups(address, prefix, start + 7)
    settings(address, prefix, str(2_000_000 + start))
    deleted_records(address, prefix, start // 4 + 5)

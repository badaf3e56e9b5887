# pip: kafka-python==2.0.2
"""Retention by time and by size, per topic and for the broker; DeleteRecords; a consumer whose position is gone."""

import json
import pathlib
import urllib.request

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import OffsetOutOfRangeError

from course import PATIENCE, Server, check, end, equal, fresh, until

OFTEN = ["--override", "log.retention.check.interval.ms=100"]


def fill(server, topic, count, size=100):
    """Sends records one by one, so that each is a batch of its own."""
    producer = KafkaProducer(bootstrap_servers=server.kafka)
    for n in range(count):
        producer.send(topic, str(n).encode().ljust(size)).get(PATIENCE)
    producer.close()


def create(server, topic, **configs):
    admin = KafkaAdminClient(bootstrap_servers=server.kafka)
    named = {name.replace("_", "."): str(value) for name, value in configs.items()}
    admin.create_topics([NewTopic(topic, 1, 1, topic_configs=named)])
    admin.close()
    return topic


def start_and_end(server, topic):
    consumer = KafkaConsumer(bootstrap_servers=server.kafka)
    at = TopicPartition(topic, 0)
    start, last = consumer.beginning_offsets([at])[at], consumer.end_offsets([at])[at]
    consumer.close()
    return start, last


def first_read(server, topic, position, reset):
    """The offset of the first record that a consumer gets that wants to go on at `position`."""
    consumer = KafkaConsumer(bootstrap_servers=server.kafka, auto_offset_reset=reset, enable_auto_commit=False)
    at = TopicPartition(topic, 0)
    consumer.assign([at])
    consumer.seek(at, position)
    try:
        # With "latest" there is nothing to read until something new comes.
        until(lambda: any(consumer.poll(100).values()) or consumer.position(at) != position, PATIENCE, "a new position")
        return consumer.position(at)
    finally:
        consumer.close()


def segments(server, name, topic):
    folder = pathlib.Path(name) / "kafka" / f"{topic}-0"
    return sorted(int(path.stem) for path in folder.glob("*.log"))


def told(server, topic):
    """What the page is told of the topic's first partition."""
    with urllib.request.urlopen(f"http://{server.console}/api/topics/{topic}/partitions") as answer:
        return json.load(answer)


with Server("often", *OFTEN) as server:
    with check("by time: segments roll and go, the log start offset moves"):
        topic = create(server, fresh("time"), segment_ms=100, retention_ms=500, file_delete_delay_ms=100)
        fill(server, topic, 5)
        until(lambda: start_and_end(server, topic) == (5, 5), PATIENCE, "all records are gone")
        until(lambda: segments(server, "often", topic) == [5], PATIENCE, "their files are gone")
        folder = pathlib.Path("often") / "kafka" / f"{topic}-0"
        until(lambda: not list(folder.glob("*.deleted")), PATIENCE, "and no .deleted files are left")

    with check("by size: the oldest segments go"):
        topic = create(server, fresh("size"), segment_ms=1, retention_bytes=1000)
        fill(server, topic, 20)
        until(lambda: start_and_end(server, topic)[0] > 0, PATIENCE, "some records are gone")
        start, last = start_and_end(server, topic)
        equal(last, 20)
        equal(first_read(server, topic, start, "none") > start, True)

    with check("a changed setting holds at once"):
        topic = create(server, fresh("changed"), segment_ms=1)
        fill(server, topic, 5)
        equal(start_and_end(server, topic), (0, 5))
        equal(told(server, topic)["partitions"][0]["next"]["reason"], "retention.ms")
        admin = KafkaAdminClient(bootstrap_servers=server.kafka)
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "1"})])
        admin.close()
        until(lambda: start_and_end(server, topic) == (5, 5), PATIENCE, "all records are gone")

    with check("a consumer whose position is gone follows its auto_offset_reset"):
        topic = create(server, fresh("reset"), segment_ms=1, retention_bytes=1000)
        fill(server, topic, 20)
        until(lambda: start_and_end(server, topic)[0] > 0, PATIENCE, "some records are gone")
        equal(first_read(server, topic, 0, "earliest") > start_and_end(server, topic)[0], True)
        equal(first_read(server, topic, 0, "latest"), 20)
        try:
            first_read(server, topic, 0, "none")
            raise AssertionError("a consumer without a reset went on")
        except OffsetOutOfRangeError:
            pass

with Server("broker", *OFTEN, "--override", "log.retention.ms=500", "--override", "log.roll.ms=100") as server:
    with check("the broker's own retention holds for topics that do not set theirs"):
        kept = create(server, fresh("kept"), retention_ms=-1)
        plain = create(server, fresh("plain"))
        for topic in [kept, plain]:
            fill(server, topic, 3)
        until(lambda: start_and_end(server, plain) == (3, 3), PATIENCE, "all records are gone")
        equal(start_and_end(server, kept), (0, 3))
        equal(told(server, kept)["partitions"][0]["next"], None)
end()

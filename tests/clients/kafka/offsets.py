"""Records and a group's offsets survive a restart of the broker, on confluent-kafka.

    python offsets.py HOST:PORT commit NAME      (then restart the broker)
    python offsets.py HOST:PORT resume NAME
"""

import sys

from confluent_kafka import Consumer, Producer, TopicPartition, libversion

from checks import check, end, equal, until

ADDRESS, STEP, NAME = sys.argv[1:4]
TOPIC, GROUP = f"{NAME}-topic", f"{NAME}-group"
WHO = f"librdkafka {libversion()[0]}"


def send(numbers):
    producer = Producer({"bootstrap.servers": ADDRESS, "enable.idempotence": True})
    for n in numbers:
        producer.produce(TOPIC, b"%d" % n, partition=0)
    equal(producer.flush(20), 0)


def consumer():
    consumer = Consumer(
        {
            "bootstrap.servers": ADDRESS,
            "group.id": GROUP,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([TOPIC])
    return consumer


def read(consumer, count):
    values = []

    def enough():
        message = consumer.poll(0.2)
        if message is not None:
            # While the topic is being made the consumer may say that it does not know it.
            if not message.error():
                values.append(int(message.value()))
        return len(values) >= count

    until(enough, 30, f"{count} records, {len(values)} so far")
    return values


if STEP == "commit":
    with check(f"{WHO}: ten records are read, six of them committed"):
        send(range(10))
        member = consumer()
        equal(read(member, 10), list(range(10)))
        member.commit(offsets=[TopicPartition(TOPIC, 0, 6)], asynchronous=False)
        member.close()
else:
    with check(f"{WHO}: after the restart the group goes on with the seventh, and nothing is lost"):
        send(range(10, 12))
        member = consumer()
        equal(member.committed([TopicPartition(TOPIC, 0)], timeout=20)[0].offset, 6)
        equal(read(member, 6), list(range(6, 12)))
        member.close()
end()

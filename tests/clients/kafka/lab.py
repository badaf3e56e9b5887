"""The lab's producer and consumer, as students write them, on kafka-python.

    python lab.py HOST:PORT [--pinned]
"""

import sys
import threading
import time
import warnings
from json import dumps, loads

from kafka import KafkaConsumer, KafkaProducer, TopicPartition, __version__

from checks import check, end, equal, fresh, until

warnings.simplefilter("ignore")
ADDRESS = sys.argv[1]
PINNED = "--pinned" in sys.argv
VERSION = {"api_version": (0, 10)} if PINNED else {}
WHO = f"kafka-python {__version__} {'pinned to 0.10' if PINNED else 'unpinned'}"


def lab_producer():
    return KafkaProducer(
        bootstrap_servers=[ADDRESS],
        value_serializer=lambda x: dumps(x).encode("ascii"),
        **VERSION,
    )


def lab_consumer(topic):
    return KafkaConsumer(
        topic,
        consumer_timeout_ms=10000,
        auto_offset_reset="latest",
        bootstrap_servers=[ADDRESS],
        value_deserializer=lambda x: loads(x.decode("ascii")),
        **VERSION,
    )


def the_lab_itself():
    """The consumer is there first, on a topic that nobody has made; it sees what is sent from then on, and ends by
    itself after ten seconds of silence."""
    # A disk that stands still while something is sent makes that silence, at Kafka as here.
    for _ in range(3):
        received, ended, sent, slowest = lab()
        if slowest < 5:
            break
    with check(f"{WHO}: a consumer that was there first sees what is sent"):
        what = f"the last one sent; {len(received)} of {sent} were there, the slowest took {slowest:.1f} s to send"
        until(lambda: received and received[-1]["n"] == sent - 1, 5, what)
        first = received[0]["n"]
        equal([value["n"] for value in received], list(range(first, sent)))
        equal(received[0]["text"], "zürich")
    with check(f"{WHO}: it ends by itself after consumer_timeout_ms"):
        if not ended.wait(15):
            raise AssertionError("still waiting after 15 s")


def lab():
    """What was received so far, whether the consumer has ended, what was sent, and seconds of the slowest sending."""
    topic = fresh("lab")
    received = []
    ended = threading.Event()

    def consume():
        for message in lab_consumer(topic):
            received.append(message.value)
        ended.set()

    threading.Thread(target=consume, daemon=True).start()
    producer = lab_producer()
    sent, slowest = 0, 0.0
    while len(received) < 5 and sent < 150:
        began = time.monotonic()
        producer.send(topic, value={"n": sent, "text": "zürich"})
        producer.flush()
        slowest = max(slowest, time.monotonic() - began)
        sent += 1
        ended.wait(0.1)
    producer.close()
    return received, ended, sent, slowest


def keys_and_partitions():
    topic = fresh("keyed")
    producer = KafkaProducer(bootstrap_servers=[ADDRESS], **VERSION)
    with check(f"{WHO}: acknowledgements carry consecutive offsets"):
        futures = [producer.send(topic, key=b"key", value=b"%d" % n, partition=0) for n in range(100)]
        equal([future.get(timeout=10).offset for future in futures], list(range(100)))
    with check(f"{WHO}: reading from the beginning gives all of it, in order"):
        consumer = KafkaConsumer(
            bootstrap_servers=[ADDRESS], auto_offset_reset="earliest", consumer_timeout_ms=3000, **VERSION
        )
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        messages = [next(consumer) for _ in range(100)]
        equal([message.value for message in messages], [b"%d" % n for n in range(100)])
        equal({message.key for message in messages}, {b"key"})
        equal([message.offset for message in messages], list(range(100)))
    with check(f"{WHO}: seeking into the middle starts there"):
        consumer.seek(partition, 41)
        equal(next(consumer).value, b"41")
        consumer.close()
    producer.close()


def group_resumes():
    topic, group = fresh("group"), fresh("readers")
    producer = KafkaProducer(bootstrap_servers=[ADDRESS], **VERSION)
    for n in range(10):
        producer.send(topic, b"%d" % n)
    producer.close()

    def member():
        return KafkaConsumer(
            topic,
            group_id=group,
            bootstrap_servers=[ADDRESS],
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            consumer_timeout_ms=8000,
            max_poll_records=4,
            **VERSION,
        )

    with check(f"{WHO}: a group goes on where it committed"):
        first = member()
        equal([next(first).value for _ in range(4)], [b"0", b"1", b"2", b"3"])
        first.commit()
        first.close()
        second = member()
        equal([next(second).value for _ in range(6)], [b"4", b"5", b"6", b"7", b"8", b"9"])
        second.close()


keys_and_partitions()
group_resumes()
the_lab_itself()
end()

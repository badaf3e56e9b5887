"""Transactions with confluent-kafka (librdkafka) and with kafka-python: commit, abort, offsets, fencing, isolation.

    python transactions.py HOST:PORT
"""

import sys
import time

from checks import check, end, equal, fresh, until

ADDRESS = sys.argv[1]


def with_confluent():
    from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
    from confluent_kafka.admin import AdminClient, NewTopic

    who = "confluent-kafka"

    def make_topic(topic, partitions=2):
        admin = AdminClient({"bootstrap.servers": ADDRESS})
        admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(20)

    def producer(transactional_id, **settings):
        settings = {key.replace("_", "."): value for key, value in settings.items()}
        made = Producer({"bootstrap.servers": ADDRESS, "transactional.id": transactional_id, **settings})
        made.init_transactions(20)
        return made

    def consumer(isolation, group=None):
        return Consumer({
            "bootstrap.servers": ADDRESS,
            "group.id": group or fresh("reader"),
            "isolation.level": isolation,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        })

    def read(topic, isolation, partitions=2):
        """Everything up to the end, as this isolation sees it."""
        reader = consumer(isolation)
        reader.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
        values, ended = [], set()

        def at_the_end():
            for message in reader.consume(500, 0.2):
                if message.error() is None:
                    values.append(message.value().decode())
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition())
                else:
                    raise KafkaException(message.error())
            return len(ended) == partitions

        until(at_the_end, 30, "the end of every partition")
        reader.close()
        return sorted(values)

    topic = fresh("transactions")
    make_topic(topic)
    one = producer(fresh("one"))
    with check(f"{who}: what is committed is read, what is aborted only by who reads uncommitted records"):
        for number in range(6):
            one.begin_transaction()
            for partition in range(2):
                one.produce(topic, f"{number}-{partition}", partition=partition)
            one.flush(20)
            if number % 2 == 0:
                one.commit_transaction(20)
            else:
                one.abort_transaction(20)
        committed = sorted(f"{number}-{partition}" for number in (0, 2, 4) for partition in range(2))
        equal(read(topic, "read_committed"), committed)
        equal(len(read(topic, "read_uncommitted")), 12)

    with check(f"{who}: an open transaction holds readers of committed records back, and no others"):
        one.begin_transaction()
        one.produce(topic, "open", partition=0)
        one.flush(20)
        plain = Producer({"bootstrap.servers": ADDRESS})
        plain.produce(topic, "behind", partition=0)
        plain.flush(20)
        equal("behind" in read(topic, "read_committed"), False)
        equal("behind" in read(topic, "read_uncommitted"), True)
        one.commit_transaction(20)
        until(lambda: {"open", "behind"} <= set(read(topic, "read_committed")), 20, "both are read")

    with check(f"{who}: a second producer of the same transactional id fences the first and aborts what it left"):
        name = fresh("fenced")
        first = producer(name)
        first.begin_transaction()
        first.produce(topic, "of a zombie", partition=0)
        first.flush(20)
        second = producer(name)
        second.begin_transaction()
        second.produce(topic, "of its successor", partition=0)
        second.commit_transaction(20)
        try:
            first.produce(topic, "again", partition=0)
            first.commit_transaction(20)
            raise AssertionError("the zombie has committed")
        except KafkaException as error:
            code = error.args[0].code()
            fenced = {KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED}
            equal(code in fenced or error.args[0].fatal(), True)
        seen = read(topic, "read_committed")
        equal([value for value in seen if value in ("of a zombie", "again", "of its successor")], ["of its successor"])

    with check(f"{who}: offsets count when their transaction is committed, and only then"):
        source, sink, group = fresh("source"), fresh("sink"), fresh("copier")
        make_topic(source, 1)
        make_topic(sink, 1)
        plain = Producer({"bootstrap.servers": ADDRESS})
        for number in range(10):
            plain.produce(source, str(number), partition=0)
        plain.flush(20)
        copier = producer(fresh("copier"))
        reader = consumer("read_committed", group)
        reader.subscribe([source])
        batch = []
        until(lambda: batch.extend(m for m in reader.consume(10, 0.5) if not m.error()) or len(batch) == 10, 30, "ten")
        position = [TopicPartition(source, 0, 10)]

        def copy(commit):
            copier.begin_transaction()
            for message in batch:
                copier.produce(sink, message.value(), partition=0)
            copier.send_offsets_to_transaction(position, reader.consumer_group_metadata(), 20)
            if commit:
                copier.commit_transaction(20)
            else:
                copier.abort_transaction(20)

        committed = lambda: reader.committed([TopicPartition(source, 0)], 20)[0].offset
        copy(commit=False)
        equal(committed(), -1001)
        equal(read(sink, "read_committed", 1), [])
        copy(commit=True)
        until(lambda: committed() == 10, 20, "the offset is there")
        equal(read(sink, "read_committed", 1), sorted(map(str, range(10))))
        reader.close()

    with check(f"{who}: a transaction that stays open too long is aborted, and its producer fenced"):
        slow = producer(fresh("slow"), transaction_timeout_ms=1000)
        slow.begin_transaction()
        slow.produce(topic, "too late", partition=1)
        slow.flush(20)
        marker = fresh("marker")
        plain.produce(topic, marker, partition=1)
        plain.flush(20)
        until(lambda: marker in read(topic, "read_committed"), 20, "readers go on")
        equal("too late" in read(topic, "read_committed"), False)
        try:
            slow.commit_transaction(20)
            raise AssertionError("it was committed")
        except KafkaException:
            pass

    with check(f"{who}: 200 transactions in a row"):
        many, topic2 = producer(fresh("many")), fresh("many")
        make_topic(topic2, 2)
        began = time.monotonic()
        for number in range(200):
            many.begin_transaction()
            many.produce(topic2, str(number), partition=number % 2)
            many.commit_transaction(20)
        print(f"# {200 / (time.monotonic() - began):.0f} transactions/s", flush=True)
        equal(len(read(topic2, "read_committed")), 200)


def with_kafka_python():
    import kafka
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition
    from kafka.structs import OffsetAndMetadata

    who = f"kafka-python {kafka.__version__}"

    def read(topic, isolation):
        reader = KafkaConsumer(
            bootstrap_servers=ADDRESS, isolation_level=isolation, auto_offset_reset="earliest", consumer_timeout_ms=2000
        )
        reader.assign([TopicPartition(topic, 0)])
        values = [message.value.decode() for message in reader]
        reader.close()
        return values

    topic = fresh("kp-transactions")
    with check(f"{who}: what is committed is read, what is aborted only by who reads uncommitted records"):
        producer = KafkaProducer(bootstrap_servers=ADDRESS, transactional_id=fresh("kp"))
        producer.init_transactions()
        for number in range(4):
            producer.begin_transaction()
            producer.send(topic, str(number).encode(), partition=0).get(20)
            if number % 2 == 0:
                producer.commit_transaction()
            else:
                producer.abort_transaction()
        equal(read(topic, "read_committed"), ["0", "2"])
        equal(read(topic, "read_uncommitted"), ["0", "1", "2", "3"])

    with check(f"{who}: offsets in a transaction"):
        group = fresh("kp-group")
        producer.begin_transaction()
        producer.send(topic, b"4", partition=0)
        offsets = {TopicPartition(topic, 0): OffsetAndMetadata(3, "", -1)}
        producer.send_offsets_to_transaction(offsets, group)
        producer.commit_transaction()
        reader = KafkaConsumer(bootstrap_servers=ADDRESS, group_id=group)
        until(lambda: reader.committed(TopicPartition(topic, 0)) == 3, 20, "the offset is there")
        reader.close()
        producer.close()


try:
    import confluent_kafka  # noqa: F401
except ImportError:
    with_kafka_python()
else:
    with_confluent()
end()

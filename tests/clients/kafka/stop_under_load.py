"""The broker is asked to stop in the middle of everything, and starts again: clients notice nothing but a pause.

    python stop_under_load.py BINARY DIRECTORY
"""

import json
import signal
import subprocess
import sys
import threading

from confluent_kafka import Consumer, Producer, libversion
from confluent_kafka.admin import AdminClient, NewTopic

from checks import check, end, equal, until

BINARY, DIRECTORY = sys.argv[1:3]
TOPIC, PARTITIONS, STOPS = "stop-under-load", 4, 3
WHO = f"librdkafka {libversion()[0]}"
DOORS = ["--spark", "off", "--console", "off", "--data-dir", DIRECTORY, "--json"]


def start(kafka):
    server = subprocess.Popen([BINARY, "start", "--kafka", kafka, *DOORS], stdout=subprocess.PIPE, text=True)
    return server, json.loads(server.stdout.readline())["kafka"]


class Load(threading.Thread):
    """An idempotent producer that never pauses. What it was told of each record counts."""

    def __init__(self, address):
        super().__init__()
        self.producer = Producer(
            {"bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 1, "reconnect.backoff.max.ms": 200}
        )
        self.acknowledged, self.errors, self.over = 0, [], threading.Event()

    def delivered(self, error, _message):
        if error is None:
            self.acknowledged += 1
        else:
            self.errors.append(str(error))

    def run(self):
        number = 0
        while not self.over.is_set():
            try:
                value = b"%d" % (number // PARTITIONS)
                self.producer.produce(TOPIC, value, partition=number % PARTITIONS, on_delivery=self.delivered)
                number += 1
            except BufferError:
                self.producer.poll(0.01)
            self.producer.poll(0)
        equal(self.producer.flush(60), 0)


class Reader(threading.Thread):
    """A member of a group that reads along and commits."""

    def __init__(self, address):
        super().__init__()
        self.consumer = Consumer(
            {"bootstrap.servers": address, "group.id": TOPIC, "auto.offset.reset": "earliest", "auto.commit.interval.ms": 50}
        )
        self.consumer.subscribe([TOPIC])
        self.values, self.over = {n: [] for n in range(PARTITIONS)}, threading.Event()

    def run(self):
        while not self.over.is_set():
            message = self.consumer.poll(0.1)
            if message is not None and not message.error():
                self.values[message.partition()].append(int(message.value()))
        self.consumer.close()


server, address = start("127.0.0.1:0")
admin = AdminClient({"bootstrap.servers": address})
admin.create_topics([NewTopic(TOPIC, PARTITIONS)])[TOPIC].result(30)
load, reader = Load(address), Reader(address)
load.start()
reader.start()
with check(f"{WHO}: SIGTERM in the middle of producing and consuming ends the broker cleanly, {STOPS} times"):
    for _ in range(STOPS):
        before = load.acknowledged
        until(lambda: load.acknowledged > before + 5_000, 60, "records that were acknowledged")
        server.send_signal(signal.SIGTERM)
        equal(server.wait(30), 0)
        server, _ = start(address)
load.over.set()
load.join()
with check(f"{WHO}: the producer has seen no error"):
    equal(load.errors, [])
with check(f"{WHO}: the consumer has read every record once, in order"):
    read = lambda: sum(map(len, reader.values.values()))
    until(lambda: read() >= load.acknowledged, 60, "as many records as were acknowledged")
    for values in reader.values.values():
        equal(values[:1] + [b - a for a, b in zip(values, values[1:]) if b != a + 1], [0])
reader.over.set()
reader.join()
server.terminate()
server.wait(30)
end()

"""Clients for the page's test: what the lists are to show, on a real broker.

    python clients.py BINARY KAFKA

Prints `ready` when two groups (one of each protocol) read, one transaction is done and one is open; keeps them so until
it is killed.
"""

import subprocess
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer

BINARY, KAFKA = sys.argv[1:]
TOPIC = "page-topic"

subprocess.run([BINARY, "topic", "create", TOPIC, "--partitions", "3", "--config", "retention.ms=86400000", "-b", KAFKA],
               check=True, stdout=subprocess.DEVNULL)
producer = Producer({"bootstrap.servers": KAFKA, "client.id": "page-producer"})
for n in range(300):
    producer.produce(TOPIC, f"record {n}".encode(), partition=n % 3)
producer.flush()


def consumer(group, **more):
    made = Consumer({"bootstrap.servers": KAFKA, "group.id": group, "client.id": f"{group}-client",
                     "auto.offset.reset": "earliest", "enable.auto.commit": False, **more})
    made.subscribe([TOPIC])
    return made


def transactional(name):
    made = Producer({"bootstrap.servers": KAFKA, "transactional.id": name, "transaction.timeout.ms": 600000})
    made.init_transactions()
    made.begin_transaction()
    made.produce(TOPIC, b"all or nothing", partition=0)
    made.flush()
    return made


consumers = [consumer("page-classic"), consumer("page-classic"), consumer("page-consumer", **{"group.protocol": "consumer"})]
# Each reads, and commits once for each partition; the rest is its lag. Once is enough: a commit waits for the disk, and
# all records of one partition may come before the next one's.
wanted = {(group, partition) for group in ("page-classic", "page-consumer") for partition in range(3)}
committed, until = set(), time.monotonic() + 120
while not wanted <= committed:
    if time.monotonic() > until:
        sys.exit(f"nothing to commit came for {sorted(wanted - committed)} in 120 s")
    for one in consumers:
        message = one.poll(0.05)
        if message is None or message.error():
            continue
        part = ("page-classic" if one in consumers[:2] else "page-consumer", message.partition())
        if part not in committed:
            try:
                one.commit(message=message, asynchronous=False)
                committed.add(part)
            except KafkaException as refused:  # the group rebalances: its next owner reads and commits
                print(f"a commit was refused: {refused}", file=sys.stderr)
done = transactional("page-transaction-done")
done.commit_transaction()
still_open = transactional("page-transaction")
print("ready", flush=True)
while True:
    for one in consumers:
        one.poll(0.5)
    producer.produce(TOPIC, b"one more", partition=1)
    producer.poll(0)

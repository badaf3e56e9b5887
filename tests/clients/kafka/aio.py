"""aiokafka: a producer with every codec, a group of two, offsets by time.

    python aio.py HOST:PORT
"""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition, __version__
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from checks import check, end, equal, fresh

ADDRESS = sys.argv[1]
WHO = f"aiokafka {__version__}"


async def send(topic, values, **settings):
    producer = AIOKafkaProducer(bootstrap_servers=ADDRESS, **settings)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value, key=value)
    finally:
        await producer.stop()


async def codecs():
    topic = fresh("aio-codecs")
    names = [None, "gzip", "snappy", "lz4", "zstd"]
    for name in names:
        await send(topic, [str(name).encode()], compression_type=name, enable_idempotence=name is None)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=ADDRESS, auto_offset_reset="earliest")
    await consumer.start()
    try:
        found = [(await asyncio.wait_for(consumer.getone(), 10)).value.decode() for _ in names]
        by_time = await consumer.offsets_for_times({TopicPartition(topic, 0): 0})
    finally:
        await consumer.stop()
    equal(found, [str(name) for name in names])
    equal(by_time[TopicPartition(topic, 0)].offset, 0)


async def group_of_two():
    topic, group = fresh("aio-group"), fresh("aio")
    admin = AIOKafkaAdminClient(bootstrap_servers=ADDRESS)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 4, 1)])
    members = [
        AIOKafkaConsumer(
            topic, bootstrap_servers=ADDRESS, group_id=group, auto_offset_reset="earliest", client_id=f"m{n}"
        )
        for n in range(2)
    ]
    await asyncio.gather(*(member.start() for member in members))
    try:
        async with asyncio.timeout(30):
            while sorted(len(member.assignment()) for member in members) != [2, 2]:
                await asyncio.gather(*(member.getmany(timeout_ms=100) for member in members))
        await send(topic, [str(n).encode() for n in range(40)])
        seen = set()
        async with asyncio.timeout(30):
            while len(seen) < 40:
                for member in members:
                    for records in (await member.getmany(timeout_ms=200)).values():
                        seen.update(record.value for record in records)
        await asyncio.gather(*(member.commit() for member in members))
        committed = await admin.list_consumer_group_offsets(group)
        equal(sum(offset.offset for offset in committed.values()), 40)
    finally:
        await asyncio.gather(*(member.stop() for member in members))
        await admin.close()


with check(f"{WHO}: every codec, offsets by time"):
    asyncio.run(codecs())
with check(f"{WHO}: a group of two shares a topic and commits"):
    asyncio.run(group_of_two())
end()

"""faust-streaming: an agent and a table, whose changelog topic it makes at its start.

    python faust_app.py HOST:PORT
"""

import asyncio
import sys
import tempfile

ADDRESS = sys.argv[1]
sys.argv[1:] = []

import faust

from checks import check, end, equal, fresh

app = faust.App(
    fresh("faust"),
    broker=f"kafka://{ADDRESS}",
    store="memory://",
    datadir=tempfile.mkdtemp(),
    topic_partitions=2,
    web_enabled=False,
    stream_wait_empty=False,
)
# Declared at the start: a topic that is only asked for is not there yet when the group looks, as at Apache Kafka.
words = app.topic(fresh("faust-words"), value_type=str, partitions=2, internal=True)
counts = app.Table("counts", default=int, partitions=2)
done = asyncio.Event()


@app.agent(words)
async def counting(stream):
    async for word in stream.group_by(lambda word: word, name="word"):
        counts[word] += 1
        if sum(counts.values()) == 5:
            done.set()


async def main():
    await app.start()
    try:
        await asyncio.sleep(0)
        for word in "a b a a b".split():
            await words.send(key=word, value=word)
        await asyncio.wait_for(done.wait(), 60)
        return dict(counts)
    finally:
        await app.stop()


with check(f"faust-streaming {faust.__version__}: an agent counts words in its table"):
    equal(asyncio.new_event_loop().run_until_complete(main()), {"a": 3, "b": 2})
end()

"""quixstreams: an application with state, whose changelog is a compacted topic made by its own admin calls.

    python quix.py HOST:PORT
"""

import json
import sys
import tempfile

from quixstreams import Application, __version__

from checks import check, end, equal, fresh

ADDRESS = sys.argv[1]
WHO = f"quixstreams {__version__}"


def application(group):
    return Application(
        broker_address=ADDRESS,
        consumer_group=group,
        auto_offset_reset="earliest",
        state_dir=tempfile.mkdtemp(),
        loglevel="ERROR",
    )


def count(value, state):
    state.set("n", state.get("n", 0) + 1)
    return {"word": value["word"], "n": state.get("n")}


with check(f"{WHO}: words are counted, and the counts come out"):
    group = fresh("quix")
    app = application(group)
    words, counts = app.topic(fresh("words")), app.topic(fresh("counts"))
    with app.get_producer() as producer:
        for word in "a b a a b".split():
            message = words.serialize(key=word, value={"word": word})
            producer.produce(topic=words.name, key=message.key, value=message.value)
    frame = app.dataframe(words).apply(count, stateful=True).to_topic(counts)
    app.run(count=5, timeout=30)
    reader = application(fresh("quix"))
    found = []
    with reader.get_consumer() as consumer:
        consumer.subscribe([counts.name])
        while len(found) < 5:
            message = consumer.poll(30)
            if message is None:
                break
            if message.error() is None:
                row = json.loads(message.value())
                found.append((row["word"], row["n"]))
    equal(sorted(found), [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2)])
end()

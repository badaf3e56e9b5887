"""Fetch sessions: what is told again, what is forgotten, topics that go and come back, and by which name they are known."""

from batches import batch


def cases(k):
    k.own = {"high_watermark", "last_stable_offset"}
    for version in (7, 12, 13, 18):
        story(k, version)
    for first, second in ((12, 13), (13, 12), (7, 12)):
        switch(k, first, second)


class Sessions:
    def __init__(self, k, prefix):
        self.k, self.prefix, self.ids = k, prefix, {}

    def topics(self, wanted, indexes=False):
        def row(row):
            return row if indexes else {"partition_max_bytes": 1 << 20, "fetch_offset": 0, **row}

        return [{"topic": name, "topic_id": self.ids[name], "partitions": [row(one) for one in rows]} for name, rows in wanted.items()]

    def ask(self, name, version, session=0, epoch=0, forget=None, **wanted):
        wanted = {key.replace("_", "-"): rows for key, rows in wanted.items()}
        self.k.case(f"{self.prefix}: {name}", "Fetch", version, max_wait_ms=0, min_bytes=0, session_id=session, session_epoch=epoch,
                    topics=self.topics(wanted), forgotten_topics_data=self.topics(forget or {}, True))
        return self.k.last["session_id"]


def story(k, version):
    s = Sessions(k, f"story of {version}")
    one, two = f"fs-one-{version}", f"fs-two-{version}"
    for name in (one, two):
        s.ids[name] = k.topic(name, 2, retention_ms=-1)
        k.produce(name, batch(b"a", b"b"))

    def ask(name, session=0, epoch=0, rows=(), other=(), forget=None):
        wanted = {topic.replace("-", "_"): list(part) for topic, part in ((one, rows), (two, other)) if part}
        return s.ask(name, version, session, epoch, forget, **wanted)

    number = ask("opened with two topics", rows=[{"partition": 0}, {"partition": 1}], other=[{"partition": 0, "fetch_offset": 1}])
    ask("what was not read is told again", number, 1)
    ask("read on", number, 2, [{"partition": 0, "fetch_offset": 2}], [{"partition": 0, "fetch_offset": 2}])
    ask("nothing new", number, 3)
    k.produce(one, batch(b"c"), 1)
    ask("one has news", number, 4)
    ask("and again", number, 5)
    ask("it is read", number, 6, [{"partition": 1, "fetch_offset": 1}])
    k.until("DeleteRecords", 2, {"topics": [{"name": two, "partitions": [{"partition_index": 0, "offset": 1}]}], "timeout_ms": 1000},
            lambda it: it["topics"][0]["partitions"][0]["error_code"] == 0)
    ask("a log starts later", number, 7)
    ask("and is told once", number, 8)
    ask("behind the end", number, 9, [{"partition": 0, "fetch_offset": 9}])
    ask("behind the end, again", number, 10)
    ask("unknown partitions", number, 11, [{"partition": 0, "fetch_offset": 2}, {"partition": 7}], [{"partition": 8}])
    ask("unknown partitions, again", number, 12)
    ask("forgotten, and one that never was", number, 13, forget={one: [7, 3], two: [8]})
    ask("forgotten and named", number, 14, [{"partition": 1, "fetch_offset": 0}], forget={one: [1]})
    ask("after that", number, 15)
    ask("named twice", number, 16, [{"partition": 0, "fetch_offset": 0}, {"partition": 0, "fetch_offset": 1}])
    ask("after being named twice", number, 17)
    ask("another in its place", number, 0, [{"partition": 0, "fetch_offset": 2}])
    ask("the old one", number, 18)
    number = ask("opened again", rows=[{"partition": 0, "fetch_offset": 2}])
    ask("epoch -1 with partitions", number, -1, [{"partition": 0}])
    ask("closed by that", number, 1)
    ask("opened with nothing")
    ask("opened with what is not there", rows=[{"partition": 9}])
    number = ask("opened with both kinds", rows=[{"partition": 9}, {"partition": 0, "fetch_offset": 2}])
    ask("epoch 2 instead of 1", number, 2)
    ask("negative epoch", number, -5)
    ask("the right one after that", number, 1)
    ask("negative session", -number, 1)
    gone(k, s, version)


def gone(k, s, version):
    """A topic that is deleted, and made anew, while a session has it."""
    name = f"fs-gone-{version}"
    k.topic(name, retention_ms=-1)
    stay = f"fs-one-{version}"
    s.ids[name] = k.topic(name, retention_ms=-1)
    rows = {name.replace("-", "_"): [{"partition": 0}], stay.replace("-", "_"): [{"partition": 0, "fetch_offset": 2}]}
    number = s.ask("opened with one that will go", version, **rows)
    k.until("DeleteTopics", 5, {"topic_names": [name], "timeout_ms": 10000}, lambda it: it["responses"][0]["error_code"] == 0)
    alone = [{"topic": name, "partitions": [{"partition": 0, "partition_max_bytes": 1000, "fetch_offset": 0}]}]
    k.until("Fetch", 12, {"max_wait_ms": 0, "min_bytes": 0, "topics": alone}, lambda it: it["responses"][0]["partitions"][0]["error_code"] == 3)
    s.ask("it is gone", version, number, 1)
    s.ids[name] = k.topic(name, retention_ms=-1)
    s.ask("it is there anew", version, number, 2)
    s.ask("the new one is named", version, number, 3, **{name.replace("-", "_"): [{"partition": 0}]})
    s.ask("and from now on", version, number, 4)


def switch(k, first, second):
    s = Sessions(k, f"{first} to {second}")
    s.ids["fs-switch"] = k.topic("fs-switch")
    number = s.ask("opened", first, fs_switch=[{"partition": 0}])
    s.ask("goes on", second, number, 1)
    s.ask("goes on with partitions", second, number, 1, fs_switch=[{"partition": 0}])
    s.ask("goes on as it began", first, number, 1)
    s.ask("closed by the other", second, number, -1)

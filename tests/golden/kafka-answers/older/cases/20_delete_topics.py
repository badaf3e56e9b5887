"""DeleteTopics 0."""


def cases(k):
    for name in ("od-there", "od-twice"):
        k.topic(name)
    for name, topics in [("by name", ["od-there"]), ("nothing", []), ("unknown", ["od-unknown"]), ("bad name", ["a b"]), ("empty name", [""]),
                         ("twice", ["od-twice"] * 2), ("unknown twice", ["od-un"] * 2)]:
        k.case(name, "DeleteTopics", topic_names=topics, timeout_ms=30000)

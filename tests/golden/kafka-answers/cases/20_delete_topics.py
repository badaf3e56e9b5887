"""DeleteTopics: by name, by id, neither, both, twice."""

import uuid


def cases(k):
    def case(name, *topics, versions=None):
        k.case(name, "DeleteTopics", versions, topics=list(topics), timeout_ms=30000)

    there = k.topic("dt-there")
    for version in range(1, 7):
        k.topic(f"dt-v{version}x")
    k.case("by name", "DeleteTopics", topics=[{"name": "dt-%v"}], topic_names=["dt-%v"], timeout_ms=30000)
    k.case("nothing", "DeleteTopics", timeout_ms=30000)
    k.case("unknown", "DeleteTopics", topics=[{"name": "dt-unknown"}], topic_names=["dt-unknown"], timeout_ms=30000)
    k.case("bad name", "DeleteTopics", topics=[{"name": "a b"}], topic_names=["a b"], timeout_ms=30000)
    k.case("empty name", "DeleteTopics", topics=[{"name": ""}], topic_names=[""], timeout_ms=30000)
    k.case("twice", "DeleteTopics", topics=[{"name": "dt-there"}] * 2, topic_names=["dt-there"] * 2, timeout_ms=30000)
    k.case("unknown twice", "DeleteTopics", topics=[{"name": "dt-un"}] * 2, topic_names=["dt-un"] * 2, timeout_ms=30000)
    case("unknown id", {"topic_id": uuid.UUID(int=5)}, versions=6)
    case("no id and no name", {}, versions=6)
    case("both", {"name": "dt-there", "topic_id": there}, versions=6)
    case("both, of which none is", {"name": "dt-nope", "topic_id": uuid.UUID(int=5)}, versions=6)
    case("the id twice", {"topic_id": there}, {"topic_id": there}, versions=6)
    case("by id and by name", {"topic_id": there}, {"name": "dt-there"}, versions=6)
    k.topic("dt-by-id")
    case("by id", {"topic_id": there}, versions=6)
    case("by id again", {"topic_id": there}, versions=6)

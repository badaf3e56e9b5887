"""Fetch: offsets, epochs, sessions, ids."""

import uuid

from batches import batch


def cases(k):
    k.own = {"high_watermark", "last_stable_offset", "records"}
    there = k.topic("fe-there", 2, retention_ms=-1)
    k.produce("fe-there", batch(b"a", b"b"))
    k.topic("fe-empty")

    def rows(*rows):
        return [{"partition": row.pop("partition", 0), "partition_max_bytes": 1 << 20, "fetch_offset": 0, **row} for row in map(dict, rows)]

    def case(name, *partitions, topic="fe-there", id=there, versions=None, forget=(), **more):
        topics = [{"topic": topic, "topic_id": id, "partitions": rows(*partitions)}] if partitions else []
        forgotten = [{"topic": topic, "topic_id": id, "partitions": list(forget)}] if forget else []
        k.case(name, "Fetch", versions, max_wait_ms=0, min_bytes=1, topics=topics, forgotten_topics_data=forgotten, **more)

    nobody = uuid.UUID(int=11)
    case("nothing")
    case("from 0", {})
    case("from the end", {"fetch_offset": 2})
    case("behind the end", {"fetch_offset": 3})
    case("negative offset", {"fetch_offset": -1})
    case("far behind the end", {"fetch_offset": 1 << 60})
    case("unknown partition", {"partition": 9})
    case("negative partition", {"partition": -1})
    case("unknown topic", {}, topic="fe-unknown", id=nobody)
    case("bad topic", {}, topic="a b", id=nobody)
    case("zero id", {}, topic="", id=uuid.UUID(int=0))
    case("current epoch", {"current_leader_epoch": 0}, versions=(9, 18))
    case("newer epoch", {"current_leader_epoch": 5}, versions=(9, 18))
    case("negative epoch", {"current_leader_epoch": -2}, versions=(9, 18))
    case("last fetched epoch", {"last_fetched_epoch": 0, "fetch_offset": 2}, versions=(12, 18))
    case("last fetched epoch is newer", {"last_fetched_epoch": 3, "fetch_offset": 2}, versions=(12, 18))
    case("last fetched epoch, behind the end", {"last_fetched_epoch": 0, "fetch_offset": 9}, versions=(12, 18))
    case("the same partition twice", {}, {"fetch_offset": 1})
    case("max_bytes 0", {}, max_bytes=0)
    case("negative max_bytes", {}, max_bytes=-1)
    case("isolation level 5", {}, isolation_level=5)
    case("read committed", {}, isolation_level=1)
    case("other brokers' replica", {}, replica_id=7, replica_state={"replica_id": 7, "replica_epoch": 1})
    case("debug replica", {}, replica_id=-2, replica_state={"replica_id": -2, "replica_epoch": -1})
    case("another cluster", {}, cluster_id="nope", versions=(12, 18))
    case("session: unknown", {}, session_id=123456, session_epoch=1, versions=(7, 18))
    case("session: unknown, closed", {}, session_id=123456, session_epoch=-1, versions=(7, 18))
    case("session: epoch without id", {}, session_id=0, session_epoch=1, versions=(7, 18))
    for version in range(7, 19):
        session(k, version, there, rows)


def session(k, version, id, rows):
    def ask(name, *partitions, session, epoch, forget=()):
        topics = [{"topic": "fe-there", "topic_id": id, "partitions": rows(*partitions)}] if partitions else []
        forgotten = [{"topic": "fe-there", "topic_id": id, "partitions": list(forget)}] if forget else []
        k.case(name, "Fetch", version, max_wait_ms=0, min_bytes=0, session_id=session, session_epoch=epoch, topics=topics, forgotten_topics_data=forgotten)
        return k.last["session_id"]

    number = ask("session: opened", {"fetch_offset": 2}, session=0, epoch=0)
    ask("session: goes on", session=number, epoch=1)
    ask("session: wrong epoch", session=number, epoch=7)
    ask("session: epoch again", session=number, epoch=1)
    ask("session: a partition more, unknown", {"partition": 9}, session=number, epoch=2)
    ask("session: the unknown one is forgotten", session=number, epoch=3, forget=[9])
    ask("session: nothing left", session=number, epoch=4, forget=[0])
    ask("session: closed", session=number, epoch=-1)
    ask("session: after its end", session=number, epoch=5)

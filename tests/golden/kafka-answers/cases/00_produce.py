"""Produce: what a batch may be, and what is said of one that may not."""

import time
import uuid

from batches import batch, message_set




def cases(k):
    k.own, k.words = {"base_offset"}, False
    there = k.topic("pr-there", 2, retention_ms=-1)
    for partition in range(2):
        k.produce("pr-there", batch(b"x", b"y"), partition)
    for id in ["pr-nobody", "pr-tx"]:
        k.coordinator(id, 1)
    now = int(time.time() * 1000)

    def data(topic, *rows):
        return {"name": topic, "partition_data": [{"index": index, "records": records} for index, records in rows]}

    def case(name, *topics, versions=(3, 12), **more):
        k.case(name, "Produce", versions, topic_data=list(topics), **{"acks": -1, "timeout_ms": 10000, **more})

    def fresh(suffix, **configs):
        for version in range(3, 13):
            k.topic(f"pr-{suffix}-v{version}x", **configs)
        return f"pr-{suffix}-%v"

    good = batch(b"a")
    case("nothing")
    case("a topic without partitions", data("pr-there"))
    case("one", data(fresh("one"), (0, good)))
    case("acks 1", data("pr-one-%v", (0, good)), acks=1)
    for acks in [2, -2, 32767]:
        case(f"acks {acks}", data("pr-there", (0, good)), acks=acks)
    case("unknown topic", data("pr-unknown", (0, good)))
    case("bad topic", data("a b", (0, good)))
    case("empty topic", data("", (0, good)))
    case("unknown partition", data("pr-there", (7, good)))
    case("negative partition", data("pr-there", (-1, good)))
    case("empty records", data("pr-there", (0, b"")))
    case("garbage", data("pr-there", (0, b"garbage garbage garbage garbage")))
    case("a batch cut off", data("pr-there", (0, good[:-1])))
    case("a byte behind", data("pr-there", (0, good + b"x")))
    case("two batches", data("pr-there", (0, good + good)))
    case("wrong checksum", data("pr-there", (0, batch(b"a", crc=1))))
    case("magic 3", data("pr-there", (0, batch(b"a", magic=3))))
    case("negative magic", data("pr-there", (0, batch(b"a", magic=-1))))
    case("format 1", data("pr-there", (0, message_set(b"a"))))
    case("format 0", data("pr-there", (0, message_set(b"a", magic=0))))
    case("control batch", data("pr-there", (0, batch((b"\0\0\0\0", b"\0\0\0\0\0\0"), attributes=0x20))))
    case("too small a count", data("pr-there", (0, batch(b"a", b"b", count=1))))
    case("too large a count", data("pr-there", (0, batch(b"a", b"b", count=3))))
    case("negative count", data("pr-there", (0, batch(b"a", count=-1))))
    case("no record", data("pr-there", (0, batch(count=0, last=-1))))
    case("wrong last offset", data("pr-there", (0, batch(b"a", b"b", last=5))))
    case("offsets with a gap", data("pr-there", (0, batch(b"a", b"b", offsets=[0, 2], last=2))))
    case("offsets out of order", data("pr-there", (0, batch(b"a", b"b", offsets=[1, 0], last=1))))
    case("unknown codec", data("pr-there", (0, batch(b"a", attributes=5))))
    case("no gzip", data("pr-there", (0, batch(b"a", attributes=1))))
    case("codec zstd before version 7", data("pr-there", (0, batch(b"a", attributes=4))), versions=(3, 6))
    case("log append time", data("pr-there", (0, batch(b"a", attributes=8))))
    case("the same partition twice", data("pr-there", (0, good), (0, good)))
    case("the same topic twice", data("pr-there", (0, good)), data("pr-there", (0, good)))
    case("one good, one bad", data(fresh("mixed", ), (0, good), (1, good)))
    case("in a transaction without an id", data("pr-there", (0, batch(b"a", producer=(1, 0, 0), attributes=0x10))))
    case("a transactional id without a transaction", data("pr-there", (0, good)), transactional_id="pr-tx")
    case("a transaction of nobody", data("pr-there", (0, batch(b"a", producer=(999999, 0, 0), attributes=0x10))), transactional_id="pr-nobody")
    case("producer without sequence", data("pr-there", (0, batch(b"a", producer=(1, 0, -1)))))
    case("producer without epoch", data("pr-there", (0, batch(b"a", producer=(1, -1, 0)))))
    case("unknown producer, sequence 5", data("pr-there", (1, batch(b"a", producer=(123456, 0, 5)))))
    name = fresh("sequence")
    case("producer, first", data(name, (0, batch(b"a", producer=(55, 1, 0)))))
    case("producer, again", data(name, (0, batch(b"a", producer=(55, 1, 0)))))
    case("producer, gap", data(name, (0, batch(b"a", producer=(55, 1, 2)))))
    case("producer, old epoch", data(name, (0, batch(b"a", producer=(55, 0, 1)))))
    case("producer, new epoch, not from 0", data(name, (0, batch(b"a", producer=(55, 2, 1)))))
    case("producer, new epoch", data(name, (0, batch(b"a", producer=(55, 2, 0)))))
    case("two batches of a producer", data("pr-there", (0, batch(b"a", producer=(56, 0, 0)) + batch(b"a", producer=(56, 0, 1)))))

    case("compacted: no key", data(fresh("compact", cleanup_policy="compact"), (0, good)))
    case("compacted: some without key", data("pr-compact-%v", (0, batch((b"k", b"a"), b"b", (b"k", b"c"), b"d"))))
    case("compacted: keys", data("pr-compact-%v", (0, batch((b"k", b"a")))))
    case("compacted: format 1 without key", data("pr-compact-%v", (0, message_set(b"a"))))
    name = fresh("small", max_message_bytes=100)
    case("too large", data(name, (0, batch(b"x" * 100))))
    case("two small batches too large together", data(name, (0, batch(b"x" * 10) + batch(b"y" * 10))))
    case("just right", data(name, (0, batch(b"x" * 31))))
    case("one byte too many", data(name, (0, batch(b"x" * 33))))
    k.topic("pr-segment", segment_bytes=1048576, max_message_bytes=4000000)
    case("larger than a segment", data("pr-segment", (0, batch(b"x" * 1100000))))
    case("log append time on the topic", data(fresh("append", message_timestamp_type="LogAppendTime"), (0, good)))
    case("log append time, no timestamp", data("pr-append-%v", (0, batch(b"a", at=-1))))
    name = fresh("times", message_timestamp_before_max_ms=3600000, message_timestamp_after_max_ms=3600000)
    k.case("in time", "Produce", (3, 12), acks=-1, timeout_ms=10000, topic_data=[data(name, (0, batch(b"a", at=now)))])
    shown = {"name", "index", "error_code", "base_offset", "log_append_time_ms", "log_start_offset", "batch_index", "batch_index_error_message", "throttle_time_ms"}
    for title, records in [("too old", batch(b"a", at=now - 7200000)), ("too new", batch(b"a", at=now + 7200000)), ("no timestamp", batch(b"a", at=-1)),
                           ("some too old", batch(b"a", b"b", b"c", timestamps=[now, now - 7200000, now])), ("format 1, too old", message_set(b"a", at=now - 7200000))]:
        k.case(title, "Produce", (3, 12), shown, acks=-1, timeout_ms=10000, topic_data=[data(name, (0, records))])
    case("negative timestamp", data("pr-there", (0, batch(b"a", at=-5))))
    case("far future", data("pr-there", (0, batch(b"a", at=now + 10 * 86400000))), versions=(3, 7))
    k.coordinator("pr-group")
    for topic in ["__consumer_offsets", "__transaction_state", "__cluster_metadata"]:
        case(f"to {topic}", data(topic, (0, batch((b"\0\1", b"a")))))

    def by_id(id, records=good, index=0):
        return {"topic_id": id, "partition_data": [{"index": index, "records": records}]}

    case("by id", by_id(there), versions=13)
    case("unknown id", by_id(uuid.UUID(int=3)), versions=13)
    case("zero id", by_id(uuid.UUID(int=0)), versions=13)
    case("id, unknown partition", by_id(there, index=9), versions=13)
    case("id, garbage", by_id(there, b"garbage garbage garbage garbage"), versions=13)
    case("ids, one unknown", by_id(there), by_id(uuid.UUID(int=3)), versions=13)

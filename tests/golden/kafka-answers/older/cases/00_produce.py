"""Produce 0 to 2: message sets of formats 0 and 1, and what they are in the log."""

from batches import batch, message_set, told, wrapped

NOW = 1_700_000_000_000


def cases(k):
    k.own, k.words = {"base_offset"}, False
    k.topic("op-there", 2, retention_ms=-1)
    k.produce("op-there", batch(b"x", b"y"))
    made = {}

    def data(topic, *rows):
        return [{"name": topic, "partition_data": [{"index": index, "records": records} for index, records in rows]}]

    def case(name, records, topic="op-there", index=0, **more):
        k.case(name, "Produce", topic_data=data(topic, (index, records)), **{"acks": -1, "timeout_ms": 10000, **more})

    def kept(name, records, **configs):
        """Writes to a topic of each version's own, and reads what is there then."""
        number = made[name] = len(made)
        for version in range(3):
            k.topic(f"op-{number}-v{version}x", retention_ms=-1, **{"message_timestamp_after_max_ms": 9000000000000, **configs})
        case(name, records, f"op-{number}-%v")
        for version in range(3):
            read = [{"topic": f"op-{number}-v{version}x", "partitions": [{"partition": 0, "partition_max_bytes": 1 << 20, "fetch_offset": 0}]}]
            answer = k.ask("Fetch", 11, {"max_wait_ms": 0, "min_bytes": 0, "topics": read})
            found = answer["responses"][0]["partitions"][0]["records"] or b""
            k.note("Fetch", version, f"{name}: what is there", "; ".join(told(found)) or "nothing")

    sets = {magic: message_set(b"a", b"b", magic=magic, key=b"k") for magic in (0, 1)}
    for magic, records in sets.items():
        case(f"format {magic}: one topic", records)
        kept(f"format {magic}: two", records)
        kept(f"format {magic}: no key, no value", message_set(None, magic=magic))
        kept(f"format {magic}: offsets of its own", message_set(b"a", b"b", magic=magic, offsets=[7, 3]))
        kept(f"format {magic}: gzip", wrapped(sets[magic], magic=magic, offset=1 if magic else 0))
        kept(f"format {magic}: snappy", wrapped(message_set(b"a" * 30, b"b" * 30, magic=magic), 2, magic=magic, offset=1))
        kept(f"format {magic}: gzip, inner offsets", wrapped(message_set(b"a", b"b", magic=magic, offsets=[5, 6]), magic=magic, offset=9))
        kept(f"format {magic}: gzip and more behind it", wrapped(sets[magic], magic=magic) + sets[magic])
        case(f"format {magic}: unknown topic", records, "op-unknown")
        case(f"format {magic}: bad topic", records, "a b")
        case(f"format {magic}: unknown partition", records, index=7)
        case(f"format {magic}: acks 1", records, acks=1)
        case(f"format {magic}: acks 2", records, acks=2)
        case(f"format {magic}: wrong checksum", message_set(b"a", magic=magic, crc=1))
        case(f"format {magic}: the second's checksum", message_set(b"a", magic=magic) + message_set(b"a", magic=magic, crc=1))
        case(f"format {magic}: inner checksum", wrapped(message_set(b"a", magic=magic, crc=1), magic=magic))
        case(f"format {magic}: cut off", records[:-1])
        case(f"format {magic}: second cut off", records + records[:10])
        case(f"format {magic}: a byte behind", records + b"x")
        case(f"format {magic}: no gzip", wrapped(b"", packed=b"garbage", magic=magic))
        case(f"format {magic}: empty gzip", wrapped(b"", magic=magic))
        case(f"format {magic}: gzip without value", message_set(None, magic=magic, attributes=1))
        case(f"format {magic}: gzip in gzip", wrapped(wrapped(records, magic=magic), magic=magic))
        case(f"format {magic}: the other format within", wrapped(sets[1 - magic], magic=magic))
        case(f"format {magic}: inner cut off", wrapped(records[:-1], magic=magic))
        case(f"format {magic}: codec 5", message_set(b"a", magic=magic, attributes=5))
        case(f"format {magic}: codec zstd", message_set(b"a", magic=magic, attributes=4))
        case(f"format {magic}: codec 7", message_set(b"a", magic=magic, attributes=7))
        case(f"format {magic}: too large", message_set(b"x" * 1100000, magic=magic))
    kept("format 0 and 1", sets[0] + sets[1])
    kept("format 1: no timestamp", message_set(b"a", at=-1))
    kept("format 1: zero timestamp", message_set(b"a", at=0))
    case("format 1: negative timestamp", message_set(b"a", at=-5))
    kept("format 1: different times", message_set(b"a", at=NOW + 5) + message_set(b"b", at=NOW))
    kept("format 1: log append bit", message_set(b"a", attributes=8))
    kept("format 1: gzip, log append bit", wrapped(sets[1], attributes=8, at=NOW + 99, offset=1))
    kept("format 1: gzip, wrapper without time", wrapped(sets[1], at=-1, offset=1))
    kept("format 1: high attributes", message_set(b"a", attributes=0x30))
    kept("format 2", batch(b"a"))
    case("format 2 and format 1", batch(b"a") + sets[1])
    kept("two of format 2", batch(b"a") + batch(b"b"))
    case("format 2, producer", batch(b"a", producer=(5, 0, 0)))
    case("format 2, two of a producer", batch(b"a", producer=(6, 0, 0)) + batch(b"a", producer=(6, 0, 1)))
    case("format 2, zstd", batch(b"a", attributes=4))
    case("format 2, wrong checksum", batch(b"a", crc=1))
    case("magic 3", batch(b"a", magic=3))
    case("negative magic", batch(b"a", magic=-1))
    case("control batch", batch((b"\0\0\0\0", b"\0\0\0\0\0\0"), attributes=0x20))
    case("in a transaction", batch(b"a", producer=(1, 0, 0), attributes=0x10))
    case("nothing", b"")
    case("garbage", b"garbage garbage garbage garbage")
    case("a small size", b"\0" * 11 + b"\5" + b"\0" * 20)
    case("a negative size", b"\0" * 8 + b"\xff" * 4 + b"\0" * 20)
    k.case("no topics", "Produce", acks=-1, timeout_ms=10000)
    k.case("a topic without partitions", "Produce", acks=-1, timeout_ms=10000, topic_data=data("op-there"))
    k.case("the same partition twice", "Produce", acks=-1, timeout_ms=10000, topic_data=data("op-there", (0, sets[1]), (0, sets[1])))
    k.case("one good, one bad", "Produce", acks=-1, timeout_ms=10000, topic_data=data("op-there", (0, sets[1]), (1, b"garbage garbage garbage garbage")))
    case("negative timeout", sets[1], timeout_ms=-1)
    k.topic("op-compact", cleanup_policy="compact")
    for magic in (0, 1):
        case(f"compacted: format {magic} without key", message_set(b"a", magic=magic), "op-compact")
        case(f"compacted: format {magic} with key", message_set(b"a", magic=magic, key=b"k"), "op-compact")
        case(f"compacted: format {magic}, gzip without key", wrapped(message_set(b"a", magic=magic), magic=magic), "op-compact")
    k.topic("op-small", max_message_bytes=100)
    for magic in (0, 1):
        case(f"small: format {magic}, too large", message_set(b"x" * 100, magic=magic), "op-small")
        for size in (30, 40, 50, 60, 70, 80):
            case(f"small: format {magic}, {size} bytes", message_set(b"x" * size, magic=magic), "op-small")
        case(f"small: format {magic}, three", message_set(*[b"x" * 20] * 3, magic=magic), "op-small")
    k.topic("op-times", message_timestamp_before_max_ms=3600000, message_timestamp_after_max_ms=3600000)
    case("times: format 0", sets[0], "op-times")
    case("times: format 1, too old", sets[1], "op-times")
    case("times: format 1, no time", message_set(b"a", at=-1), "op-times")
    k.topic("op-append", message_timestamp_type="LogAppendTime")
    k.own = {"base_offset", "log_append_time_ms"}
    case("log append time: format 0", sets[0], "op-append")
    case("log append time: format 1", sets[1], "op-append")
    for codec in ("gzip", "uncompressed", "producer"):
        if codec != "gzip":
            kept(f"compression.type={codec}, gzip", wrapped(sets[1], offset=1), compression_type=codec)
        kept(f"compression.type={codec}, plain", sets[1], compression_type=codec)
    k.case("to Kafka's own", "Produce", acks=-1, timeout_ms=10000, topic_data=data("__consumer_offsets", (0, sets[1])))

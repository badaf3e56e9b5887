"""CreateTopics: names, counts, assignments, configs, repeated and existing topics."""


def one(name, partitions=1, factor=1, **more):
    return [{"name": name, "num_partitions": partitions, "replication_factor": factor, **more}]


def config(*pairs):
    return [{"name": name, "value": value} for name, value in pairs]


def cases(k):
    def case(name, topics, **more):
        k.case(name, "CreateTopics", topics=topics, timeout_ms=30000, **more)

    k.topic("ct.there")
    case("nothing", [])
    case("one", one("ct-one-%v"), shown={"name", "error_code", "error_message", "topic_id", "num_partitions", "replication_factor", "throttle_time_ms"})
    case("defaults", one("ct-defaults-%v", -1, -1), shown={"name", "error_code", "error_message", "num_partitions", "replication_factor"})
    case("validated only", one("ct-validated-%v", 3), validate_only=True, shown={"name", "error_code", "error_message", "topic_id", "num_partitions", "replication_factor"})
    case("exists", one("ct.there"))
    case("exists, validated only", one("ct.there"), validate_only=True)
    case("differs from another in . and _", one("ct_there"))
    case("named twice", one("ct-twice") + one("ct-twice") + one("ct-beside-%v"), shown={"name", "error_code", "error_message"})
    case("two that collide", one("ct.a_%v") + one("ct_a.%v"), shown={"name", "error_code", "error_message"})
    for name in ["", ".", "..", "a b", "a/b", "ä", "x" * 250, "a\0b"]:
        case(f"name {name[:10]!r}, {len(name)} long", one(name))
    case("name of 249", one("%v" + "y" * 245), validate_only=True, shown={"error_code", "error_message"})
    for topic in ["__consumer_offsets", "__transaction_state", "__cluster_metadata", "__share_group_state"]:
        case(f"internal topic {topic}", one(topic), validate_only=True, shown={"name", "error_code", "error_message"})
    for count in [0, -2, -3, 10001]:
        case(f"{count} partitions", one("ct-count", count), validate_only=True, shown={"name", "error_code", "error_message"})
    for factor in [0, -2, 2, 3, 32767]:
        case(f"{factor} replicas", one("ct-factor", 1, factor))

    def assigned(*rows, partitions=-1, factor=-1):
        rows = [{"partition_index": index, "broker_ids": ids} for index, ids in rows]
        return one("ct-assigned", partitions, factor, assignments=rows)

    for name, topics in [
        ("one", assigned((0, [1]))),
        ("from 1", assigned((1, [1]))),
        ("with a gap", assigned((0, [1]), (2, [1]))),
        ("negative", assigned((-1, [1]))),
        ("the same partition twice", assigned((0, [1]), (0, [1]))),
        ("no replica", assigned((0, []))),
        ("unknown broker", assigned((0, [7]))),
        ("negative broker", assigned((0, [-1]))),
        ("a broker twice", assigned((0, [1, 1]))),
        ("as many as the count", assigned((0, [1]), partitions=1)),
        ("and a factor", assigned((0, [1]), factor=1)),
        ("different numbers", assigned((0, [1]), (1, [1, 7]))),
    ]:
        case(f"assignment: {name}", topics, validate_only=True, shown={"name", "error_code", "error_message"})

    for pairs in [
        [("retention.ms", "x")], [("retention.ms", "-2")], [("retention.ms", "")], [("retention.ms", None)],
        [("retention.ms", " 5 ")], [("no.such.config", "1")], [("cleanup.policy", "compact, delete")], [("cleanup.policy", "none")],
        [("cleanup.policy", "")], [("cleanup.policy", "compact,compact")], [("compression.type", "lzma")], [("compression.gzip.level", "0")],
        [("compression.lz4.level", "18")], [("compression.zstd.level", "23")], [("max.message.bytes", "-1")], [("segment.bytes", "1")],
        [("segment.bytes", "1048576")], [("segment.ms", "0")], [("min.insync.replicas", "0")], [("min.cleanable.dirty.ratio", "2")],
        [("message.timestamp.type", "Never")], [("unclean.leader.election.enable", "yes")], [("unclean.leader.election.enable", "TRUE")],
        [("min.compaction.lag.ms", "100"), ("max.compaction.lag.ms", "10")], [("retention.ms", "1"), ("retention.ms", "2")],
        [("remote.storage.enable", "true")], [("local.retention.ms", "5"), ("retention.ms", "1")], [("local.retention.bytes", "5"), ("retention.bytes", "1")],
        [("leader.replication.throttled.replicas", "1")], [("leader.replication.throttled.replicas", "0:1,1:1")], [("leader.replication.throttled.replicas", "*")],
        [("message.format.version", "3.0")], [("message.downconversion.enable", "false")], [("message.timestamp.difference.max.ms", "5")],
        [("message.timestamp.before.max.ms", "-1")], [("flush.messages", "0")], [("flush.ms", "-1")], [("index.interval.bytes", "-1")],
        [("delete.retention.ms", "-1")], [("file.delete.delay.ms", "-1")], [("segment.index.bytes", "3")], [("segment.jitter.ms", "-1")],
        [("preallocate", "1")], [("internal.segment.bytes", "100")], [("retention.bytes", "9223372036854775808")], [("", "1")],
    ]:
        case(f"configs {pairs}", one("ct-config", configs=config(*pairs)), validate_only=True, shown={"name", "error_code", "topic_config_error_code", "error_message"})

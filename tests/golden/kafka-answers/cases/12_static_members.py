"""Static members of classic and of consumer groups: who is fenced, who may come back."""

PROTOCOLS = [{"name": "range", "metadata": b"\0\1\0\0\0\1\0\x08sm-there\xff\xff\xff\xff\0\0\0\0"}]


def cases(k):
    k.topic("sm-there", 2)
    k.coordinator("sm")
    k.own = {"generation_id"}
    for version in range(5, 10):
        classic(k, version)
    consumer(k)


def classic(k, version):
    group = f"sm-v{version}x"

    def case(name, api, **more):
        low, high = k.ranges[api]
        k.case(f"{version}: {name}", api, max(low, min(high, version)), group_id=group, **more)

    def join(name, member_id="", **more):
        case(name, "JoinGroup", **{"session_timeout_ms": 10000, "rebalance_timeout_ms": 10000, "member_id": member_id, "group_instance_id": "i",
                                   "protocol_type": "consumer", "protocols": PROTOCOLS, **more})
        return k.last["member_id"], k.last["generation_id"]

    first, generation = join("joins without an id")
    mine = {"member_id": first, "generation_id": generation, "group_instance_id": "i"}
    names = {"protocol_type": "consumer", "protocol_name": "range"}
    case("syncs", "SyncGroup", assignments=[{"member_id": first, "assignment": b"abc"}], **mine, **names)
    second, later = join("comes again")
    case("the first is fenced", "Heartbeat", **mine)
    case("the second is not", "Heartbeat", **{**mine, "member_id": second, "generation_id": later})
    case("the first's sync", "SyncGroup", **mine, **names)
    case("another instance", "Heartbeat", **{**mine, "member_id": second, "group_instance_id": "j"})
    case("the second's sync", "SyncGroup", **{**mine, "member_id": second, "generation_id": later}, **names)
    join("joins with the first's id", first)
    topics = [{"name": "sm-there", "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]}]
    if version >= 7:
        for name, who in [("commit of the first", first), ("commit of the second", second)]:
            case(name, "OffsetCommit", generation_id_or_member_epoch=later, member_id=who, group_instance_id="i", topics=topics)
    k.case(f"{version}: described", "DescribeGroups", 5, groups=[group])
    case("the first leaves", "LeaveGroup", members=[{"member_id": first, "group_instance_id": "i"}])
    case("an unknown instance leaves", "LeaveGroup", members=[{"member_id": "", "group_instance_id": "j"}])
    case("leaves by its instance", "LeaveGroup", members=[{"member_id": "", "group_instance_id": "i"}])
    case("leaves again", "LeaveGroup", members=[{"member_id": "", "group_instance_id": "i"}])


def consumer(k):
    one, two = "AAAAAAAAQACAAAAAAAAAAA", "BBBBBBBBQACAAAAAAAAAAA"

    def beat(name, member, epoch, instance="i", **more):
        k.case(f"consumer: {name}", "ConsumerGroupHeartbeat", 1, **{"group_id": "sm-consumer", "member_id": member, "member_epoch": epoch, "instance_id": instance,
                                                                    "rebalance_timeout_ms": 10000, "subscribed_topic_names": ["sm-there"], "topic_partitions": [], **more})
        return k.last["member_epoch"]

    warm = {"group_id": "sm-warm", "member_id": one, "rebalance_timeout_ms": 10000, "subscribed_topic_names": ["sm-there"], "topic_partitions": []}
    k.until("ConsumerGroupHeartbeat", 1, warm, lambda it: it["assignment"] and it["assignment"]["topic_partitions"])
    epoch = beat("joins", one, 0)
    beat("another joins while it is there", two, 0)
    beat("goes on as another instance", one, epoch, "j")
    beat("leaves for a while", one, -2)
    beat("of the one that left", one, epoch)
    beat("another comes in its place", two, 0)
    beat("of the one that was replaced", one, epoch)
    beat("the replaced one leaves", one, -1)
    beat("leaves for good", two, -1)
    beat("leaves again", two, -1)

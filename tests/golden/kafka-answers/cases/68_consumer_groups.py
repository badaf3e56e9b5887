"""The consumer group protocol (KIP-848)."""


def cases(k):
    k.topic("cg-there", 2)
    k.coordinator("cg")
    me = "AAAAAAAAQACAAAAAAAAAAA"

    def beat(name, versions=None, **more):
        k.case(name, "ConsumerGroupHeartbeat", versions, **{"group_id": "cg-%v", "member_id": me, "member_epoch": 0, "rebalance_timeout_ms": 10000,
                                                            "subscribed_topic_names": ["cg-there"], "topic_partitions": [], **more})

    beat("empty group", group_id="")
    beat("blank group", group_id=" ")
    beat("no member id", member_id="")
    beat("blank member id", member_id=" ")
    beat("no rebalance timeout", rebalance_timeout_ms=-1)
    beat("no subscription", subscribed_topic_names=None)
    beat("partitions at the join", topic_partitions=None)
    beat("owned partitions at the join", topic_partitions=[{"topic_id": k.topic("cg-there"), "partitions": [0]}])
    beat("empty instance", instance_id="")
    beat("empty rack", rack_id="")
    beat("empty assignor", server_assignor="")
    beat("unknown assignor", server_assignor="nonsense")
    beat("epoch -3", member_epoch=-3)
    beat("epoch -2 without instance", member_epoch=-2)
    beat("leaves, unknown group", member_epoch=-1)
    beat("static leaves, unknown group", member_epoch=-2, instance_id="i")
    beat("epoch 5, unknown group", member_epoch=5)
    beat("bad expression", versions=1, subscribed_topic_names=None, subscribed_topic_regex="(")
    beat("joins")
    beat("again")
    beat("wrong epoch", member_epoch=9)
    beat("unknown member", member_id="BBBBBBBBQACAAAAAAAAAAA", member_epoch=3)
    beat("goes on", member_epoch=1, rebalance_timeout_ms=-1, subscribed_topic_names=None, topic_partitions=None)
    topics = [{"name": "cg-there", "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]}]

    def commit(name, epoch, member, **more):
        k.case(name, "OffsetCommit", (6, 9), **{"group_id": "cg-v1x", "generation_id_or_member_epoch": epoch, "member_id": member, "topics": topics, **more})

    commit("commit", 1, me)
    commit("commit, wrong epoch", 7, me)
    commit("commit, old epoch", 0, me)
    commit("commit, unknown member", 1, "nobody")
    commit("commit from outside", -1, "")
    for name, epoch, member in [("fetch", 1, me), ("fetch, wrong epoch", 7, me), ("fetch, unknown member", 1, "nobody"), ("fetch from outside", -1, None), ("fetch, no epoch", -1, me)]:
        groups = [{"group_id": "cg-v1x", "topics": [{"name": "cg-there", "partition_indexes": [0]}], "member_id": member, "member_epoch": epoch}]
        k.case(name, "OffsetFetch", 9, groups=groups)
    protocols = [{"name": "range", "metadata": b"\0\1\0\0\0\1\0\x08cg-there\xff\xff\xff\xff\0\0\0\0"}]
    k.case("a classic join without id", "JoinGroup", (4, 9), group_id="cg-v1x", session_timeout_ms=10000, rebalance_timeout_ms=10000, protocol_type="consumer", protocols=protocols)
    k.case("a classic join of another type", "JoinGroup", (4, 9), group_id="cg-v1x", session_timeout_ms=10000, rebalance_timeout_ms=10000, protocol_type="connect", protocols=protocols)
    k.case("a classic join with garbage", "JoinGroup", (4, 9), group_id="cg-v1x", session_timeout_ms=10000, rebalance_timeout_ms=10000, protocol_type="consumer",
           protocols=[{"name": "range", "metadata": b""}])
    k.case("a classic sync", "SyncGroup", group_id="cg-v1x", generation_id=1, member_id=me, protocol_type="consumer", protocol_name="range")
    k.case("a classic heartbeat", "Heartbeat", group_id="cg-v1x", generation_id=1, member_id=me)
    k.case("a classic leave of nobody", "LeaveGroup", group_id="cg-v1x", member_id="nobody", members=[{"member_id": "nobody"}])
    k.case("a classic description", "DescribeGroups", groups=["cg-v1x"])
    k.case("described", "ConsumerGroupDescribe", group_ids=["cg-v1x"])
    k.case("unknown described", "ConsumerGroupDescribe", group_ids=["cg-none"])
    k.case("empty described", "ConsumerGroupDescribe", group_ids=[""])
    k.case("deleted with members", "DeleteGroups", groups_names=["cg-v1x"])
    k.case("offsets deleted with members", "OffsetDelete", group_id="cg-v1x", topics=[{"name": "cg-there", "partitions": [{"partition_index": 0}]}])
    beat("leaves", member_epoch=-1)
    k.case("described, empty", "ConsumerGroupDescribe", group_ids=["cg-v1x"])
    k.case("deleted, empty", "DeleteGroups", 2, groups_names=["cg-v1x"])

"""The classic group protocol: joins, syncs, heartbeats, leaves, and what groups are told to be."""


def cases(k):
    k.topic("gr-there")
    k.own = {"generation_id"}
    k.coordinator("gr")
    protocols = [{"name": "range", "metadata": b"\0\1\0\0\0\1\0\x08gr-there\xff\xff\xff\xff\0\0\0\0"}]

    def join(name, versions=None, **more):
        k.case(name, "JoinGroup", versions, **{"group_id": "gr-%v", "session_timeout_ms": 10000, "rebalance_timeout_ms": 10000, "member_id": "",
                                               "protocol_type": "consumer", "protocols": protocols, **more})

    join("no member id", versions=(4, 9))
    join("unknown member id", member_id="nobody")
    join("empty group", group_id="")
    for timeout in [0, -1, 5999, 1800001]:
        join(f"session timeout {timeout}", session_timeout_ms=timeout, group_id="gr-t")
    join("rebalance timeout -1", rebalance_timeout_ms=-1, group_id="gr-r-%v", versions=(4, 9))
    join("no protocols", protocols=[], group_id="gr-p")
    join("no protocol type", protocol_type="", group_id="gr-p")
    join("static member with an id, unknown", member_id="nobody", group_instance_id="i", versions=(5, 9))
    for version in range(0, 10):
        member(k, version, join)

    def sync(name, versions=None, **more):
        k.case(name, "SyncGroup", versions, **{"group_id": "gr-none", "generation_id": 1, "member_id": "nobody", "protocol_type": "consumer", "protocol_name": "range", **more})

    sync("unknown group")
    sync("empty group", group_id="")
    sync("no protocol", protocol_type=None, protocol_name=None, versions=5)
    sync("one of type and name", protocol_type=None, versions=5)

    def beat(name, **more):
        k.case(name, "Heartbeat", **{"group_id": "gr-none", "generation_id": 1, "member_id": "nobody", **more})

    beat("unknown group")
    beat("empty group", group_id="")
    beat("empty member", member_id="")

    def leave(name, *members, group="gr-none"):
        first = members[0]["member_id"] if members else ""
        k.case(name, "LeaveGroup", group_id=group, member_id=first, members=list(members))

    leave("unknown group", {"member_id": "nobody"})
    leave("empty group", {"member_id": "nobody"}, group="")
    leave("empty member", {"member_id": ""})
    leave("static member of nobody", {"member_id": "", "group_instance_id": "i"})

    k.case("unknown", "DescribeGroups", groups=["gr-none"])
    k.case("empty", "DescribeGroups", groups=[""])
    k.case("operations", "DescribeGroups", groups=["gr-none"], include_authorized_operations=True)
    k.case("twice", "DescribeGroups", groups=["gr-none", "gr-none"])
    k.case("unknown", "DeleteGroups", groups_names=["gr-none"])
    k.case("empty", "DeleteGroups", groups_names=[""])
    k.case("twice", "DeleteGroups", groups_names=["gr-none", "gr-none"])
    k.case("state unknown", "ListGroups", (4, 5), states_filter=["Nonsense"])
    k.case("type unknown", "ListGroups", 5, types_filter=["Nonsense"])
    k.case("state dead", "ListGroups", (4, 5), states_filter=["dead"])
    k.case("type consumer", "ListGroups", 5, types_filter=["Consumer"])
    for kind in [0, 1, 2, 3, -1]:
        k.case(f"coordinator of kind {kind}", "FindCoordinator", key="gr", coordinator_keys=["gr"], key_type=kind)
    k.case("coordinator of nothing", "FindCoordinator", key="", coordinator_keys=[])
    k.case("coordinator of an empty key", "FindCoordinator", key="", coordinator_keys=[""])
    k.case("coordinator of two", "FindCoordinator", (4, 6), coordinator_keys=["gr", "gs", "gr"])


def member(k, version, join):
    """One member's life in this version of JoinGroup, or the nearest of the others."""
    group = f"gr-life-v{version}x"

    def here(api):
        low, high = k.ranges[api]
        return max(low, min(high, version))

    join("life: first", versions=version, group_id="gr-life-%v")
    if k.last["error_code"]:
        join("life: with the id", versions=version, group_id="gr-life-%v", member_id=k.last["member_id"])
    me, generation = k.last["member_id"], k.last["generation_id"]

    def case(name, api, **more):
        at = here(api)
        k.case(f"life of {version}: {name}", api, at, **{"group_id": group, "generation_id": generation, "member_id": me, **more})

    case("sync, wrong generation", "SyncGroup", generation_id=generation + 1, protocol_type="consumer", protocol_name="range")
    case("sync, unknown member", "SyncGroup", member_id="nobody", protocol_type="consumer", protocol_name="range")
    if version >= 5:
        case("sync, wrong protocol", "SyncGroup", protocol_type="consumer", protocol_name="sticky")
        case("sync, wrong type", "SyncGroup", protocol_type="connect", protocol_name="range")
    case("heartbeat before the sync", "Heartbeat")
    mine = [{"member_id": me, "assignment": b"abc"}]
    case("sync", "SyncGroup", protocol_type="consumer", protocol_name="range", assignments=mine)
    case("sync again", "SyncGroup", protocol_type="consumer", protocol_name="range", assignments=mine)
    case("heartbeat", "Heartbeat")
    case("heartbeat, wrong generation", "Heartbeat", generation_id=generation + 1)
    case("heartbeat, unknown member", "Heartbeat", member_id="nobody")
    if version >= 3:
        case("heartbeat, unknown instance", "Heartbeat", group_instance_id="i")
    join("life: other protocol type", versions=version, group_id="gr-life-%v", protocol_type="connect")
    join("life: other protocol", versions=version, group_id="gr-life-%v", protocols=[{"name": "sticky", "metadata": b""}])
    topics = [{"name": "gr-there", "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]}]
    if 2 <= version <= 9:
        for name, epoch, who in [("commit", generation, me), ("commit, wrong generation", generation + 1, me), ("commit, unknown member", generation, "nobody"),
                                 ("commit from outside", -1, "")]:
            k.case(f"life of {version}: {name}", "OffsetCommit", version, group_id=group, generation_id_or_member_epoch=epoch, member_id=who, topics=topics)
    k.case(f"life of {version}: delete", "DeleteGroups", 2, groups_names=[group])
    k.case(f"life of {version}: describe", "DescribeGroups", min(version, 6), groups=[group])
    k.case(f"life of {version}: delete offsets", "OffsetDelete", 0, group_id=group, topics=[{"name": "gr-there", "partitions": [{"partition_index": 0}]}])
    k.case(f"life of {version}: consumer heartbeat", "ConsumerGroupHeartbeat", 1, group_id=group, member_id="AAAAAAAAQACAAAAAAAAAAA", member_epoch=0,
           rebalance_timeout_ms=10000, subscribed_topic_names=[], topic_partitions=[])
    at = here("LeaveGroup")
    k.case(f"life of {version}: leave, unknown member", "LeaveGroup", at, group_id=group, member_id="nobody", members=[{"member_id": "nobody"}])
    k.case(f"life of {version}: leave", "LeaveGroup", at, group_id=group, member_id=me, members=[{"member_id": me}])
    k.case(f"life of {version}: describe, empty", "DescribeGroups", min(version, 6), groups=[group])
    k.case(f"life of {version}: delete, empty", "DeleteGroups", 2, groups_names=[group])

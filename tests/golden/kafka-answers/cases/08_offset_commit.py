"""OffsetCommit and OffsetFetch from outside of a group and from nobody in it, OffsetDelete."""

import uuid


def cases(k):
    there = k.topic("oc-there", 2)
    for version in range(2, 11):
        k.coordinator(f"oc-v{version}x")
    k.coordinator("oc-none")

    def commit(name, *rows, group="oc-%v", topic="oc-there", id=there, versions=None, **more):
        rows = [{"partition_index": 0, "committed_offset": 5, "committed_metadata": "", **row} for row in rows]
        k.case(name, "OffsetCommit", versions, group_id=group, topics=[{"name": topic, "topic_id": id, "partitions": rows}], **more)

    commit("to a simple group", {})
    commit("with metadata", {"partition_index": 1, "committed_metadata": "note", "committed_leader_epoch": 0})
    commit("metadata of 4096", {"committed_metadata": "x" * 4096}, group="oc-m%v")
    commit("metadata of 4097", {"committed_metadata": "x" * 4097}, group="oc-m%v")
    commit("no metadata", {"committed_metadata": None})
    commit("one too large", {"committed_metadata": "x" * 5000}, {"partition_index": 1})
    commit("negative offset", {"committed_offset": -5}, group="oc-n%v")
    commit("unknown partition", {"partition_index": 9})
    commit("one of two unknown", {"partition_index": 9}, {})
    commit("unknown topic", {}, topic="oc-unknown", id=uuid.UUID(int=4))
    commit("zero id", {}, topic="", id=uuid.UUID(int=0))
    commit("bad topic", {}, topic="a b", id=uuid.UUID(int=4))
    commit("no partitions")
    commit("empty group", {}, group="")
    commit("retention", {}, retention_time_ms=1000, versions=(2, 4))
    commit("generation of nobody", {}, group="oc-x%v", generation_id_or_member_epoch=1, member_id="x")
    commit("member without generation", {}, group="oc-x%v", member_id="x")
    commit("static member of nobody", {}, group="oc-x%v", generation_id_or_member_epoch=1, member_id="x", group_instance_id="i", versions=(7, 10))
    commit("twice the same", {}, {"committed_offset": 7})

    def fetch(name, topics, group="oc-v5x", versions=None, **more):
        old = topics and [{"name": name, "partition_indexes": indexes} for name, _, indexes in topics]
        new = topics and [{"name": name, "topic_id": id, "partition_indexes": indexes} for name, id, indexes in topics]
        member = {key: more.pop(key) for key in list(more) if key.startswith("member")}
        groups = [{"group_id": group, "topics": new, **member}]
        k.case(name, "OffsetFetch", versions, group_id=group, topics=old, groups=groups, **more)

    fetch("some", [("oc-there", there, [0, 1])])
    fetch("stable", [("oc-there", there, [0, 1])], require_stable=True, versions=(7, 10))
    fetch("all", None, versions=(2, 10))
    fetch("no topics", [])
    fetch("unknown partition", [("oc-there", there, [9])])
    fetch("unknown topic", [("oc-unknown", uuid.UUID(int=4), [0])])
    fetch("zero id", [("", uuid.UUID(int=0), [0])], versions=10)
    fetch("unknown group", [("oc-there", there, [0])], group="oc-none")
    fetch("unknown group, all", None, group="oc-none", versions=(2, 10))
    fetch("empty group", [("oc-there", there, [0])], group="")
    fetch("a member of nobody", [("oc-there", there, [0])], versions=(9, 10), member_id="x", member_epoch=3)
    fetch("an epoch without member", [("oc-there", there, [0])], versions=(9, 10), member_epoch=3)
    fetch("a member, unknown group", [("oc-there", there, [0])], group="oc-none", versions=(9, 10), member_id="x", member_epoch=3)

    def delete(name, *topics, group="oc-v3x"):
        topics = [{"name": topic, "partitions": [{"partition_index": index} for index in indexes]} for topic, indexes in topics]
        k.case(name, "OffsetDelete", group_id=group, topics=topics)

    delete("one", ("oc-there", [0]))
    delete("again", ("oc-there", [0]))
    delete("unknown partition", ("oc-there", [9, 1]))
    delete("unknown topic", ("oc-unknown", [0]))
    delete("unknown group", ("oc-there", [0]), group="oc-none")
    delete("empty group", ("oc-there", [0]), group="")
    delete("nothing")

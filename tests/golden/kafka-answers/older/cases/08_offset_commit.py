"""OffsetCommit 0 and 1, OffsetFetch 0. In version 0 both are ZooKeeper's."""


def cases(k):
    k.topic("oo-there", 2)
    k.coordinator("oo")

    def commit(name, *rows, group="oo-%v", topic="oo-there", **more):
        rows = [{"partition_index": 0, "committed_offset": 5, "committed_metadata": "", **row} for row in rows]
        k.case(name, "OffsetCommit", group_id=group, topics=[{"name": topic, "partitions": rows}], **more)

    commit("to a simple group", {})
    commit("with metadata", {"partition_index": 1, "committed_metadata": "note"})
    commit("metadata of 4097", {"committed_metadata": "x" * 4097})
    commit("no metadata", {"committed_metadata": None})
    commit("a time of its own", {"commit_timestamp": 1_700_000_000_000})
    commit("negative offset", {"committed_offset": -5}, group="oo-n%v")
    commit("unknown partition", {"partition_index": 9})
    commit("unknown topic", {}, topic="oo-unknown")
    commit("bad topic", {}, topic="a b")
    commit("no partitions")
    commit("empty group", {}, group="")
    commit("generation of nobody", {}, group="oo-x%v", generation_id_or_member_epoch=1, member_id="x")
    rows = [{"partition_index": 0, "committed_offset": 7, "committed_metadata": "m"}]
    k.until("OffsetCommit", 2, {"group_id": "oo-two", "topics": [{"name": "oo-there", "partitions": rows}]},
            lambda it: it["topics"][0]["partitions"][0]["error_code"] == 0)

    def fetch(name, topics, group="oo-two"):
        k.case(name, "OffsetFetch", group_id=group, topics=[{"name": topic, "partition_indexes": rows} for topic, rows in topics])

    fetch("some", [("oo-there", [0, 1])])
    fetch("no topics", [])
    fetch("unknown partition", [("oo-there", [9])])
    fetch("unknown topic", [("oo-unknown", [0])])
    fetch("unknown group", [("oo-there", [0])], group="oo-none")
    fetch("empty group", [("oo-there", [0])], group="")

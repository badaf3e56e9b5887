"""Groups of at most two members, in both protocols."""

import pathlib

from sets import load

MEMBERS = load(pathlib.Path(__file__).parents[2] / "cases/11_group_members.py")


def cases(k):
    k.topic("gm-there", 3)
    k.coordinator("gz")
    k.own = {"generation_id"}
    for version in (0, 3, 4, 5, 9):
        classic(k, version)
    static(k)
    consumer(k)


def classic(k, version):
    group = f"gz-{version}"
    a, b, c, d = (MEMBERS.Member(k, group, name, version) for name in "abcd")
    a.gets_id()
    a.joins()
    a.syncs(assignments=[(a.id, b"all")])
    b.begins()
    a.joins("joins with b")
    b.has_joined()
    c.joins("joins as the third")
    c.id = "nobody"
    c.joins("joins as the third with an id")
    c.id = ""
    b.begins_sync()
    a.syncs(assignments=[(a.id, b"a"), (b.id, b"b")])
    b.k.end()
    c.joins("joins when the group is stable")
    a.begins("joins as it was, and leads")
    b.joins("joins with the leader")
    a.has_joined()
    a.leaves()
    b.leaves()
    d.gets_id()
    d.joins("joins when there is room")
    d.leaves()
    MEMBERS.described(k, group, "all are gone")


def static(k):
    group = "gz-static"
    a, b, c = (MEMBERS.Member(k, group, name, 9, name) for name in "ijk")
    a.joins()
    a.syncs(assignments=[(a.id, b"all")])
    b.begins()
    a.begins("joins with j", state=None)
    b.has_joined()
    a.has_joined()
    c.joins("joins as the third")
    k.case("gz-static: leaves", "LeaveGroup", 5, {"error_code", "group_instance_id"}, group_id=group, members=[{"member_id": "", "group_instance_id": name} for name in "ijk"])


def consumer(k):
    def beat(title, member, epoch=0, **more):
        k.case(f"consumers: {title}", "ConsumerGroupHeartbeat", 1, {"error_code", "error_message", "member_epoch"},
               **{"group_id": "gz-consumer", "member_id": member * 22, "member_epoch": epoch, "rebalance_timeout_ms": 10000, "subscribed_topic_names": ["gm-there"],
                  "topic_partitions": [], **more})

    beat("the first", "A")
    beat("the second", "B")
    beat("the third", "C")
    beat("the third, static", "C", instance_id="c")
    beat("the second again", "B")
    k.case("consumers: a classic member", "JoinGroup", 9, group_id="gz-consumer", session_timeout_ms=10000, rebalance_timeout_ms=10000, member_id="", protocol_type="consumer",
           protocols=MEMBERS.protocols("range"))
    if k.last["error_code"] == 79:
        k.case("consumers: a classic member with an id", "JoinGroup", 9, group_id="gz-consumer", session_timeout_ms=10000, rebalance_timeout_ms=10000, member_id=k.last["member_id"],
               protocol_type="consumer", protocols=MEMBERS.protocols("range"))
    beat("the first leaves", "A", -1)
    beat("the third when there is room", "C")

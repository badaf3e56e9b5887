"""Classic groups of several members: who is waited for, who leads, whom a rebalance leaves out."""

import time

CONSUMER = b"\0\1\0\0\0\1\0\x08gm-there\xff\xff\xff\xff\0\0\0\0"


def cases(k):
    k.topic("gm-there")
    k.coordinator("gm")
    k.own = {"generation_id"}
    for version in (0, 2, 4, 5, 9):
        story(k, version)
    for version in (1, 5, 9):
        left_out(k, version)
    for version in (5, 7, 9):
        static(k, version)


def protocols(*names, metadata=CONSUMER):
    return [{"name": name, "metadata": metadata} for name in names]


class Member:
    """A member with a connection of its own."""

    def __init__(self, k, group, name, version, instance=None):
        self.k, self.group, self.name, self.version = k.beside(), group, name, version
        self.id, self.generation, self.instance = "", -1, instance

    def at(self, api):
        low, high = self.k.ranges[api]
        return max(low, min(high, self.version))

    def named(self, title):
        return f"{self.group}: {self.name} {title}"

    def static(self):
        return {} if self.instance is None else {"group_instance_id": self.instance}

    def join_request(self, names, metadata=CONSUMER, kind="consumer", patience=10000):
        return {"group_id": self.group, "session_timeout_ms": 10000, "rebalance_timeout_ms": patience, "member_id": self.id, "protocol_type": kind,
                "protocols": protocols(*names, metadata=metadata), **self.static()}

    def joins(self, title="joins", names=("range", "roundrobin"), **more):
        self.k.case(self.named(title), "JoinGroup", self.version, **self.join_request(names, **more))
        return self.joined()

    def joined(self):
        last = self.k.last
        if last["error_code"] in (0, 79):
            self.id, self.generation = last["member_id"], last["generation_id"]
        return last

    def gets_id(self):
        if self.version >= 4 and self.instance is None and not self.id:
            self.joins("asks for an id")

    def begins(self, title="joins", names=("range", "roundrobin"), state="PreparingRebalance", **more):
        self.gets_id()
        self.k.begin(self.named(title), "JoinGroup", self.version, **self.join_request(names, **more))
        if state:
            waits_in(self.k, self.group, state)

    def has_joined(self):
        self.k.end()
        return self.joined()

    def request(self, **more):
        return {"group_id": self.group, "generation_id": self.generation, "member_id": self.id, **self.static(), **more}

    def sync_request(self, assignments=(), **more):
        rows = [{"member_id": id, "assignment": part} for id, part in assignments]
        return self.request(protocol_type="consumer", assignments=rows, **{"protocol_name": "range", **more})

    def syncs(self, title="syncs", assignments=(), **more):
        self.k.case(self.named(title), "SyncGroup", self.at("SyncGroup"), **self.sync_request(assignments, **more))

    def begins_sync(self, **more):
        self.k.begin(self.named("syncs"), "SyncGroup", self.at("SyncGroup"), **self.sync_request(**more))
        # Nothing tells that a member waits for its assignment.
        time.sleep(0.1)

    def beats(self, title="beats", **more):
        self.k.case(self.named(title), "Heartbeat", self.at("Heartbeat"), **self.request(**more))

    def commits(self, title="commits", **more):
        rows = [{"name": "gm-there", "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]}]
        request = self.request(topics=rows, **more)
        request["generation_id_or_member_epoch"] = request.pop("generation_id")
        self.k.case(self.named(title), "OffsetCommit", max(2, min(9, self.version)), **request)

    def leaves(self, title="leaves", *also):
        members = [{"member_id": self.id, **self.static()}, *also]
        self.k.case(self.named(title), "LeaveGroup", self.at("LeaveGroup"), group_id=self.group, member_id=self.id, members=members)

    def is_leader(self):
        return self.k.last["leader"] == self.id

    def told(self, *titles):
        self.k.note("JoinGroup", self.version, self.named("was told"), " ".join(titles))


def waits_in(k, group, state):
    ask = k.beside()
    ask.until("DescribeGroups", 5, {"groups": [group]}, lambda it: it["groups"][0]["group_state"] == state)
    ask.hang_up()


def described(k, group, title):
    k.case(f"{group}: {title}", "DescribeGroups", 5, {"error_code", "group_state", "protocol_type", "protocol_data"}, groups=[group])


def story(k, version):
    group = f"gm-{version}"
    a, b, c = (Member(k, group, name, version) for name in "abc")
    a.gets_id()
    a.joins()
    a.told("leads" if a.is_leader() else "follows")
    a.syncs(assignments=[(a.id, b"all")])
    b.begins()
    a.beats("beats while b joins")
    a.syncs("syncs while b joins")
    a.commits("commits while b joins")
    described(k, group, "b joins")
    a.joins("joins again")
    b.has_joined()
    b.told("leads" if b.is_leader() else "follows", "members:", str(len(b.k.last["members"])))
    a.told("leads" if a.is_leader() else "follows", "members:", str(len(a.k.last["members"])))
    described(k, group, "all joined")
    a.beats("beats before the sync")
    b.beats("beats before the sync")
    b.commits("commits before the sync")
    b.begins_sync()
    a.syncs("syncs, generation before", generation_id=a.generation - 1)
    if version >= 9:
        a.syncs("syncs with another protocol", protocol_name="roundrobin")
    a.syncs(assignments=[(a.id, b"for a"), (b.id, b"for b"), ("nobody", b"x")])
    b.k.end()
    b.syncs("syncs again")
    b.syncs("syncs again, with an assignment", [(b.id, b"mine")])
    described(k, group, "stable")
    b.beats("beats in the generation before", generation_id=b.generation - 1)
    b.beats("beats in the next generation", generation_id=b.generation + 1)
    b.beats("beats as nobody", member_id="nobody")
    b.beats("beats without an id", member_id="")
    b.commits("commits in the generation before", generation_id=b.generation - 1)
    b.commits("commits as nobody", member_id="nobody")
    b.commits("commits as nobody in particular", member_id="", generation_id=-1)
    b.joins("joins as it was")
    b.beats("beats after joining as it was")
    c.gets_id()
    c.joins("joins with no protocol in common", ("sticky",))
    c.joins("joins with another type", kind="connect")
    c.joins("joins without protocols", ())
    described(k, group, "c was refused")
    if version >= 4:
        # Or the others would wait for it.
        c.leaves("leaves before it joined")
        c.leaves("leaves again before it joined")
        c.id = ""
    b.begins("joins with other metadata", metadata=b"")
    a.beats("beats while b joins anew")
    a.joins("joins with b")
    b.has_joined()
    b.begins_sync()
    a.syncs("syncs with nothing for b", [(a.id, b"all of it")])
    b.k.end()
    c.begins("joins with the second protocol", ("roundrobin",))
    a.begins("joins with c", state=None)
    b.begins("joins with c", state=None)
    for one in (a, b, c):
        one.has_joined()
    a.told("leads" if a.is_leader() else "follows")
    described(k, group, "of three")
    c.begins_sync(protocol_name="roundrobin")
    a.leaves("leaves while c waits for its assignment")
    c.k.end()
    b.beats("beats when the leader is gone")
    described(k, group, "the leader is gone")
    b.begins("joins without a")
    # Which of them leads is anybody's guess.
    c.k.ask("JoinGroup", version, c.join_request(("roundrobin",)))
    answer = b.k.decode("JoinGroup", version, b.k.answer())
    b.id, b.generation = answer["member_id"], answer["generation_id"]
    k.note("JoinGroup", version, f"{group}: without a", f"{answer['error_code']}, {answer['protocol_name']}, leader: {answer['leader'] in (b.id, c.id)}")
    c.generation = b.generation
    if version >= 5:
        b.leaves("leaves with others", {"member_id": "nobody"}, {"member_id": c.id, "group_instance_id": "i"}, {"member_id": "", "group_instance_id": "i"}, {"member_id": b.id})
    else:
        b.leaves()
    b.leaves("leaves again")
    b.beats("beats after leaving")
    c.leaves("leaves last")
    described(k, group, "all are gone")


def left_out(k, version):
    """A member that does not come back in its time."""
    group = f"gm-out-{version}"
    a, b = (Member(k, group, name, version) for name in "ab")
    a.gets_id()
    a.joins(patience=700)
    a.syncs(assignments=[(a.id, b"all")])
    b.begins(patience=700)
    b.has_joined()
    b.told("leads" if b.is_leader() else "follows", "members:", str(len(b.k.last["members"])))
    a.beats("beats too late")
    a.joins("joins too late")
    a.commits("commits too late")
    described(k, group, "without a")
    b.leaves()


def static(k, version):
    """Static members whose place is taken while they wait."""
    group = f"gm-static-{version}"
    i, j, second = (Member(k, group, name, version, instance) for name, instance in (("i", "i"), ("j", "j"), ("second i", "i")))
    i.joins()
    i.syncs(assignments=[(i.id, b"all")])
    j.begins()
    i.begins("joins with j", state=None)
    j.has_joined()
    i.has_joined()
    i.told("leads" if i.is_leader() else "follows")
    j.begins_sync()
    i.beats("beats as the other's instance", group_instance_id="j")
    i.syncs(assignments=[(i.id, b"for i"), (j.id, b"for j")])
    j.k.end()
    second.joins("joins in i's place")
    second.told("leads" if second.is_leader() else "follows")
    i.beats("beats when its place is taken")
    i.commits("commits when its place is taken")
    i.joins("joins when its place is taken")
    i.syncs("syncs when its place is taken")
    j.beats("beats after i changed")
    k.case(f"{group}: leaves with a wrong id", "LeaveGroup", 5, group_id=group, members=[{"member_id": i.id, "group_instance_id": "j"}, {"member_id": j.id, "group_instance_id": "j"}])
    k.case(f"{group}: described", "DescribeGroups", 5, {"error_code", "group_state", "group_instance_id"}, groups=[group])
    k.case(f"{group}: leaves by instance", "LeaveGroup", 5, group_id=group, members=[{"member_id": "", "group_instance_id": "i"}, {"member_id": "", "group_instance_id": "x"}])
    described(k, group, "all are gone")

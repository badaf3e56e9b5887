"""Classic groups of one and two members, static ones too, and offsets of groups with and without members."""

import select
import struct
import time

MEMBERS = 3
# A timer that fires would be another story.
LONG = 120_000
# Seconds in which a broker says at once what it says at once.
AT_ONCE, AT_LAST = 0.05, 3


def tell(two, chance, steps):
    Story(two, chance).tell(steps)


class Member:
    """A client; `pending` is what it waits for."""

    def __init__(self, two, index, instance):
        self.sessions = [world.session.beside() for world in two.worlds]
        self.index, self.instance, self.pending = index, instance, None
        # In the order of the worlds.
        self.ids, self.generation, self.led = ["", ""], -1, []


class Story:
    def __init__(self, two, chance):
        self.two, self.chance = two, chance
        self.group = f"{two.name}-g"
        self.topics = [f"{two.name}-t", f"{two.name}-u"]
        self.members = [Member(two, index, chance.choice([None, None, f"i{index % 2}"])) for index in range(MEMBERS)]

    def tell(self, steps):
        def prepare(world):
            world.known["members"] = []
            world.known["topics"] = {name: world.session.topic(name, 2) for name in self.topics}
            world.session.coordinator(self.group)

        self.two.each(prepare)
        kinds = [
            (self.join, 10), (self.sync, 8), (self.beat, 4), (self.leave, 3), (self.commit, 5), (self.fetch, 3), (self.describe, 4),
            (self.listed, 1), (self.delete, 1), (self.delete_offsets, 2),
        ]
        try:
            for _ in range(steps):
                self.chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]()
                self.answers()
        finally:
            for member in self.members:
                for session in member.sessions:
                    session.hang_up()

    def version(self, api, least=0):
        low, high = self.two.range(api)
        return self.chance.randint(max(low, least), high)

    # Members.

    def free(self):
        return self.chance.choice([member for member in self.members if member.pending is None] or [None])

    def begins(self, member, what, api, version, values):
        """Asks what may be answered when somebody else has done something."""
        for side, session in enumerate(member.sessions):
            session.post(session.frame(api, version, values(side)))
        member.pending = (f"M{member.index} {what}", api, version)
        self.two.story.append(f"  {api} {version} M{member.index} {what} ...")

    def answers(self):
        """Takes what has been answered meanwhile."""
        for member in self.members:
            if member.pending and self.has_answer(member):
                what, api, version = member.pending
                member.pending = None
                answers = [session.decode(api, version, session.answer()) for session in member.sessions]
                if api == "JoinGroup":
                    self.joined(member, answers)
                self.two.compare(what, api, version, answers)

    def has_answer(self, member):
        """Whether both brokers have answered; if one has, the other is given time."""
        sockets = [session.socket for session in member.sessions]
        until = time.monotonic() + AT_ONCE
        while True:
            ready = select.select(sockets, [], [], 0.02)[0]
            if len(ready) == 2:
                return True
            if ready and until < time.monotonic() + AT_ONCE:
                until = time.monotonic() + AT_LAST
            if time.monotonic() > until:
                self.two.must(not ready, f"{member.pending}: answered by {['Kafka', 'us'][sockets.index(ready[0])] if ready else ''} alone")
                return False

    def joined(self, member, answers):
        for side, answer in enumerate(answers):
            if answer["error_code"] in (0, 79):
                member.ids[side] = answer["member_id"]
            known = self.two.worlds[side].known["members"]
            if answer["member_id"] and answer["member_id"] not in known:
                known.append(answer["member_id"])
        if answers[0]["error_code"] == 0:
            member.generation = answers[0]["generation_id"]
            member.led = [[row["member_id"] for row in answer["members"]] for answer in answers]

    def id(self, member):
        """A function from a side to the member's id, or to a wrong one."""
        lot = self.chance.random()
        return (lambda side: member.ids[side]) if lot < 0.9 else (lambda _: "nobody") if lot < 0.95 else (lambda _: "")

    def generation(self, member):
        return member.generation + (0 if self.chance.random() < 0.9 else self.chance.choice([-1, 1]))

    def instance(self, member, version, since):
        if version < since:
            return {}
        return {"group_instance_id": member.instance if self.chance.random() < 0.95 else "i9"}

    def join(self):
        member = self.free()
        if member is None:
            return
        version, id = self.version("JoinGroup"), self.id(member)
        names = self.chance.choice([["range"], ["range", "sticky"], ["range"], ["sticky"]])
        topics = self.chance.choice([self.topics[:1], self.topics])
        protocols = [{"name": name, "metadata": subscription(topics)} for name in names]
        kind = "consumer" if self.chance.random() < 0.95 else "connect"
        always = {"group_id": self.group, "session_timeout_ms": LONG, "protocol_type": kind, "protocols": protocols} | self.instance(member, version, 5)
        always |= {"rebalance_timeout_ms": LONG} if version >= 1 else {}
        values = lambda side: {**always, "member_id": id(side)}
        self.begins(member, f"with {names}, {kind}, {always.get('group_instance_id')}", "JoinGroup", version, values)

    def sync(self):
        member = self.free()
        if member is None:
            return
        version, id, generation = self.version("SyncGroup"), self.id(member), self.generation(member)
        always = {"group_id": self.group, "generation_id": generation} | self.instance(member, version, 3)
        if version >= 5:
            always |= {"protocol_type": "consumer", "protocol_name": self.chance.choice(["range", "range", "range", None, "sticky"])}

        def values(side):
            # Members are named in the order of the other side, not in that of an answer.
            led = sorted(member.led[side], key=self.two.worlds[side].known["members"].index) if member.led else []
            return {**always, "member_id": id(side), "assignments": [{"member_id": one, "assignment": f"part {at}".encode()} for at, one in enumerate(led)]}

        self.begins(member, f"of {generation}, {always.get('protocol_name')}", "SyncGroup", version, values)

    def each(self, member, what, api, version, values):
        """Asks on a connection of its own, and is answered at once."""
        self.two.tell(f"M{member.index} {what}", api, version, lambda world: values(self.two.worlds.index(world)))

    def beat(self):
        member = self.chance.choice(self.members)
        version, id, generation = self.version("Heartbeat"), self.id(member), self.generation(member)
        always = {"group_id": self.group, "generation_id": generation} | self.instance(member, version, 3)
        self.each(member, f"of {generation}", "Heartbeat", version, lambda side: {**always, "member_id": id(side)})

    def leave(self):
        member = self.chance.choice(self.members)
        version, id = self.version("LeaveGroup"), self.id(member)
        instance = self.instance(member, version, 3)

        def values(side):
            if version < 3:
                return {"group_id": self.group, "member_id": id(side)}
            return {"group_id": self.group, "members": [{"member_id": id(side) if not instance.get("group_instance_id") else "", **instance}]}

        self.each(member, f"{instance}", "LeaveGroup", version, values)

    # Offsets.

    def commit(self):
        member = self.chance.choice([None, *self.members])
        version = self.version("OffsetCommit", 2)
        id, generation = (self.id(member), self.generation(member)) if member else (lambda _: "", -1)
        topic, offset = self.chance.choice([*self.topics, "nowhere"]), self.chance.randint(-2, 30)
        rows = [{"partition_index": self.chance.randint(0, 2), "committed_offset": offset, "committed_metadata": self.chance.choice(["", "m", None])}]
        always = {"group_id": self.group, "generation_id_or_member_epoch": generation}
        always |= self.instance(member, version, 7) if member else {}

        def values(side):
            known = self.two.worlds[side].known["topics"]
            name = {"topic_id": known.get(topic, known[self.topics[0]])} if version >= 10 else {"name": topic}
            return {**always, "member_id": id(side), "topics": [{**name, "partitions": rows}]}

        self.two.tell(f"{offset} of {topic} by {member and f'M{member.index}'} of {generation}", "OffsetCommit", version, lambda world: values(self.two.worlds.index(world)))

    def fetch(self):
        version = self.version("OffsetFetch")
        topics = [{"name": topic, "partition_indexes": [0, 1]} for topic in self.topics]
        asked = None if version >= 2 and self.chance.random() < 0.4 else topics

        def values(world):
            if version < 8:
                return {"group_id": self.group, "topics": asked}
            rows = asked and [{**({"topic_id": world.known["topics"][row["name"]]} if version >= 10 else {"name": row["name"]}), "partition_indexes": [0, 1]} for row in asked]
            return {"groups": [{"group_id": self.group, "topics": rows}]}

        self.two.tell("all" if asked is None else "", "OffsetFetch", version, values)

    def delete_offsets(self):
        topics = [{"name": topic, "partitions": [{"partition_index": self.chance.randint(0, 2)}]} for topic in self.topics]
        self.two.tell("", "OffsetDelete", 0, lambda _: {"group_id": self.group, "topics": topics})

    # The group.

    def describe(self):
        self.two.tell("", "DescribeGroups", self.version("DescribeGroups"), lambda _: {"groups": [self.group]})

    def listed(self):
        def shown(world, answer):
            answer["groups"] = [one for one in answer["groups"] if one["group_id"] == self.group]
            return world.show(answer)

        version = self.version("ListGroups")
        values = {"states_filter": self.chance.choice([[], ["Stable"], ["Empty", "PreparingRebalance"]])} if version >= 4 else {}
        self.two.tell(f"{values}", "ListGroups", version, lambda _: values, shown)

    def delete(self):
        self.two.tell("", "DeleteGroups", self.version("DeleteGroups"), lambda _: {"groups_names": [self.group]})


def subscription(topics):
    """A consumer's subscription, version 1."""
    names = b"".join(struct.pack(">h", len(name)) + name.encode() for name in topics)
    return struct.pack(">hi", 1, len(topics)) + names + struct.pack(">ii", -1, 0)

"""Groups of the consumer protocol (KIP-848): joins, what is given up and taken, static members, expressions, mistakes.

Who gets which partition is left to the assignor, and Apache Kafka's goes through a hash table of members: where that
makes a difference, the story ends.
"""

import uuid

from two import Ends

MEMBERS = 3
PARTITIONS = 6
LONG = 120_000


def tell(two, chance, steps):
    Story(two, chance).tell(steps)


class Member:
    def __init__(self, two, index, instance):
        # The client's own id, which it may choose since version 1.
        self.id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{two.name} {index}"))
        self.index, self.instance = index, instance
        self.epoch = 0
        # What it was given last, and what it says it owns: one for each world.
        self.given, self.owned = [None, None], [[], []]


class Story:
    def __init__(self, two, chance):
        self.two, self.chance = two, chance
        self.group = f"{two.name}-g"
        self.topics = [f"{two.name}-t", f"{two.name}-u"]
        self.assignor = chance.choice(["uniform", "range", None])
        self.members = [Member(two, index, chance.choice([None, None, f"i{index % 2}"])) for index in range(MEMBERS)]

    def tell(self, steps):
        def prepare(world):
            world.known["topics"] = {name: world.session.topic(name, PARTITIONS) for name in self.topics}
            world.session.coordinator(self.group)

        self.two.each(prepare)
        kinds = [(self.join, 5), (self.beat, 14), (self.leave, 3), (self.describe, 3), (self.commit, 5), (self.fetch, 3), (self.delete, 1), (self.delete_offsets, 1), (self.classic, 1)]
        for _ in range(steps):
            self.chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]()

    def side(self, world):
        return self.two.worlds.index(world)

    def shown(self, world, answer):
        """Of an assignment, how many partitions."""
        return world.show(self.fold(answer))

    def fold(self, value):
        if isinstance(value, dict):
            if "topic_partitions" in value:
                return sum(len(row["partitions"]) for row in value["topic_partitions"])
            return {name: self.fold(item) for name, item in value.items() if name != "error_message"}
        return [self.fold(item) for item in value] if isinstance(value, list) else value

    def shares(self, world):
        """How many partitions of which topic everybody has, and shall have."""
        names = {id: name for name, id in world.known["topics"].items()}
        group = world.ask("ConsumerGroupDescribe", 1, {"group_ids": [self.group]})["groups"][0]
        kinds = [(one["member_id"], kind, one[kind]["topic_partitions"]) for one in group["members"] for kind in ("assignment", "target_assignment")]
        return sorted((id, kind, names[row["topic_id"]], len(row["partitions"])) for id, kind, rows in kinds for row in rows)

    def heartbeat(self, member, what, always, epoch, owned):
        values = lambda world: {"group_id": self.group, "member_id": member.id, "member_epoch": epoch, **always,
                                "topic_partitions": owned(world)}
        answers = [world.ask("ConsumerGroupHeartbeat", 1, values(world)) for world in self.two.worlds]
        self.two.compare(f"M{member.index} {what}", "ConsumerGroupHeartbeat", 1, answers, self.shown, values(self.two.worlds[1]))
        if answers[0]["error_code"] == 0:
            member.epoch = max(answers[0]["member_epoch"], 0)
            for side, answer in enumerate(answers):
                if answer["assignment"]:
                    member.given[side] = answer["assignment"]["topic_partitions"]
        if self.shares(self.two.worlds[0]) != self.shares(self.two.worlds[1]):
            raise Ends("the assignor's choice")

    def join(self):
        member = self.chance.choice(self.members)
        always = {"rebalance_timeout_ms": LONG, "instance_id": member.instance, "server_assignor": self.assignor}
        lot = self.chance.random()
        if lot < 0.75:
            always["subscribed_topic_names"] = self.chance.choice([self.topics[:1], self.topics])
        elif lot < 0.9:
            always["subscribed_topic_regex"] = f"{self.two.name}-[tu]"
            always["subscribed_topic_names"] = []
        else:
            always |= self.chance.choice([{"subscribed_topic_names": None}, {"server_assignor": "nonsense", "subscribed_topic_names": self.topics}, {"rebalance_timeout_ms": -1, "subscribed_topic_names": self.topics}])
        member.owned = [[], []]
        self.heartbeat(member, f"joins with {always}", always, 0, lambda _: [])
        self.wait_for_expressions(always)

    def wait_for_expressions(self, always):
        """An expression is resolved behind the members' backs."""
        if always.get("subscribed_topic_regex"):
            raise Ends("when an expression is resolved is a matter of time")

    def anyone(self):
        """A member, sooner one that has joined."""
        there = [member for member in self.members if member.epoch > 0]
        return self.chance.choice(there if there and self.chance.random() < 0.9 else self.members)

    def beat(self):
        member = self.anyone()
        lot = self.chance.random()
        epoch = member.epoch + (0 if lot < 0.93 else self.chance.choice([-1, 1]))
        if epoch <= 0:
            epoch = 1
        always = {"instance_id": member.instance if self.chance.random() < 0.97 else "i7"}
        kind = self.chance.choice(["owns", "owns", "owns", "nothing", "keeps", "changes"])
        if kind == "owns":
            member.owned = [list(given or []) for given in member.given]
        if kind == "changes":
            always["subscribed_topic_names"] = self.chance.choice([self.topics[:1], self.topics])
        owned = (lambda world: None) if kind in ("nothing", "changes") else (lambda world: member.owned[self.side(world)])
        self.heartbeat(member, f"{kind} {always} at {epoch}", always, epoch, owned)

    def leave(self):
        member = self.anyone()
        epoch = -1 if member.instance is None or self.chance.random() < 0.5 else -2
        self.heartbeat(member, f"leaves with {epoch}", {"instance_id": member.instance}, epoch, lambda _: None)
        member.given = [None, None]

    def describe(self):
        self.two.tell("", "ConsumerGroupDescribe", self.chance.randint(0, 1), lambda _: {"group_ids": [self.group]}, self.shown)

    def commit(self):
        member = self.chance.choice([None, *self.members, *self.members])
        version = self.chance.randint(6, 10)
        epoch = -1 if member is None else member.epoch + (0 if self.chance.random() < 0.9 else self.chance.choice([-1, 1]))
        topic = self.chance.choice(self.topics)
        rows = [{"partition_index": self.chance.randrange(PARTITIONS), "committed_offset": self.chance.randrange(30), "committed_metadata": ""}]

        def values(world):
            name = {"topic_id": world.known["topics"][topic]} if version >= 10 else {"name": topic}
            return {"group_id": self.group, "generation_id_or_member_epoch": epoch, "member_id": member.id if member else "", "topics": [{**name, "partitions": rows}]}

        self.two.tell(f"by {member and f'M{member.index}'} at {epoch}", "OffsetCommit", version, values)

    def fetch(self):
        member = self.chance.choice([None, *self.members])
        version = self.chance.randint(8, 10)
        epoch = -1 if member is None else member.epoch + (0 if self.chance.random() < 0.85 else self.chance.choice([-1, 1]))
        said = {"member_id": member.id, "member_epoch": epoch} if member and version >= 9 else {}

        def values(world):
            topics = [{**({"topic_id": world.known["topics"][topic]} if version >= 10 else {"name": topic}), "partition_indexes": list(range(PARTITIONS))} for topic in self.topics]
            return {"groups": [{"group_id": self.group, **said, "topics": topics}]}

        self.two.tell(f"{said}", "OffsetFetch", version, values)

    def delete_offsets(self):
        topics = [{"name": topic, "partitions": [{"partition_index": 0}]} for topic in self.topics]
        self.two.tell("", "OffsetDelete", 0, lambda _: {"group_id": self.group, "topics": topics})

    def delete(self):
        self.two.tell("", "DeleteGroups", self.chance.randint(0, 2), lambda _: {"groups_names": [self.group]})

    def classic(self):
        """What the old protocol is told of the group."""
        lot = self.chance.randrange(3)
        if lot == 0:
            self.two.tell("", "DescribeGroups", self.chance.randint(0, 6), lambda _: {"groups": [self.group]})
        elif lot == 1:
            self.two.tell("", "Heartbeat", 4, lambda _: {"group_id": self.group, "generation_id": 1, "member_id": self.members[0].id})
        else:
            self.two.tell("", "LeaveGroup", 5, lambda _: {"group_id": self.group, "members": [{"member_id": self.members[0].id}]})

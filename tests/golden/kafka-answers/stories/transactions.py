"""Producers with and without transactions, in every state and with every mistake: who may write, and what readers see."""

import time

from batches import NOW, batch, told

PREPARING = {"PrepareCommit", "PrepareAbort", "PrepareEpochFence"}
PARTITIONS = 2


def tell(two, chance, steps):
    Story(two, chance).tell(steps)


class Story:
    def __init__(self, two, chance):
        self.two, self.chance = two, chance
        self.ids = [f"{two.name}-x", f"{two.name}-y"]
        self.topics = [f"{two.name}-a", f"{two.name}-b"]
        self.group = f"{two.name}-g"
        # Of each transactional id (and of none), how many producers it has been given; both worlds have them in `known`.
        self.given = {id: 0 for id in [*self.ids, None]}
        # The next sequence number by producer, epoch and partition; and what was taken last.
        self.next, self.taken = {}, {}

    def tell(self, steps):
        def prepare(world):
            world.known["topics"] = {name: world.session.topic(name, PARTITIONS) for name in self.topics}
            world.session.coordinator(self.group)
            for id in self.ids:
                world.session.coordinator(id, 1)
            world.session.producer_ids()

        self.two.each(prepare)
        self.init(self.ids[0], "none")
        kinds = [
            (self.begin, 5), (self.produce, 12), (self.add_partitions, 5), (self.add_offsets, 3), (self.commit_offsets, 4),
            (self.end, 5), (self.describe, 3), (self.producers, 3), (self.read, 4), (self.ends, 3), (self.offsets, 2), (self.listed, 1),
        ]
        for _ in range(steps):
            self.chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]()

    # Who acts.

    def producer(self, id, twist="right"):
        """A function from a world to a producer id and its epoch."""
        count = self.given[id]
        back = {"older": 2, "oldest": count}.get(twist, 1)

        def of(world):
            if count == 0:
                return 4000, 0
            producer, epoch = world.known["producers", id][-min(back, count)]
            return producer + (100000 if twist == "unknown" else 0), max(epoch + {"newer": 1, "before": -1}.get(twist, 0), 0)

        return of

    def twist(self, right=0.8):
        return "right" if self.chance.random() < right else self.chance.choice(["older", "oldest", "unknown", "newer", "before"])

    def keep(self, id, answers):
        """What an answer has given."""
        if answers[0] and answers[0]["error_code"] == 0 and answers[0].get("producer_id", -1) >= 0:
            for world, answer in zip(self.two.worlds, answers):
                world.known.setdefault(("producers", id), []).append((answer["producer_id"], answer["producer_epoch"]))
            self.given[id] += 1

    def settle(self):
        """Waits for the ends of transactions."""
        def over(world):
            deadline = time.monotonic() + 10
            while True:
                answer = world.session.ask("DescribeTransactions", 0, {"transactional_ids": self.ids})
                if not any(one["transaction_state"] in PREPARING for one in answer["transaction_states"]):
                    return
                assert time.monotonic() < deadline, answer
                time.sleep(0.005)

        self.two.each(over)

    # What is done.

    def begin(self):
        id = self.chance.choice([*self.ids, *self.ids, None])
        self.init(id, self.chance.choice(["none", "none", "right", "older", "oldest", "newer", "before", "unknown"]))

    def init(self, id, twist):
        version = self.chance.randint(0, 5)
        own = self.producer(id, twist)

        def values(world):
            values = {"transactional_id": id, "transaction_timeout_ms": 60000}
            if version >= 3 and twist != "none":
                values |= dict(zip(("producer_id", "producer_epoch"), own(world)))
            return values

        self.keep(id, self.two.tell(f"{id} with {twist}", "InitProducerId", version, values))
        self.settle()

    def produce(self):
        id, twist = self.chance.choice([*self.ids, *self.ids, None]), self.twist()
        own, version = self.producer(id, twist), self.chance.randint(3, 13)
        topic, partition = self.chance.choice(self.topics), self.chance.randrange(PARTITIONS)
        transactional = id is not None and self.chance.random() < 0.9
        said = id if self.chance.random() < 0.95 else self.chance.choice([None, "", *self.ids])
        key = (*own(self.two.worlds[0]), topic, partition)
        step = 0 if self.chance.random() < 0.8 else self.chance.choice([-1, -2, 1, 5])
        sequence = max(self.next.get(key, 0) + step, 0)
        count = self.chance.randint(1, 3)
        if key in self.taken and self.chance.random() < 0.15:
            sequence, count = self.chance.choice(self.taken[key])
        records = [f"{self.chance.randrange(1000)}".encode() for _ in range(count)]

        def values(world):
            bytes_ = batch(*records, producer=(*own(world), sequence), attributes=16 if transactional else 0)
            data = {"partition_data": [{"index": partition, "records": bytes_}]}
            data |= {"topic_id": world.known["topics"][topic]} if version >= 13 else {"name": topic}
            return {"transactional_id": said, "acks": -1, "timeout_ms": 10000, "topic_data": [data]}

        what = f"{count} of {id} {twist} to {topic} {partition}, sequence {sequence}, transactional {transactional} as {said}"
        answers = self.two.tell(what, "Produce", version, values, without_words)
        if answers[0] and answers[0]["responses"][0]["partition_responses"][0]["error_code"] == 0:
            self.next[key] = max(self.next.get(key, 0), sequence + count)
            self.taken.setdefault(key, []).append((sequence, count))

    def add_partitions(self):
        id, twist = self.chance.choice(self.ids), self.twist()
        own, version = self.producer(id, twist), self.chance.randint(0, 5)
        chosen = self.chance.sample([(topic, partition) for topic in [*self.topics, "nowhere"] for partition in range(PARTITIONS + 1)], self.chance.randint(1, 2))
        if self.chance.random() < 0.8:
            chosen = [(topic, partition) for topic, partition in chosen if topic != "nowhere" and partition < PARTITIONS] or [(self.topics[0], 0)]
        verify = version >= 4 and self.chance.random() < 0.3

        def values(world):
            producer, epoch = own(world)
            topics = [{"name": name, "partitions": [p for t, p in chosen if t == name]} for name in dict.fromkeys(t for t, _ in chosen)]
            if version < 4:
                return {"v3_and_below_transactional_id": id, "v3_and_below_producer_id": producer, "v3_and_below_producer_epoch": epoch, "v3_and_below_topics": topics}
            return {"transactions": [{"transactional_id": id, "producer_id": producer, "producer_epoch": epoch, "verify_only": verify, "topics": topics}]}

        self.two.tell(f"{chosen} to {id} {twist}, verify {verify}", "AddPartitionsToTxn", version, values)

    def add_offsets(self):
        id, twist = self.chance.choice(self.ids), self.twist()
        own = self.producer(id, twist)
        values = lambda world: {"transactional_id": id, "group_id": self.group, **named(own(world))}
        self.two.tell(f"to {id} {twist}", "AddOffsetsToTxn", self.chance.randint(0, 4), values)

    def commit_offsets(self):
        id, twist = self.chance.choice(self.ids), self.twist()
        own, offset = self.producer(id, twist), self.chance.randint(0, 50)
        topic, partition = self.chance.choice([*self.topics, *self.topics, "nowhere"]), self.chance.randrange(PARTITIONS + 1)
        rows = [{"partition_index": partition, "committed_offset": offset, "committed_metadata": "m"}]
        version = self.chance.randint(0, 5)
        member = {"generation_id": self.chance.choice([0, 1]), "member_id": self.chance.choice(["", "m"])} if version >= 3 and self.chance.random() < 0.15 else {}

        def values(world):
            return {"transactional_id": id, "group_id": self.group, **named(own(world)), **member, "topics": [{"name": topic, "partitions": rows}]}

        self.two.tell(f"{offset} of {topic} {partition} in {id} {twist} {member}", "TxnOffsetCommit", version, values)

    def end(self):
        id, twist, committed = self.chance.choice(self.ids), self.twist(0.85), self.chance.random() < 0.6
        own, version = self.producer(id, twist), self.chance.randint(0, 5)
        values = lambda world: {"transactional_id": id, **named(own(world)), "committed": committed}
        self.keep(id, self.two.tell(f"{id} {twist}, committed {committed}", "EndTxn", version, values))
        self.settle()

    # What is seen.

    def describe(self):
        self.two.tell("", "DescribeTransactions", 0, lambda _: {"transactional_ids": self.ids})

    def producers(self):
        topics = [{"name": topic, "partition_indexes": list(range(PARTITIONS))} for topic in self.topics]
        self.two.tell("", "DescribeProducers", 0, lambda _: {"topics": topics}, without_words)

    def read(self):
        topic, partition = self.chance.choice(self.topics), self.chance.randrange(PARTITIONS)
        isolation, start, version = self.chance.randint(0, 1), self.chance.choice([0, 0, 1, 3, 7, 100]), self.chance.randint(4, 17)

        def values(world):
            row = {"partition": partition, "fetch_offset": start, "partition_max_bytes": 1 << 20}
            row |= {"current_leader_epoch": -1} if version >= 9 else {}
            name = {"topic_id": world.known["topics"][topic]} if version >= 13 else {"topic": topic}
            return {"replica_id": -1, "max_wait_ms": 0, "min_bytes": 0, "max_bytes": 1 << 20, "isolation_level": isolation, "session_epoch": -1, "topics": [{**name, "partitions": [row]}]}

        def shown(world, answer):
            for one in answer["responses"]:
                for row in one["partitions"]:
                    batches = list(told(row["records"] or b""))
                    # Apache Kafka looks further for aborted transactions than it gives records.
                    end = max((int(said.partition("+")[0]) for said in batches), default=-1)
                    row["aborted_transactions"] = [aborted for aborted in row["aborted_transactions"] or [] if aborted["first_offset"] <= end]
                    row["records"] = "; ".join(batches)
            return world.show(answer)

        self.two.tell(f"{topic} {partition} at {start}, isolation {isolation}", "Fetch", version, values, shown)

    def ends(self):
        version = self.chance.randint(2, 9)
        isolation, time_ = self.chance.randint(0, 1), self.chance.choice([-1, -1, -2, -3 if version >= 7 else -1, NOW, NOW + 1])
        rows = [{"partition_index": index, "timestamp": time_} for index in range(PARTITIONS)]
        topics = [{"name": topic, "partitions": rows} for topic in self.topics]
        self.two.tell(f"{time_}, isolation {isolation}", "ListOffsets", version, lambda _: {"replica_id": -1, "isolation_level": isolation, "topics": topics})

    def offsets(self):
        version, stable = self.chance.randint(1, 7), self.chance.random() < 0.7
        topics = [{"name": topic, "partition_indexes": list(range(PARTITIONS))} for topic in self.topics]
        values = {"group_id": self.group, "topics": topics} | ({"require_stable": stable} if version >= 7 else {})
        self.two.tell(f"stable {stable}", "OffsetFetch", version, lambda _: values)

    def listed(self):
        def shown(world, answer):
            answer["transaction_states"] = [one for one in answer["transaction_states"] if one["transactional_id"] in self.ids]
            return world.show(answer)

        states = self.chance.choice([[], ["Ongoing"], ["Empty", "CompleteAbort"]])
        self.two.tell(f"{states}", "ListTransactions", self.chance.randint(0, 1), lambda _: {"state_filters": states}, shown)


def named(producer):
    return dict(zip(("producer_id", "producer_epoch"), producer))


def without_words(world, answer):
    """Messages of the log say file names and numbers of their own."""
    def strip(value):
        if isinstance(value, dict):
            return {name: strip(item) for name, item in value.items() if not name.endswith("message")}
        return [strip(item) for item in value] if isinstance(value, list) else value

    return world.show(strip(answer))

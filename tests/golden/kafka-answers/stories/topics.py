"""Topics: made, grown, configured, emptied and deleted, rightly and wrongly, and what is told of them meanwhile."""

import time

from batches import batch

# Values of a topic's settings, good and bad ones.
SETTINGS = {
    "cleanup.policy": ["delete", "compact", "compact,delete", "", "nonsense", "delete,delete"],
    "retention.ms": ["1000000", "-1", "-2", "x", "9223372036854775807", "9223372036854775808"],
    "retention.bytes": ["-1", "1000", "-2"],
    "segment.bytes": ["1048576", "1048575", "14", "2147483647", "2147483648"],
    "segment.ms": ["1", "0", "100000"],
    "segment.jitter.ms": ["0", "5", "-1"],
    "max.message.bytes": ["100", "0", "-1", "1048588"],
    "min.insync.replicas": ["1", "0", "2"],
    "compression.type": ["producer", "gzip", "zstd", "uncompressed", "brotli"],
    "compression.gzip.level": ["-1", "1", "9", "10", "0"],
    "compression.zstd.level": ["-131072", "22", "23"],
    "message.timestamp.type": ["CreateTime", "LogAppendTime", "createtime"],
    "message.timestamp.after.max.ms": ["0", "-1", "3600000"],
    "min.cleanable.dirty.ratio": ["0", "0.5", "1", "1.1", "x"],
    "preallocate": ["true", "false", "maybe", "TRUE"],
    "flush.messages": ["1", "0", "10000"],
    "index.interval.bytes": ["0", "4096", "-1"],
    "file.delete.delay.ms": ["0", "60000", "-1"],
    "unclean.leader.election.enable": ["true", "false"],
    "leader.replication.throttled.replicas": ["*", "0:1", "0:1,1:1", "", "nonsense"],
    "no.such.setting": ["1"],
    "min.compaction.lag.ms": ["0", "-1", "100"],
    "max.compaction.lag.ms": ["1", "0", "100"],
    "delete.retention.ms": ["0", "-1"],
    "local.retention.ms": ["-2", "-1", "5"],
}
LISTS = ["cleanup.policy", "leader.replication.throttled.replicas", "retention.ms"]
TOPIC = 2


def tell(two, chance, steps):
    Story(two, chance).tell(steps)


class Story:
    def __init__(self, two, chance):
        self.two, self.chance = two, chance
        self.names = [f"{two.name}-{letter}" for letter in "abc"]

    def tell(self, steps):
        kinds = [
            (self.create, 8), (self.delete, 3), (self.grow, 5), (self.alter, 10), (self.replace, 3), (self.configs, 5), (self.metadata, 4),
            (self.partitions, 2), (self.produce, 6), (self.delete_records, 4), (self.ends, 4), (self.elect, 2), (self.reassign, 3), (self.reassigning, 1), (self.epochs, 1),
        ]
        for _ in range(steps):
            self.chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]()

    def version(self, api, least=0):
        low, high = self.two.range(api)
        return self.chance.randint(max(low, least), high)

    def name(self):
        return self.chance.choice([*self.names * 4, f"{self.two.name}-none", "", "a b", ".", "x" * 250])

    def settle(self):
        """What a controller has decided, its broker knows a moment later."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            shown = [self.seen(world) for world in self.two.worlds]
            if shown[0] == shown[1]:
                return
            time.sleep(0.01)
        self.two.must(False, f"Kafka has {shown[0]}\n  here:     {shown[1]}")

    def seen(self, world):
        topics = world.session.ask("Metadata", 12, {"topics": [{"name": name} for name in self.names], "allow_auto_topic_creation": False})["topics"]
        rows = [{"partition_index": index, "timestamp": -1} for index in range(3)]
        there = [{"name": topic["name"], "partitions": rows[:len(topic["partitions"])]} for topic in topics if topic["error_code"] == 0]
        ends = world.session.ask("ListOffsets", 7, {"replica_id": -1, "topics": there})
        resources = [{"resource_type": TOPIC, "resource_name": name, "configuration_keys": list(SETTINGS)} for name in self.names]
        return [world.show(topics), world.show(ends), world.show(self.rows(world.session.ask("DescribeConfigs", 4, {"resources": resources, "include_synonyms": True})))]

    def rows(self, answer):
        """Without what this broker does otherwise on purpose: its durability, and the words of its documentation."""
        for result in answer["results"]:
            result["configs"] = [{**row, "documentation": None} for row in result["configs"] if row["name"] != "flush.messages" or row["config_source"] == 1]
            for row in result["configs"]:
                if row["name"] == "flush.messages" and "synonyms" in row:
                    row["synonyms"] = [one for one in row["synonyms"] if one["source"] == 1]
        return answer

    def without_words(self, world, answer):
        def strip(value):
            if isinstance(value, dict):
                return {name: strip(item) for name, item in value.items() if not name.endswith("message")}
            return [strip(item) for item in value] if isinstance(value, list) else value

        return world.show(strip(answer))

    def changes(self, what, api, version, values, shown=None):
        self.two.tell(what, api, version, lambda _: values, shown)
        self.settle()

    def setting(self):
        name = self.chance.choice(list(SETTINGS))
        return name, self.chance.choice(SETTINGS[name])

    # Changes.

    def create(self):
        version, name = self.version("CreateTopics"), self.name()
        topic = {"name": name, "num_partitions": self.chance.choice([1, 2, 3, 3, 0, -1]), "replication_factor": self.chance.choice([1, 1, 1, 1, -1, 0, 2])}
        if self.chance.random() < 0.15:
            topic |= {"num_partitions": self.chance.choice([-1, 1]), "replication_factor": self.chance.choice([-1, 1])}
            topic["assignments"] = self.chance.choice([[{"partition_index": 0, "broker_ids": [1]}], [{"partition_index": 1, "broker_ids": [1]}], [{"partition_index": 0, "broker_ids": [2]}], [{"partition_index": 0, "broker_ids": [1, 1]}]])
        if self.chance.random() < 0.4:
            topic["configs"] = [{"name": key, "value": value} for key, value in dict(self.setting() for _ in range(2)).items()]
        values = {"topics": [topic], "timeout_ms": 10000} | ({"validate_only": self.chance.random() < 0.2} if version >= 1 else {})

        def shown(world, answer):
            for row in answer["topics"]:
                row["configs"] = [one for one in row.get("configs") or [] if one["name"] != "flush.messages"]
            return self.without_words(world, answer)

        self.changes(f"{values}", "CreateTopics", version, values, shown)

    def delete(self):
        version, name = self.version("DeleteTopics", 1), self.name()
        values = {"topic_names": [name], "timeout_ms": 10000} if version < 6 else {"topics": [{"name": name}], "timeout_ms": 10000}
        self.changes(name, "DeleteTopics", version, values)

    def grow(self):
        version = self.version("CreatePartitions")
        topic = {"name": self.name(), "count": self.chance.choice([1, 2, 3, 3, 0, -1])}
        if self.chance.random() < 0.2:
            topic["assignments"] = self.chance.choice([[{"broker_ids": [1]}], [{"broker_ids": [2]}], [], [{"broker_ids": []}]])
        values = {"topics": [topic], "timeout_ms": 10000, "validate_only": self.chance.random() < 0.2}
        self.changes(f"{values}", "CreatePartitions", version, values, self.without_words)

    def alter(self):
        version = self.version("IncrementalAlterConfigs")
        rows = []
        for _ in range(self.chance.choice([1, 1, 2])):
            name, value = self.setting()
            operation = self.chance.choice([0, 0, 0, 1, 2, 3])
            if operation >= 2:
                name = self.chance.choice(LISTS)
                value = self.chance.choice(SETTINGS[name])
            rows.append({"name": name, "config_operation": operation, "value": None if operation == 1 else value})
        values = {"resources": [{"resource_type": TOPIC, "resource_name": self.name(), "configs": rows}], "validate_only": self.chance.random() < 0.15}
        self.changes(f"{values}", "IncrementalAlterConfigs", version, values, self.without_words)

    def replace(self):
        version = self.version("AlterConfigs")
        rows = [{"name": name, "value": value} for name, value in dict(self.setting() for _ in range(2)).items()]
        values = {"resources": [{"resource_type": TOPIC, "resource_name": self.name(), "configs": rows}], "validate_only": self.chance.random() < 0.15}
        self.changes(f"{values}", "AlterConfigs", version, values, self.without_words)

    def produce(self):
        name, partition, version = self.chance.choice(self.names), self.chance.randrange(3), self.chance.randint(3, 12)
        key = self.chance.choice([None, b"k"])
        records = [(key, b"v" * self.chance.choice([1, 200]))] * self.chance.randint(1, 3)
        # The middle of 2023, and a year that is far.
        at = self.chance.choice([1_700_000_000_000, 1_700_000_000_000, 4_000_000_000_000])
        data = [{"name": name, "partition_data": [{"index": partition, "records": batch(*records, at=at)}]}]
        values = {"transactional_id": None, "acks": -1, "timeout_ms": 10000, "topic_data": data}
        self.changes(f"{len(records)} of key {key} at {at} to {name} {partition}", "Produce", version, values, self.without_words)

    def delete_records(self):
        version, name = self.version("DeleteRecords"), self.chance.choice(self.names)
        rows = [{"partition_index": self.chance.randrange(3), "offset": self.chance.choice([-1, 0, 1, 2, 50, -2])}]
        values = {"topics": [{"name": name, "partitions": rows}], "timeout_ms": 10000}
        self.changes(f"{name} {rows}", "DeleteRecords", version, values)

    def elect(self):
        version = self.version("ElectLeaders")
        asked = self.chance.choice([[{"topic": self.chance.choice(self.names), "partitions": [self.chance.randrange(3)]}], []])
        values = {"topic_partitions": asked, "timeout_ms": 10000} | ({"election_type": self.chance.choice([0, 1])} if version >= 1 else {})
        self.changes(f"{values}", "ElectLeaders", version, values, self.without_words)

    def reassign(self):
        rows = [{"partition_index": self.chance.randrange(3), "replicas": self.chance.choice([[1], [1], [2], [], [1, 1], [1, 2], None, [-1]])}]
        values = {"topics": [{"name": self.chance.choice(self.names), "partitions": rows}], "timeout_ms": 10000}
        self.changes(f"{values}", "AlterPartitionReassignments", self.version("AlterPartitionReassignments"), values, self.without_words)

    # What is told.

    def reassigning(self):
        topics = self.chance.choice([None, [{"name": self.names[0], "partition_indexes": [0, 1]}]])
        self.two.tell("", "ListPartitionReassignments", 0, lambda _: {"topics": topics, "timeout_ms": 10000})

    def configs(self):
        version = self.version("DescribeConfigs", 1)
        resources = [{"resource_type": TOPIC, "resource_name": self.name(), "configuration_keys": self.chance.choice([None, list(SETTINGS)[:5], ["no.such.setting"]])}]
        values = {"resources": resources, "include_synonyms": self.chance.random() < 0.5}
        self.two.tell(f"{values}", "DescribeConfigs", version, lambda _: values, lambda world, answer: world.show(self.rows(answer)))

    def metadata(self):
        version = self.version("Metadata", 4)
        values = {"topics": [{"name": name} for name in dict.fromkeys([self.chance.choice(self.names), self.name()])], "allow_auto_topic_creation": False}
        self.two.tell(f"{values}", "Metadata", version, lambda _: values)

    def partitions(self):
        values = {"topics": [{"name": name} for name in self.names], "response_partition_limit": self.chance.choice([1, 2, 2000])}
        if self.chance.random() < 0.3:
            values["cursor"] = {"topic_name": self.chance.choice(self.names), "partition_index": self.chance.randrange(3)}
        self.two.tell(f"{values}", "DescribeTopicPartitions", 0, lambda _: values)

    def ends(self):
        version = self.version("ListOffsets", 1)
        rows = [{"partition_index": index, "timestamp": self.chance.choice([-1, -2, -3, 0, 1_700_000_000_000, 5_000_000_000_000])} for index in range(self.chance.choice([1, 3]))]
        rows = [row | ({"timestamp": -2} if row["timestamp"] == -3 and version < 7 else {}) for row in rows]
        values = {"replica_id": -1, "topics": [{"name": self.chance.choice(self.names), "partitions": rows}]}
        self.two.tell(f"{rows}", "ListOffsets", version, lambda _: values)

    def epochs(self):
        version = self.version("OffsetForLeaderEpoch")
        rows = [{"partition": self.chance.randrange(3), "leader_epoch": self.chance.choice([0, 1, -1])}]
        values = {"topics": [{"topic": self.chance.choice(self.names), "partitions": rows}]} | ({"replica_id": -1} if version >= 3 else {})
        self.two.tell(f"{rows}", "OffsetForLeaderEpoch", version, lambda _: values)

"""What a cluster of one node says to requests that move, elect, describe and delete."""

from batches import batch


def cases(k):
    k.topic("on-there", 2, retention_ms=-1)
    k.produce("on-there", batch(b"a", b"b", b"c"))

    def records(name, topic, *rows):
        rows = [{"partition_index": index, "offset": offset} for index, offset in rows]
        k.case(name, "DeleteRecords", topics=[{"name": topic, "partitions": rows}], timeout_ms=10000)

    records("records: to 1", "on-there", (0, 1))
    records("records: back to 0", "on-there", (0, 0))
    records("records: behind the end", "on-there", (0, 9))
    records("records: to the end", "on-there", (0, -1))
    records("records: -2", "on-there", (0, -2))
    records("records: unknown partition", "on-there", (7, 0))
    records("records: unknown topic", "on-unknown", (0, 0))
    records("records: bad topic", "a b", (0, 0))
    k.topic("on-compact", retention_ms=-1, cleanup_policy="compact")
    records("records: compacted", "on-compact", (0, -1))
    records("records: twice", "on-there", (1, 0), (1, 5))
    k.coordinator("on-group")
    records("records: internal topic", "__consumer_offsets", (0, 0))

    def elect(name, topic, partitions, kind=0, **more):
        k.case(name, "ElectLeaders", election_type=kind, topic_partitions=[{"topic": topic, "partitions": partitions}], **more)

    for kind in [0, 1, 2, -1]:
        elect(f"election of kind {kind}", "on-there", [0], kind)
    elect("election: unknown partition", "on-there", [7])
    elect("election: unknown topic", "on-unknown", [0])
    elect("election: no partition", "on-there", [])
    elect("election: twice", "on-there", [0, 0])
    low, high = k.ranges.get("ElectLeaders", (0, -1))
    for version in range(low, high + 1):
        # Which partitions there are is up to the cases before.
        answer = k.ask("ElectLeaders", version, {"topic_partitions": None})
        said = {k.show(row["error_code"]) for topic in answer["replica_election_results"] for row in topic["partition_result"]}
        k.note("ElectLeaders", version, "election: all", f"{k.show(answer.get('error_code'))}, of partitions: {sorted(said)}")
    k.case("election: none", "ElectLeaders", topic_partitions=[])

    def move(name, replicas, topic="on-there", partition=0, **more):
        k.case(name, "AlterPartitionReassignments", topics=[{"name": topic, "partitions": [{"partition_index": partition, "replicas": replicas}]}], **more)

    move("move to itself", [1])
    move("move to another", [7])
    move("move to nobody", [])
    move("move to both", [1, 7])
    move("move to itself twice", [1, 1])
    move("move to -1", [-1])
    move("move to both, the factor stays", [1, 7], allow_replication_factor_change=False)
    move("cancelled", None)
    move("move: unknown partition", [1], partition=7)
    move("move: unknown topic", [1], topic="on-unknown")
    move("cancel: unknown topic", None, topic="on-unknown")
    k.case("moves: all", "ListPartitionReassignments")
    k.case("moves: of one", "ListPartitionReassignments", topics=[{"name": "on-there", "partition_indexes": [0]}])
    k.case("moves: of an unknown one", "ListPartitionReassignments", topics=[{"name": "on-unknown", "partition_indexes": [0]}])

    def directory(name, path, topic, partition):
        k.case(name, "AlterReplicaLogDirs", dirs=[{"path": path, "topics": [{"name": topic, "partitions": [partition]}]}])

    directory("directory: elsewhere", "/no/such", "on-there", 0)
    directory("directory: elsewhere, unknown topic", "/no/such", "on-unknown", 0)
    directory("directory: relative", "x", "on-there", 0)
    k.case("directories: unknown topic", "DescribeLogDirs", topics=[{"topic": "on-unknown", "partitions": [0]}])
    k.case("directories: no topic", "DescribeLogDirs", topics=[])
    k.case("directories: one", "DescribeLogDirs", topics=[{"topic": "on-there", "partitions": [0, 7]}])

    def quorum(name, topic, partition=0):
        shown = {"error_code", "error_message", "topic_name", "partition_index", "leader_id"}
        k.case(name, "DescribeQuorum", shown=shown, topics=[{"topic_name": topic, "partitions": [{"partition_index": partition}]}])

    quorum("quorum", "__cluster_metadata")
    quorum("quorum: partition 1", "__cluster_metadata", 1)
    quorum("quorum: another topic", "on-there")
    quorum("quorum: unknown topic", "on-unknown")
    k.case("quorum: nothing", "DescribeQuorum", topics=[])

    def feature(name, feature, level, **more):
        k.case(name, "UpdateFeatures", (1, 2), feature_updates=[{"feature": feature, "max_version_level": level, **more}], validate_only=True)

    feature("feature: unknown", "nonsense", 1)
    feature("feature: too high", "transaction.version", 9)
    feature("feature: down without saying so", "transaction.version", 0)
    feature("feature: down", "transaction.version", 0, upgrade_type=2)
    feature("feature: the same", "transaction.version", 2)
    feature("feature: negative", "transaction.version", -1)
    feature("feature: empty", "", 1)
    feature("feature: kind 9", "transaction.version", 1, upgrade_type=9)
    feature("feature: metadata down", "metadata.version", 7, upgrade_type=2)
    feature("feature: metadata too low", "metadata.version", 1, upgrade_type=3)
    feature("feature: metadata too high", "metadata.version", 99)
    feature("feature: kraft down", "kraft.version", 0, upgrade_type=2)
    k.case("feature: twice", "UpdateFeatures", (1, 2), feature_updates=[{"feature": "group.version", "max_version_level": 1}] * 2, validate_only=True)
    k.case("feature: none", "UpdateFeatures", (1, 2), validate_only=True)
    for kind in [0, 1, 2, 3]:
        k.case(f"cluster: endpoints of kind {kind}", "DescribeCluster", (1, 2), endpoint_type=kind)
    k.case("cluster: operations", "DescribeCluster", include_cluster_authorized_operations=True)

    def partitions(name, *topics, **more):
        k.case(name, "DescribeTopicPartitions", topics=[{"name": topic} for topic in topics], **more)

    partitions("partitions", "on-there")
    partitions("partitions: unknown", "on-unknown")
    partitions("partitions: bad", "a b")
    partitions("partitions: empty", "")
    partitions("partitions: twice", "on-there", "on-there")
    partitions("partitions: limit 1", "on-there", response_partition_limit=1)
    partitions("partitions: limit 0", "on-there", response_partition_limit=0)
    partitions("partitions: from 1", "on-there", cursor={"topic_name": "on-there", "partition_index": 1})
    partitions("partitions: from -1", "on-there", cursor={"topic_name": "on-there", "partition_index": -1})
    partitions("partitions: from another", "on-there", cursor={"topic_name": "zz", "partition_index": 0})
    k.case("unregister nobody", "UnregisterBroker", broker_id=7)

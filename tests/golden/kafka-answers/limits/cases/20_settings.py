"""A broker whose own settings forbid things: topics are neither deleted nor made by asking, timeouts and metadata are short."""


def cases(k):
    k.topic("lx-there")
    k.coordinator("lx")
    k.coordinator("lx-id", 1)
    k.producer_ids()
    k.words = False
    k.case("by name", "DeleteTopics", topics=[{"name": "lx-there"}], topic_names=["lx-there"], timeout_ms=10000)
    k.case("unknown", "DeleteTopics", topics=[{"name": "lx-unknown"}], topic_names=["lx-unknown"], timeout_ms=10000)
    k.case("nothing", "DeleteTopics", timeout_ms=10000)
    shown = {"error_code", "name", "partition_index"}
    for allowed in (False, True):
        k.case(f"unknown, may be made: {allowed}", "Metadata", (4, 13), shown, topics=[{"name": "lx-unknown"}], allow_auto_topic_creation=allowed)
    k.case("unknown, old version", "Metadata", (0, 3), shown, topics=[{"name": "lx-unknown"}])
    k.case("internal", "Metadata", (4, 13), shown, topics=[{"name": "__share_group_state"}], allow_auto_topic_creation=True)
    k.case("as many partitions as usual", "CreateTopics", (4, 7), {"name", "error_code", "num_partitions", "replication_factor"},
           topics=[{"name": "lx-usual", "num_partitions": -1, "replication_factor": -1}], validate_only=True, timeout_ms=10000)
    for size in (10, 11):
        rows = [{"partition_index": 0, "committed_offset": 5, "committed_metadata": "x" * size}]
        k.case(f"metadata of {size}", "OffsetCommit", (2, 9), group_id="lx", topics=[{"name": "lx-there", "partitions": rows}])
    for timeout in (99, 100, 20000, 20001):
        k.case(f"session timeout {timeout}", "JoinGroup", (4, 9), group_id="lx-join", session_timeout_ms=timeout, rebalance_timeout_ms=1000, member_id="", protocol_type="consumer",
               protocols=[{"name": "range", "metadata": b""}])
    k.own = {"producer_epoch"}
    for timeout in (60000, 60001):
        k.case(f"transaction timeout {timeout}", "InitProducerId", transactional_id="lx-id", transaction_timeout_ms=timeout)

"""Transactions: producer ids, what is added to them, their end, and what is told of them."""

from batches import batch


def cases(k):
    k.topic("tx-there", 2)
    for id in ["tx"] + [f"tx-v{version}x" for version in range(7)]:
        k.coordinator(id, 1)
    k.coordinator("tx-group")

    k.producer_ids()

    def init(name, id, timeout=10000, versions=None, **more):
        k.case(name, "InitProducerId", versions, transactional_id=id, transaction_timeout_ms=timeout, **more)

    init("idempotent", None)
    init("idempotent, no timeout", None, 0)
    init("idempotent, with an id", None, producer_id=5, producer_epoch=1, versions=(3, 6))
    init("empty id", "")
    for timeout in [0, -1, 900001]:
        init(f"timeout {timeout}", "tx", timeout)
    init("a new one", "tx-%v")
    init("id without epoch", "tx", producer_id=5, versions=(3, 6))
    init("epoch without id", "tx", producer_epoch=5, versions=(3, 6))
    init("somebody's id", "tx-fresh-%v", producer_id=5, producer_epoch=1, versions=(3, 6))
    for version in range(0, 6):
        life(k, version)

    def add(name, id="tx-none", topics=(("tx-there", [0]),), **more):
        topics = [{"name": name, "partitions": rows} for name, rows in topics]
        old = {"v3_and_below_transactional_id": id, "v3_and_below_producer_id": 5, "v3_and_below_producer_epoch": 0, "v3_and_below_topics": topics}
        new = [{"transactional_id": id, "producer_id": 5, "producer_epoch": 0, "topics": topics, **more}]
        k.case(name, "AddPartitionsToTxn", transactions=new, **old)

    add("to an unknown id")
    add("unknown topic", topics=[("tx-unknown", [0])])
    add("unknown topic and one", topics=[("tx-unknown", [0]), ("tx-there", [0])])
    add("unknown partition", topics=[("tx-there", [9])])
    add("nothing", topics=[])
    k.case("offsets to an unknown id", "AddOffsetsToTxn", transactional_id="tx-none", producer_id=5, producer_epoch=0, group_id="tx-group")
    k.case("offsets to an empty group", "AddOffsetsToTxn", transactional_id="tx-none", producer_id=5, producer_epoch=0, group_id="")
    k.case("end of an unknown id", "EndTxn", transactional_id="tx-none", producer_id=5, producer_epoch=0, committed=True)
    k.case("end of an empty id", "EndTxn", transactional_id="", producer_id=5, producer_epoch=0, committed=True)
    rows = [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]

    def commit(name, topic="tx-there", id="tx-none", **more):
        k.case(name, "TxnOffsetCommit", transactional_id=id, group_id="tx-group", producer_id=5, producer_epoch=0, topics=[{"name": topic, "partitions": rows}], **more)

    commit("offsets of an unknown id")
    commit("offsets of an unknown topic", topic="tx-unknown")
    k.case("described, unknown", "DescribeTransactions", transactional_ids=["tx-none"])
    k.case("described, empty", "DescribeTransactions", transactional_ids=[""])
    k.case("listed in a state of nonsense", "ListTransactions", state_filters=["Nonsense"])
    k.case("listed by a bad expression", "ListTransactions", 2, transactional_id_pattern="(")
    k.case("listed, of a producer", "ListTransactions", producer_id_filters=[1234567])
    k.case("producers, unknown topic", "DescribeProducers", topics=[{"name": "tx-unknown", "partition_indexes": [0]}])
    k.case("producers, bad topic", "DescribeProducers", topics=[{"name": "a b", "partition_indexes": [0]}])
    k.case("producers, unknown partition", "DescribeProducers", topics=[{"name": "tx-there", "partition_indexes": [9]}])
    k.case("producers, none", "DescribeProducers", topics=[{"name": "tx-there", "partition_indexes": [1]}])

    markers(k, "tx")


def markers(k, prefix):
    """Markers of a coordinator, right and wrong ones."""
    def marker(name, topic=f"{prefix}-there", partition=1, **more):
        marker = {"producer_id": 777, "producer_epoch": 3, "transaction_result": False, "topics": [{"name": topic, "partition_indexes": [partition]}], "coordinator_epoch": 0}
        k.case(name, "WriteTxnMarkers", markers=[{**marker, **more}])

    marker("marker")
    marker("marker, unknown topic", topic=f"{prefix}-unknown")
    marker("marker, unknown partition", partition=9)
    marker("marker, old epoch", producer_epoch=1)
    marker("marker, coordinator goes back", coordinator_epoch=-1)


def life(k, version):
    """One transaction, in this version or the nearest."""
    id = f"tx-life-v{version}x"
    k.coordinator(id, 1)

    def here(api):
        low, high = k.ranges[api]
        return max(low, min(high, version))

    k.case("life: begins", "InitProducerId", here("InitProducerId"), transactional_id=id, transaction_timeout_ms=60000)
    producer = {"producer_id": k.last["producer_id"], "producer_epoch": k.last["producer_epoch"]}
    older = {**producer, "producer_epoch": producer["producer_epoch"] - 1}
    newer = {**producer, "producer_epoch": producer["producer_epoch"] + 1}
    other = {**producer, "producer_id": producer["producer_id"] + 1000}

    def case(name, api, **more):
        k.case(f"life of {version}: {name}", api, here(api), **more)

    def add(name, who, partition=0, **more):
        topics = [{"name": "tx-there", "partitions": [partition]}]
        old = {"v3_and_below_transactional_id": id, "v3_and_below_topics": topics, **{f"v3_and_below_{key}": value for key, value in who.items()}}
        case(name, "AddPartitionsToTxn", transactions=[{"transactional_id": id, "topics": topics, **who, **more}], **old)

    end = {"transactional_id": id, "committed": True}
    case("end before anything", "EndTxn", **end, **producer)
    if version >= 4:
        add("verify before", producer, verify_only=True)
    add("add, newer epoch", newer)
    add("add, older epoch", older)
    add("add, another id", other)
    add("add", producer)
    add("add again", producer)
    add("add, unknown partition", producer, 9)
    if version >= 4:
        add("verify", producer, verify_only=True)
        add("verify another", producer, 1, verify_only=True)
    case("add offsets, another id", "AddOffsetsToTxn", transactional_id=id, group_id="tx-group", **other)
    case("add offsets, newer epoch", "AddOffsetsToTxn", transactional_id=id, group_id="tx-group", **newer)
    case("add offsets", "AddOffsetsToTxn", transactional_id=id, group_id="tx-group", **producer)
    rows = [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]
    topics = [{"name": "tx-there", "partitions": rows}]
    for name, who, more in [("offsets", producer, {}), ("offsets, newer epoch", newer, {}), ("offsets, older epoch", older, {}), ("offsets, another id", other, {}),
                            ("offsets, wrong generation", producer, {"generation_id": 4, "member_id": "nobody"})]:
        if more and version < 3:
            continue
        case(name, "TxnOffsetCommit", transactional_id=id, group_id="tx-group", topics=topics, **who, **more)
    k.case(f"life of {version}: described", "DescribeTransactions", 0, transactional_ids=[id])
    case("end, newer epoch", "EndTxn", **end, **newer)
    case("end, older epoch", "EndTxn", **end, **older)
    case("end, another id", "EndTxn", **end, **other)
    if version < 5:
        k.until("EndTxn", here("EndTxn"), {**end, **producer}, lambda it: it["error_code"] == 0)
        k.until("DescribeTransactions", 0, {"transactional_ids": [id]}, lambda it: it["transaction_states"][0]["transaction_state"] == "CompleteCommit")
        case("end again", "EndTxn", **end, **producer)
        case("end the other way", "EndTxn", transactional_id=id, committed=False, **producer)
    else:
        case("end", "EndTxn", **end, **producer)

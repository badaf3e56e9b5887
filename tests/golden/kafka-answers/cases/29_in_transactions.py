"""Records, offsets and readers while a transaction is open, and after it is aborted or fenced."""

from batches import batch


def cases(k):
    k.own = {"high_watermark", "last_stable_offset", "records", "base_offset"}
    k.words = False
    k.topic("it-there", 3, retention_ms=-1)
    k.coordinator("it-group")
    for version in [3, 8, 11, 12]:
        life(k, version)


def life(k, version):
    id, name = f"it-v{version}x", f"it-topic-v{version}x"
    k.topic(name, 2, retention_ms=-1)
    k.coordinator(id, 1)
    adds = version >= 12
    started = k.until("InitProducerId", 4, {"transactional_id": id, "transaction_timeout_ms": 60000}, lambda it: it["error_code"] == 0)
    producer, epoch = started["producer_id"], started["producer_epoch"]

    def write(title, sequence, partition=0, transactional_id=id, who=producer, at=None, attributes=0x10, topic=name):
        records = batch(b"a", producer=(who, epoch if at is None else at, sequence), attributes=attributes)
        data = [{"name": topic, "partition_data": [{"index": partition, "records": records}]}]
        k.case(f"{version}: {title}", "Produce", version, transactional_id=transactional_id, acks=-1, timeout_ms=10000, topic_data=data)

    def case(title, api, at, **more):
        k.case(f"{version}: {title}", api, at, **more)

    def add(partition=0):
        topics = [{"name": name, "partitions": [partition]}]
        k.until("AddPartitionsToTxn", 3, {"v3_and_below_transactional_id": id, "v3_and_below_producer_id": producer, "v3_and_below_producer_epoch": epoch,
                                          "v3_and_below_topics": topics}, lambda it: it["results_by_topic_v3_and_below"][0]["results_by_partition"][0]["partition_error_code"] == 0)

    if not adds:
        write("write to what was not added", 0)
        add()
    write("write", 0)
    write("write again", 0)
    write("write on", 1)
    write("write with a gap", 7)
    write("write without a transaction", 2, attributes=0)
    write("another id's write", 0, transactional_id="it-other")
    write("another producer's write", 0, who=producer + 1000)
    write("a newer epoch's write", 0, at=epoch + 1)
    write("an older epoch's write", 0, at=epoch - 1)
    read = {"max_wait_ms": 0, "min_bytes": 0, "topics": [{"topic": name, "partitions": [{"partition": 0, "partition_max_bytes": 1 << 20, "fetch_offset": 0}]}]}
    case("read committed while open", "Fetch", version, isolation_level=1, **read)
    for title, time in [("latest", -1), ("earliest", -2), ("by time", 0)]:
        for level in [0, 1]:
            topics = [{"name": name, "partitions": [{"partition_index": 0, "timestamp": time}]}]
            case(f"{title} at level {level} while open", "ListOffsets", 7, replica_id=-1, isolation_level=level, topics=topics)
    case("producers", "DescribeProducers", 0, topics=[{"name": name, "partition_indexes": [0]}])
    group = {"transactional_id": id, "producer_id": producer, "producer_epoch": epoch, "group_id": "it-group"}
    rows = [{"name": name, "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]}]
    if not adds:
        case("offsets of a group that was not added", "TxnOffsetCommit", 3, topics=rows, **group)
        case("the group is added", "AddOffsetsToTxn", 3, **group)
    case("offsets", "TxnOffsetCommit", 5 if adds else 3, topics=rows, **group)
    wanted = [{"group_id": "it-group", "topics": [{"name": name, "partition_indexes": [0]}]}]
    case("offsets, stable ones", "OffsetFetch", 9, groups=wanted, require_stable=True)
    case("offsets, as they are", "OffsetFetch", 9, groups=wanted)
    case("the group is deleted", "DeleteGroups", 2, groups_names=["it-group"])
    case("described", "DescribeTransactions", 0, transactional_ids=[id])
    end = {"transactional_id": id, "producer_id": producer, "producer_epoch": epoch, "committed": False}
    k.until("EndTxn", 5 if adds else 3, end, lambda it: it["error_code"] == 0)
    k.until("DescribeTransactions", 0, {"transactional_ids": [id]}, lambda it: it["transaction_states"][0]["transaction_state"] == "CompleteAbort")
    case("read committed after the abort", "Fetch", version, isolation_level=1, **read)
    case("read uncommitted after the abort", "Fetch", version, isolation_level=0, **read)
    case("offsets after the abort", "OffsetFetch", 9, groups=wanted, require_stable=True)
    write("write after the end", 2)
    if not adds:
        again = {"transactional_id": id, "transaction_timeout_ms": 60000}
        case("the epoch goes up", "InitProducerId", 4, producer_id=producer, producer_epoch=epoch, **again)
        case("the epoch before", "InitProducerId", 4, producer_id=producer, producer_epoch=epoch, **again)
        case("an epoch long ago, old version", "InitProducerId", 3, producer_id=producer, producer_epoch=epoch + 9, **again)
        case("another producer", "InitProducerId", 4, producer_id=producer + 1000, producer_epoch=epoch, **again)
        write("the fenced one writes", 2)
        case("the fenced one ends", "EndTxn", 3, **end)

"""A transaction that takes too long is aborted, and its producer is fenced."""

from batches import batch


def cases(k):
    k.words = False
    k.producer_ids()
    k.coordinator("lt-group")
    for version in (11, 12):
        overdue(k, version)


def overdue(k, version):
    id, topic = f"lt-{version}", f"lt-topic-{version}"
    k.topic(topic, 2)
    k.coordinator(id, 1)
    started = k.until("InitProducerId", 5, {"transactional_id": id, "transaction_timeout_ms": 300}, lambda it: it["error_code"] == 0)
    producer, epoch = started["producer_id"], started["producer_epoch"]
    if version < 12:
        k.until("AddPartitionsToTxn", 3, {"v3_and_below_transactional_id": id, "v3_and_below_producer_id": producer, "v3_and_below_producer_epoch": epoch,
                                          "v3_and_below_topics": [{"name": topic, "partitions": [0]}]},
                lambda it: it["results_by_topic_v3_and_below"][0]["results_by_partition"][0]["partition_error_code"] == 0)

    def write(title, sequence, partition=0, version=version):
        data = [{"name": topic, "partition_data": [{"index": partition, "records": batch(b"x", producer=(producer, epoch, sequence), attributes=0x10)}]}]
        k.case(f"{version}: {title}", "Produce", version, transactional_id=id, acks=-1, timeout_ms=10000, topic_data=data)

    def case(title, api, at, **more):
        k.case(f"{version}: {title}", api, at, **more)

    write("in time", 0)
    k.until("DescribeTransactions", 0, {"transactional_ids": [id]}, lambda it: it["transaction_states"][0]["transaction_state"] == "CompleteAbort")
    case("described", "DescribeTransactions", 0, transactional_ids=[id])
    for at in (3, 11, 12):
        write(f"too late in version {at}", 1, version=at)
        write(f"too late, another partition, in version {at}", 0, 1, version=at)
    who = {"transactional_id": id, "producer_id": producer, "producer_epoch": epoch}
    for at in (0, 1, 2, 4, 5):
        case(f"ended too late in version {at}", "EndTxn", at, committed=True, **who)
        case(f"aborted too late in version {at}", "EndTxn", at, committed=False, **who)
    old = {f"v3_and_below_{name}": value for name, value in who.items()}
    for at in (0, 2, 3):
        case(f"added too late in version {at}", "AddPartitionsToTxn", at, v3_and_below_topics=[{"name": topic, "partitions": [1]}], **old)
        case(f"group added too late in version {at}", "AddOffsetsToTxn", at, group_id="lt-group", **who)
    rows = [{"name": topic, "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]}]
    for at in (0, 3, 4, 5):
        case(f"offsets too late in version {at}", "TxnOffsetCommit", at, group_id="lt-group", topics=rows, **who)
    case("begins again, old version", "InitProducerId", 3, transaction_timeout_ms=60000, **who)
    case("begins again", "InitProducerId", 4, transaction_timeout_ms=60000, **who)
    case("begins again without its id", "InitProducerId", 4, transaction_timeout_ms=60000, transactional_id=id)

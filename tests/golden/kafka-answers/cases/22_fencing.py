"""A transactional producer that begins again while its transaction is open: the one before is fenced, and the new one has to
wait for the end of that transaction. And a topic that wants more replicas than there are."""

from batches import batch


def cases(k):
    k.words = False
    k.producer_ids()
    for version in (0, 2, 3, 4, 5):
        again(k, version)
    replicas(k)


def again(k, version):
    id, topic = f"fn-{version}", f"fn-topic-{version}"
    k.topic(topic, 2, retention_ms=-1)
    k.coordinator(id, 1)
    k.coordinator("fn-group")
    started = k.until("InitProducerId", version, {"transactional_id": id, "transaction_timeout_ms": 60000}, lambda it: it["error_code"] == 0)
    producer, epoch = started["producer_id"], started["producer_epoch"]
    who = {"transactional_id": id, "producer_id": producer, "producer_epoch": epoch}
    old = {f"v3_and_below_{name}": value for name, value in who.items()}

    def case(title, api, at, **more):
        k.case(f"{version}: {title}", api, at, **more)

    def write(title, sequence, at=11, partition=0):
        data = [{"name": topic, "partition_data": [{"index": partition, "records": batch(b"x", producer=(producer, epoch, sequence), attributes=0x10)}]}]
        case(title, "Produce", at, transactional_id=id, acks=-1, timeout_ms=10000, topic_data=data)

    case("adds", "AddPartitionsToTxn", 3, v3_and_below_topics=[{"name": topic, "partitions": [0]}], **old)
    write("writes", 0)
    case("begins again", "InitProducerId", version, transactional_id=id, transaction_timeout_ms=60000)
    k.until("InitProducerId", version, {"transactional_id": id, "transaction_timeout_ms": 60000}, lambda it: it["error_code"] == 0)
    case("described", "DescribeTransactions", 0, transactional_ids=[id])
    for at in (3, 11, 12):
        write(f"the fenced one writes in version {at}", 1, at)
        write(f"the fenced one writes to another partition in version {at}", 0, at, 1)
    for at in (0, 1, 2, 3):
        case(f"the fenced one adds in version {at}", "AddPartitionsToTxn", at, v3_and_below_topics=[{"name": topic, "partitions": [1]}], **old)
        case(f"the fenced one adds a group in version {at}", "AddOffsetsToTxn", at, group_id="fn-group", **who)
        case(f"the fenced one ends in version {at}", "EndTxn", at, committed=True, **who)
    case("the fenced one ends in version 5", "EndTxn", 5, committed=True, **who)
    if version >= 3:
        case("the fenced one begins again", "InitProducerId", version, transaction_timeout_ms=60000, **who)
    rows = [{"name": topic, "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]}]
    for at in (2, 3, 5):
        case(f"the fenced one's offsets in version {at}", "TxnOffsetCommit", at, group_id="fn-group", topics=rows, **who)


def replicas(k):
    k.topic("fn-replicas", min_insync_replicas=2)
    for acks in (-1, 1):
        data = [{"name": "fn-replicas", "partition_data": [{"index": 0, "records": batch(b"x")}]}]
        k.own = {"base_offset"}
        k.case(f"two replicas wanted, acks {acks}", "Produce", (3, 12), acks=acks, timeout_ms=1000, topic_data=data)

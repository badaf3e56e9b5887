"""Idempotent producers: gaps, batches that come twice, sequence numbers that begin again, epochs; and the second protocol of
transactions, whose epochs go up with each of them."""

from batches import batch

MOST = 2147483647


def cases(k):
    k.words = False
    k.producer_ids()
    for version in (3, 7, 12):
        sequences(k, version)
    for commit in (True, False):
        second_protocol(k, commit)


def sequences(k, version):
    topic = f"sq-{version}"
    k.topic(topic, retention_ms=-1)

    def write(title, id, sequence, count=1, epoch=0):
        data = [{"name": topic, "partition_data": [{"index": 0, "records": batch(*[b"x"] * count, producer=(id, epoch, sequence))}]}]
        k.case(f"{version}: {title}", "Produce", version, acks=-1, timeout_ms=10000, topic_data=data)

    for sequence in range(7):
        write(f"sequence {sequence}", 900, sequence)
    for sequence in range(7):
        write(f"sequence {sequence} again", 900, sequence)
    write("a gap", 900, 9)
    write("on after the gap", 900, 7)
    write("two at once", 900, 8, 2)
    write("the two again", 900, 8, 2)
    write("the second of the two", 900, 9)
    write("the two and one more", 900, 8, 3)
    write("the first of the two", 900, 8)
    write("a new epoch with the next sequence", 900, 10, epoch=1)
    write("a new epoch", 900, 0, epoch=1)
    write("the epoch before", 900, 10)
    write("the epoch before, again", 900, 8, 2)
    write("two epochs on", 900, 0, epoch=3)
    write("the same in the new epoch", 900, 0, epoch=3)
    write("negative epoch", 900, 0, epoch=-2)
    write("near the end", 901, MOST - 2, 3)
    write("from 0 again", 901, 0)
    write("near the end, again", 901, MOST - 2, 3)
    write("on from 0", 901, 1)
    write("over the end", 902, MOST - 1, 4)
    write("over the end, again", 902, MOST - 1, 4)
    write("on after the end", 902, 2)
    write("1 after the end", 902, 1)
    write("0 after the end", 902, 0)
    write("the most alone", 903, MOST)
    write("0 after the most", 903, 0)
    write("1 after 0", 903, 1)
    write("a gap over the end", 904, MOST)
    write("1 instead of 0", 904, 1)


def second_protocol(k, commit):
    word = "commit" if commit else "abort"
    id, topic = f"sq-{word}", f"sq-topic-{word}"
    k.topic(topic, 2, retention_ms=-1)
    k.coordinator(id, 1)
    k.coordinator("sq-group")
    started = k.until("InitProducerId", 5, {"transactional_id": id, "transaction_timeout_ms": 60000}, lambda it: it["error_code"] == 0)
    producer, epoch = started["producer_id"], started["producer_epoch"]

    def write(title, at, sequence, partition=0, version=12, who=None):
        records = batch(b"x", producer=(who or producer, at, sequence), attributes=0x10)
        data = [{"name": topic, "partition_data": [{"index": partition, "records": records}]}]
        k.case(f"{word}: {title}", "Produce", version, transactional_id=id, acks=-1, timeout_ms=10000, topic_data=data)

    def end(title, at, how=commit, version=5, who=None):
        k.case(f"{word}: {title}", "EndTxn", version, transactional_id=id, producer_id=who or producer, producer_epoch=at, committed=how)
        return k.last.get("producer_epoch", -1)

    def settled():
        k.until("DescribeTransactions", 0, {"transactional_ids": [id]}, lambda it: it["transaction_states"][0]["transaction_state"].startswith(("Complete", "Empty")))

    def commits(title, at, version=5):
        rows = [{"name": topic, "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]}]
        k.case(f"{word}: {title}", "TxnOffsetCommit", version, transactional_id=id, group_id="sq-group", producer_id=producer, producer_epoch=at, topics=rows)

    end("ended before it began", epoch, True)
    write("write", epoch, 0)
    write("write to another partition", epoch, 0, 1)
    write("write of an epoch to come", epoch + 1, 1)
    write("write of the epoch before", epoch - 1, 1)
    write("write, out of order", epoch, 9)
    write("write of another producer", epoch, 0, who=producer + 1000)
    commits("offsets", epoch)
    commits("offsets of an epoch to come", epoch + 1)
    k.until("EndTxn", 5, {"transactional_id": id, "producer_id": producer, "producer_epoch": epoch, "committed": commit}, lambda it: it["error_code"] == 0)
    settled()
    k.case(f"{word}: described", "DescribeTransactions", 0, transactional_ids=[id])
    end("ended again", epoch)
    end("ended the other way", epoch, not commit)
    end("ended in the new epoch without anything", epoch + 1, True)
    end("ended in an old version", epoch, version=4)
    write("write of the old epoch", epoch, 1)
    write("write of the old epoch, old version", epoch, 1, version=11)
    write("write of the old epoch, oldest version", epoch, 1, version=3)
    commits("offsets of the old epoch", epoch)
    commits("offsets of the old epoch, old version", epoch, 4)
    write("write that goes on in the new epoch", epoch + 1, 1)
    write("write of the new epoch", epoch + 1, 0)
    end("ended in the old epoch while the new one is open", epoch)
    end("ended by another producer", epoch + 1, who=producer + 1000)
    k.case(f"{word}: verified", "AddPartitionsToTxn", 4, transactions=[{"transactional_id": id, "producer_id": producer, "producer_epoch": epoch + 1, "verify_only": True,
                                                                      "topics": [{"name": topic, "partitions": [0, 1]}]}])
    k.case(f"{word}: verified in the old epoch", "AddPartitionsToTxn", 4, transactions=[{"transactional_id": id, "producer_id": producer, "producer_epoch": epoch,
                                                                                       "verify_only": True, "topics": [{"name": topic, "partitions": [0]}]}])
    k.until("EndTxn", 5, {"transactional_id": id, "producer_id": producer, "producer_epoch": epoch + 1, "committed": commit}, lambda it: it["error_code"] == 0)
    settled()
    end("nothing, thrown away", epoch + 2, False)
    settled()
    end("nothing, thrown away again", epoch + 2, False)
    end("nothing, kept", epoch + 3, True)
    k.case(f"{word}: begins again with its epoch", "InitProducerId", 5, transactional_id=id, transaction_timeout_ms=60000, producer_id=producer, producer_epoch=epoch + 3)
    k.case(f"{word}: begins again with an old epoch", "InitProducerId", 5, transactional_id=id, transaction_timeout_ms=60000, producer_id=producer, producer_epoch=epoch)
    k.case(f"{word}: begins again with an epoch to come", "InitProducerId", 5, transactional_id=id, transaction_timeout_ms=60000, producer_id=producer, producer_epoch=epoch + 50)
    k.case(f"{word}: begins again", "InitProducerId", 5, transactional_id=id, transaction_timeout_ms=60000)

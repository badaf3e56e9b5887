"""Fetch 0 to 3: what became of records in format 2 for those who know formats 0 and 1."""

import batches
from batches import batch, told


def cases(k):
    k.topic("of-there", 3, retention_ms=-1)

    def read(name, offset=0, topic="of-there", partition=0, most=1 << 20, shown=True, **more):
        rows = [{"partition": partition, "fetch_offset": offset, "partition_max_bytes": most}]
        asked = {"max_wait_ms": 0, "min_bytes": 1, "topics": [{"topic": topic, "partitions": rows}], "replica_id": -1, **more}
        low, high = k.ranges["Fetch"]
        for version in range(low, high + 1):
            answer = k.ask("Fetch", version, asked)
            if answer is None:
                k.note("Fetch", version, name, "hangs up")
                continue
            said = []
            for topic_ in answer["responses"]:
                for row in topic_["partitions"]:
                    records = row.pop("records")
                    said.append("null" if records is None else "; ".join(told(records)) or "nothing")
            k.note("Fetch", version, name, f"{k.show(answer)}: {' / '.join(said)}")

    now = batches.NOW
    k.produce("of-there", batch((b"k", b"a"), b"b", timestamps=[now, now + 5]))
    k.produce("of-there", batch((b"k", None), headers=[(b"h", b"x")]))
    k.produce("of-there", batch(b"no time", at=-1))
    k.produce("of-there", batch(b"sequence", producer=(77, 0, 0)))
    end = 5
    for offset in range(end + 1):
        read(f"from {offset}", offset)
    read("behind the end", end + 1)
    read("negative offset", -1)
    read("unknown partition", partition=9)
    read("unknown topic", topic="of-unknown")
    read("bad topic", topic="a b")
    read("other broker", replica_id=5)
    read("debug replica", replica_id=-2)
    read("max_bytes 0", max_bytes=0)
    read("max_bytes -1", max_bytes=-1)
    for most in (0, 1, 10, 17, 30, 60, 100, 150, 200, -1):
        read(f"at most {most} bytes", most=most)
        read(f"at most {most} bytes from 1", 1, most=most)
    read("no partition at all", topic="of-there", partition=1)
    k.case("nothing", "Fetch", replica_id=-1, max_wait_ms=0, min_bytes=0)
    rows = [{"partition": 0, "fetch_offset": 0, "partition_max_bytes": 1 << 20}] * 2
    k.own = {"records"}
    k.case("the same partition twice", "Fetch", replica_id=-1, max_wait_ms=0, min_bytes=0, topics=[{"topic": "of-there", "partitions": rows}])
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        k.topic(f"of-{codec}", retention_ms=-1, compression_type=codec)
        k.produce(f"of-{codec}", batch(b"a", (b"k", b"b"), timestamps=[now, now + 5]))
        read(f"{codec}", topic=f"of-{codec}")
        read(f"{codec} from 1", 1, topic=f"of-{codec}")
    k.topic("of-transaction", retention_ms=-1)
    k.coordinator("of-id", 1)
    for committed in (True, False):
        started = k.until("InitProducerId", 4, {"transactional_id": "of-id", "transaction_timeout_ms": 60000}, lambda it: it["error_code"] == 0)
        who = {"producer_id": started["producer_id"], "producer_epoch": started["producer_epoch"]}
        old = {f"v3_and_below_{name}": value for name, value in who.items()}
        k.until("AddPartitionsToTxn", 3, {**old, "v3_and_below_transactional_id": "of-id", "v3_and_below_topics": [{"name": "of-transaction", "partitions": [0]}]},
                lambda it: it["results_by_topic_v3_and_below"][0]["results_by_partition"][0]["partition_error_code"] == 0)
        records = batch(b"a", producer=(*who.values(), 0), attributes=0x10)
        data = [{"name": "of-transaction", "partition_data": [{"index": 0, "records": records}]}]
        k.until("Produce", 9, {"acks": -1, "timeout_ms": 10000, "transactional_id": "of-id", "topic_data": data},
                lambda it: it["responses"][0]["partition_responses"][0]["error_code"] == 0)
        read("an open transaction", topic="of-transaction", offset=0 if committed else 2)
        k.until("EndTxn", 3, {"transactional_id": "of-id", "committed": committed, **who}, lambda it: it["error_code"] == 0)
        k.until("DescribeTransactions", 0, {"transactional_ids": ["of-id"]}, lambda it: it["transaction_states"][0]["transaction_state"].startswith("Complete"))
        read("a finished transaction", topic="of-transaction", offset=0 if committed else 2)
        read("its marker", topic="of-transaction", offset=1 if committed else 3)
    read("transactions with less room than a batch", topic="of-transaction", most=20)
    k.topic("of-deleted", retention_ms=-1)
    k.produce("of-deleted", batch(b"a", b"b"))
    k.until("DeleteRecords", 2, {"topics": [{"name": "of-deleted", "partitions": [{"partition_index": 0, "offset": 1}]}], "timeout_ms": 1000},
            lambda it: it["topics"][0]["partitions"][0]["error_code"] == 0)
    read("deleted", topic="of-deleted")
    read("what is left of a batch", 1, topic="of-deleted")

"""ListOffsets: special timestamps, epochs, isolation."""

import batches
from batches import batch


def cases(k):
    k.topic("lo-there", 2, retention_ms=-1)
    k.produce("lo-there", batch(b"a", b"b", timestamps=[batches.NOW, batches.NOW + 10]))
    k.produce("lo-there", batch(b"c", at=batches.NOW + 5))

    def case(name, *partitions, topic="lo-there", versions=None, **more):
        rows = [{"partition_index": 0, "timestamp": -1, **row} for row in partitions]
        k.case(name, "ListOffsets", versions, topics=[{"name": topic, "partitions": rows}], **{"replica_id": -1, "timeout_ms": 1000, **more})

    for time in range(-1, -9, -1):
        case(f"timestamp {time}", {"timestamp": time})
    for shift in [-5, 0, 5, 6, 10, 11]:
        case(f"time {shift:+}", {"timestamp": batches.NOW + shift})
    case("time 0", {"timestamp": 0})
    case("empty partition", {"partition_index": 1, "timestamp": 0})
    case("empty partition, latest", {"partition_index": 1, "timestamp": -1})
    case("empty partition, of the largest time", {"partition_index": 1, "timestamp": -3})
    case("unknown partition", {"partition_index": 9})
    case("negative partition", {"partition_index": -1})
    case("unknown topic", {}, topic="lo-unknown")
    case("bad topic", {}, topic="a b")
    case("current epoch", {"current_leader_epoch": 0})
    case("newer epoch", {"current_leader_epoch": 3}, versions=(4, 11))
    case("the same partition twice", {}, {"timestamp": -2})
    case("read committed", {}, isolation_level=1)
    case("isolation level 4", {}, isolation_level=4)
    case("other broker", {}, replica_id=5)
    case("debug replica", {}, replica_id=-2)
    case("nothing")

"""OffsetForLeaderEpoch."""

from batches import batch


def cases(k):
    k.topic("ol-there", 2, retention_ms=-1)
    k.produce("ol-there", batch(b"a", b"b"))

    def case(name, topic="ol-there", replica_id=-1, **row):
        row = {"partition": 0, "leader_epoch": 0, **row}
        k.case(name, "OffsetForLeaderEpoch", replica_id=replica_id, topics=[{"topic": topic, "partitions": [row]}])

    case("epoch 0")
    for epoch in [1, 7, -1, -2]:
        case(f"epoch {epoch}", leader_epoch=epoch)
    case("empty partition", partition=1)
    case("unknown partition", partition=9)
    case("unknown topic", topic="ol-unknown")
    case("bad topic", topic="a b")
    for epoch in [0, 1, -2]:
        case(f"current epoch {epoch}", current_leader_epoch=epoch)
    case("of a broker", replica_id=4)

"""CreatePartitions."""


def cases(k):
    k.topic("cp-there", 3)

    def case(name, *topics, **more):
        topics = [{"name": topic, "count": count, "assignments": rows and [{"broker_ids": row} for row in rows]} for topic, count, rows in topics]
        k.case(name, "CreatePartitions", topics=topics, timeout_ms=30000, **{"validate_only": True, **more})

    case("nothing")
    case("one more", ("cp-there", 4, None))
    case("unknown topic", ("cp-unknown", 4, None))
    case("bad name", ("a b", 4, None))
    case("empty name", ("", 4, None))
    for count in [3, 2, 0, -1, 10004, 2147483647]:
        case(f"to {count}", ("cp-there", count, None))
    case("the same topic twice", ("cp-there", 4, None), ("cp-there", 5, None))
    case("the same and another", ("cp-there", 4, None), ("cp-there", 5, None), ("cp-unknown", 1, None))
    case("assigned", ("cp-there", 5, [[1], [1]]))
    case("too few assignments", ("cp-there", 5, [[1]]))
    case("too many assignments", ("cp-there", 4, [[1], [1]]))
    case("no assignment", ("cp-there", 4, []))
    case("unknown broker", ("cp-there", 4, [[9]]))
    case("no replica", ("cp-there", 4, [[]]))
    case("a broker twice", ("cp-there", 4, [[1, 1]]))
    case("another factor", ("cp-there", 5, [[1], [1, 9]]))
    case("internal topic", ("__consumer_offsets", 0, None))

"""Metadata: unknown, wrongly named and created topics, ids."""

import uuid


def cases(k):
    there = k.topic("md-there", 2)

    def case(name, *topics, versions=None, **more):
        shown = {"error_code", "name", "topic_id", "is_internal", "partition_index", "leader_id", "replica_nodes", "isr_nodes", "offline_replicas",
                 "topic_authorized_operations", "cluster_authorized_operations", "throttle_time_ms"}
        k.case(name, "Metadata", versions, shown, topics=list(topics), **{"allow_auto_topic_creation": False, **more})

    case("no topics", versions=(1, 13))
    case("one", {"name": "md-there"})
    case("unknown", {"name": "md-unknown"}, versions=(4, 13))
    case("unknown, may be made", {"name": "md-made-%v"}, allow_auto_topic_creation=True, versions=(4, 13))
    case("bad name, may be made", {"name": "a b"}, allow_auto_topic_creation=True)
    case("bad name", {"name": "a b"}, versions=(4, 13))
    case("empty name", {"name": ""})
    case("too long a name", {"name": "x" * 250})
    case("collides, may be made", {"name": "md.there"}, {"name": "md_there-%v"}, allow_auto_topic_creation=True, versions=(4, 13))
    case("internal, may not be made", {"name": "__transaction_state"}, versions=(4, 13))
    case("twice", {"name": "md-there"}, {"name": "md-there"})
    case("unknown twice", {"name": "md-unknown"}, {"name": "md-unknown"}, versions=(4, 13))
    case("by id", {"name": None, "topic_id": there}, versions=(10, 13))
    case("unknown id", {"name": None, "topic_id": uuid.UUID(int=7)}, versions=(10, 13))
    case("zero id and no name", {"name": None}, versions=(10, 13))
    case("id and name", {"name": "md-there", "topic_id": there}, versions=(10, 13))
    case("id and name of nobody", {"name": "md-nobody", "topic_id": uuid.UUID(int=9)}, versions=(10, 13))
    case("ids and names", {"name": "md-there"}, {"name": None, "topic_id": there}, versions=(12, 13))
    case("operations", {"name": "md-there"}, versions=(8, 13), include_cluster_authorized_operations=True, include_topic_authorized_operations=True)

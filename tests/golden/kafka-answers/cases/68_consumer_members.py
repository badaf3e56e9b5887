"""Consumer groups (KIP-848) of several members: what is given up before it is given away, epochs, both protocols in one group."""

A, B, C = "AAAAAAAAQACAAAAAAAAAAA", "BBBBBBBBQACAAAAAAAAAAA", "CCCCCCCCQACAAAAAAAAAAA"
TOPIC = "cm-there"


def cases(k):
    there = k.topic(TOPIC, 4)
    k.coordinator("cm")
    warm = {"group_id": "cm-warm", "member_id": A, "rebalance_timeout_ms": 10000, "subscribed_topic_names": [TOPIC], "topic_partitions": []}
    k.until("ConsumerGroupHeartbeat", 1, warm, lambda it: it["assignment"] and it["assignment"]["topic_partitions"])
    two(k, there)
    expressions(k)
    both_protocols(k)


class Member:
    def __init__(self, k, group, id, there, **always):
        self.k, self.group, self.id, self.there, self.epoch, self.always = k, group, id, there, 0, always

    def beats(self, title, owns=None, version=1, **more):
        owned = None if owns is None else [{"topic_id": self.there, "partitions": owns}] if owns else []
        first = {"rebalance_timeout_ms": 10000, "subscribed_topic_names": [TOPIC], "topic_partitions": []} if more.get("member_epoch", self.epoch) == 0 else {}
        if owned is not None:
            first["topic_partitions"] = owned
        request = {"group_id": self.group, "member_id": self.id, "member_epoch": self.epoch, "rebalance_timeout_ms": -1, "subscribed_topic_names": None,
                   "topic_partitions": None, **self.always, **first, **more}
        self.k.case(f"{self.group}: {self.id[0]} {title}", "ConsumerGroupHeartbeat", version, **request)
        if self.k.last["error_code"] == 0 and "member_epoch" not in more:
            self.epoch = self.k.last["member_epoch"]
        return self.k.last

    def commits(self, title, epoch, version=9):
        topics = [{"name": TOPIC, "topic_id": self.there, "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_metadata": ""}]}]
        self.k.case(f"{self.group}: {self.id[0]} {title}", "OffsetCommit", version, group_id=self.group, generation_id_or_member_epoch=epoch, member_id=self.id, topics=topics)

    def fetches(self, title, epoch):
        groups = [{"group_id": self.group, "topics": [{"name": TOPIC, "partition_indexes": [0]}], "member_id": self.id, "member_epoch": epoch}]
        self.k.case(f"{self.group}: {self.id[0]} {title}", "OffsetFetch", 9, groups=groups)


def described(k, group, title):
    shown = {"error_code", "group_state", "group_epoch", "assignment_epoch", "assignor_name", "member_epoch", "member_type", "partitions", "topic_name"}
    k.case(f"{group}: {title}", "ConsumerGroupDescribe", 1, {*shown} - {"member_epoch", "partitions"}, group_ids=[group])


def given(answer):
    rows = answer["assignment"] and answer["assignment"]["topic_partitions"]
    return [index for row in rows or [] for index in row["partitions"]]


def two(k, there):
    group = "cm-two"
    a, b = Member(k, group, A, there), Member(k, group, B, there)
    mine = given(a.beats("joins"))
    a.beats("owns what it was given", mine)
    a.beats("goes on")
    described(k, group, "of one")
    b.beats("joins")
    b.beats("waits")
    kept = given(a.beats("has to give up"))
    a.beats("still owns all", mine)
    a.beats("is told no more")
    b.beats("still waits")
    a.commits("commits in its epoch", a.epoch)
    before = a.epoch
    a.beats("gave up", kept)
    theirs = given(b.beats("is given its share"))
    b.beats("owns its share", theirs)
    described(k, group, "of two")
    a.beats("goes on in the new epoch")
    a.commits("commits in the epoch before", before)
    a.commits("commits in the epoch before, old version", before, 8)
    a.commits("commits in the next epoch", a.epoch + 1)
    a.commits("commits in the next epoch, old version", a.epoch + 1, 8)
    a.fetches("fetches in the epoch before", before)
    a.fetches("fetches in the next epoch", a.epoch + 1)
    a.beats("is in the epoch before, with what it owns", kept, member_epoch=before)
    a.beats("is in the epoch before, with more", mine, member_epoch=before)
    a.beats("is in the next epoch", member_epoch=a.epoch + 1)
    a.beats("is in an epoch far back", member_epoch=-4)
    a.beats("owns what is the other's", theirs)
    a.beats("joins again with its id", member_epoch=0)
    a.epoch = k.last["member_epoch"]
    a.beats("another assignor", server_assignor="range")
    a.beats("unknown assignor", server_assignor="nonsense")
    a.beats("another instance", instance_id="i")
    a.beats("subscribes to nothing", subscribed_topic_names=[])
    b.beats("after a subscribed to nothing", theirs)
    b.beats("goes on alone")
    a.beats("subscribes to what is not there", subscribed_topic_names=["cm-unknown"])
    a.beats("leaves", member_epoch=-1)
    a.beats("leaves again", member_epoch=-1)
    a.beats("beats after leaving")
    b.beats("has all")
    k.case(f"{group}: classic delete", "DeleteGroups", 2, groups_names=[group])
    b.beats("leaves", member_epoch=-1)
    described(k, group, "all are gone")
    k.case(f"{group}: deleted", "DeleteGroups", 2, groups_names=[group])


def expressions(k):
    group = "cm-expression"
    k.topic("cm-expressed", 2)

    def beat(title, **more):
        k.case(f"{group}: {title}", "ConsumerGroupHeartbeat", 1, {"error_code", "member_epoch", "heartbeat_interval_ms"},
               **{"group_id": group, "member_id": A, "member_epoch": 0, "rebalance_timeout_ms": 10000, "subscribed_topic_names": None, "topic_partitions": [], **more})

    k.words = False
    for expression in ("(", "[a", "a{1001}", "(?<=a)b", "*", "\\", "a(?!b)", "(?P<n>a)", "x" * 1000):
        beat(f"expression {expression[:10]}", subscribed_topic_regex=expression)
        k.case(f"{group}: after {expression[:10]}", "ConsumerGroupHeartbeat", 1, {"error_code"}, group_id=group, member_id=A, member_epoch=-1)
    beat("empty expression", subscribed_topic_regex="")
    k.case(f"{group}: after none", "ConsumerGroupHeartbeat", 1, {"error_code"}, group_id=group, member_id=A, member_epoch=-1)
    beat("names and an expression", subscribed_topic_regex="cm-exp.*", subscribed_topic_names=[TOPIC])
    k.case(f"{group}: after both", "ConsumerGroupHeartbeat", 1, {"error_code"}, group_id=group, member_id=A, member_epoch=-1)
    k.case(f"{group}: in version 0", "ConsumerGroupHeartbeat", 0, group_id=group, member_id=A, member_epoch=0, rebalance_timeout_ms=10000, subscribed_topic_names=None,
           topic_partitions=[])
    k.words = True


def both_protocols(k):
    """A classic member in a consumer group, and a consumer in a classic group."""
    protocols = [{"name": "range", "metadata": b"\0\1\0\0\0\1\0\x08cm-there\xff\xff\xff\xff\0\0\0\0"}]
    for version in (5, 9):
        group = f"cm-both-{version}"

        def case(title, api, at, **more):
            low, high = k.ranges[api]
            k.case(f"{group}: {title}", api, max(low, min(high, at)), group_id=group, **more)

        def join(title, id="", **more):
            case(title, "JoinGroup", version, **{"session_timeout_ms": 10000, "rebalance_timeout_ms": 10000, "member_id": id, "protocol_type": "consumer", "protocols": protocols, **more})
            return k.last["member_id"], k.last["generation_id"]

        def beat(title, epoch, **more):
            first = {"rebalance_timeout_ms": 10000, "subscribed_topic_names": [TOPIC], "topic_partitions": []} if epoch == 0 else {}
            case(title, "ConsumerGroupHeartbeat", 1, **{"member_id": A, "member_epoch": epoch, "rebalance_timeout_ms": -1, "subscribed_topic_names": None, "topic_partitions": None, **first, **more})
            return k.last["member_epoch"]

        k.own = {"generation_id"}
        epoch = beat("a consumer joins", 0)
        id, _ = join("a classic member asks for an id")
        id, generation = join("a classic member joins", id)
        me = {"member_id": id, "generation_id": generation}
        names = {"protocol_type": "consumer", "protocol_name": "range"}
        k.own = {"generation_id", "assignment"}
        case("it syncs, wrong generation", "SyncGroup", version, **{**me, "generation_id": generation + 1}, **names)
        case("it syncs", "SyncGroup", version, **me, **names)
        case("it syncs, other protocol", "SyncGroup", version, **me, protocol_type="consumer", protocol_name="sticky")
        case("it beats", "Heartbeat", version, **me)
        case("it beats, wrong generation", "Heartbeat", version, **{**me, "generation_id": generation + 1})
        case("it beats as nobody", "Heartbeat", version, **{**me, "member_id": "nobody"})
        k.own = {"generation_id"}
        case("the consumer's id beats", "Heartbeat", version, **{**me, "member_id": A})
        k.case(f"{group}: its id in the other protocol", "ConsumerGroupHeartbeat", 1, group_id=group, member_id=id, member_epoch=generation, topic_partitions=None, subscribed_topic_names=None)
        k.case(f"{group}: described as classic", "DescribeGroups", 5, {"error_code", "group_state", "protocol_type", "error_message"}, groups=[group])
        k.case(f"{group}: the type", "ConsumerGroupDescribe", 1, {"error_code", "group_state", "assignor_name"}, group_ids=[group])
        beat("the consumer leaves", -1)
        case("it leaves", "LeaveGroup", version, member_id=id, members=[{"member_id": id}])
        k.case(f"{group}: empty", "DescribeGroups", 5, {"error_code", "group_state", "protocol_type"}, groups=[group])
        # The other way round.
        group = f"cm-up-{version}"
        id, _ = join("a classic member asks for an id")
        id, generation = join("a classic member joins", id)
        me = {"member_id": id, "generation_id": generation}
        # Which half it is given depends on the other's id, which is made up.
        k.own = {"partitions"}
        beat("a consumer joins before it has its assignment", 0)
        k.own = {"generation_id"}
        case("it syncs", "SyncGroup", version, **me, **names, assignments=[{"member_id": id, "assignment": b"\0\1\0\0\0\1\0\x08cm-there\0\0\0\1\0\0\0\0\0\0\0\0"}])
        case("it beats", "Heartbeat", version, **me)
        case("it leaves", "LeaveGroup", version, member_id=id, members=[{"member_id": id}])
        k.own = set()

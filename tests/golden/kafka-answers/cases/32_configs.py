"""DescribeConfigs, AlterConfigs, IncrementalAlterConfigs, ListConfigResources."""

TOPIC, BROKER, LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32


def cases(k):
    k.topic("cf-there", retention_ms=1000)
    k.topic("cf-alter")
    k.coordinator("cf")

    def describe(name, kind, resource, keys, versions=None, **more):
        k.case(name, "DescribeConfigs", versions, resources=[{"resource_type": kind, "resource_name": resource, "configuration_keys": keys}], **more)

    shown = ["retention.ms", "max.message.bytes"]
    describe("topic", TOPIC, "cf-there", shown)
    describe("topic, synonyms", TOPIC, "cf-there", shown, include_synonyms=True)
    describe("topic, unknown key", TOPIC, "cf-there", ["nonsense"])
    describe("topic, no key", TOPIC, "cf-there", [])
    describe("unknown topic", TOPIC, "cf-unknown", None)
    describe("bad topic", TOPIC, "a b", None)
    describe("empty topic", TOPIC, "", None)
    describe("all brokers", BROKER, "", ["log.retention.ms"])
    describe("broker", BROKER, "1", ["log.cleaner.threads", "message.max.bytes"])
    describe("broker, synonyms", BROKER, "1", ["log.cleaner.threads", "message.max.bytes"], include_synonyms=True)
    describe("unknown broker", BROKER, "7", None)
    describe("broker that is no number", BROKER, "x", None)
    describe("logger of nobody", LOGGER, "7", None)
    describe("logger, no number", LOGGER, "x", None)
    describe("logger, empty", LOGGER, "", None)
    describe("group", GROUP, "cf-group", ["consumer.session.timeout.ms"])
    describe("empty group", GROUP, "", None)
    describe("client metrics, empty", CLIENT_METRICS, "", None)
    for kind in [0, 1, 3, 5, 99, -1]:
        describe(f"type {kind}", kind, "x", None)
    k.case("twice", "DescribeConfigs", resources=[{"resource_type": TOPIC, "resource_name": "cf-there", "configuration_keys": ["retention.ms"]}] * 2)

    def alter(name, kind, resource, *pairs, **more):
        configs = [{"name": key, "value": value} for key, value in pairs]
        k.case(name, "AlterConfigs", resources=[{"resource_type": kind, "resource_name": resource, "configs": configs}], **{"validate_only": True, **more})

    alter("topic", TOPIC, "cf-alter", ("retention.ms", "5"))
    alter("topic, nothing", TOPIC, "cf-alter")
    alter("topic, null", TOPIC, "cf-alter", ("retention.ms", None))
    alter("topic, bad value", TOPIC, "cf-alter", ("retention.ms", "x"))
    alter("topic, unknown key", TOPIC, "cf-alter", ("nonsense", "x"))
    alter("topic, twice the same", TOPIC, "cf-alter", ("retention.ms", "5"), ("retention.ms", "6"))
    alter("unknown topic", TOPIC, "cf-unknown", ("retention.ms", "5"))
    alter("bad topic", TOPIC, "a b", ("retention.ms", "5"))
    alter("empty topic", TOPIC, "", ("retention.ms", "5"))
    alter("broker", BROKER, "1", ("log.cleaner.threads", "2"))
    alter("broker, only at start", BROKER, "1", ("log.dirs", "/x"))
    alter("broker, bad value", BROKER, "1", ("log.cleaner.threads", "x"))
    alter("unknown broker", BROKER, "7", ("log.cleaner.threads", "2"))
    alter("all brokers", BROKER, "", ("log.cleaner.threads", "2"))
    alter("broker that is no number", BROKER, "x", ("log.cleaner.threads", "2"))
    alter("logger", LOGGER, "1", ("root", "INFO"))
    alter("group, bad value", GROUP, "cf-group", ("consumer.session.timeout.ms", "x"))
    alter("group, unknown key", GROUP, "cf-group", ("nonsense", "1"))
    alter("empty group", GROUP, "", ("consumer.session.timeout.ms", "45000"))
    for kind in [0, 1, 99]:
        alter(f"type {kind}", kind, "x", ("a", "b"))

    set_, delete, append, subtract = range(4)

    def change(name, kind, resource, *rows, **more):
        configs = [{"name": key, "config_operation": operation, "value": value} for key, operation, value in rows]
        k.case(name, "IncrementalAlterConfigs", resources=[{"resource_type": kind, "resource_name": resource, "configs": configs}], **{"validate_only": True, **more})

    change("set", TOPIC, "cf-alter", ("retention.ms", set_, "5"))
    change("nothing", TOPIC, "cf-alter")
    change("set to null", TOPIC, "cf-alter", ("retention.ms", set_, None))
    change("set to a bad value", TOPIC, "cf-alter", ("retention.ms", set_, "x"))
    change("set an unknown key", TOPIC, "cf-alter", ("nonsense", set_, "x"))
    change("delete", TOPIC, "cf-alter", ("retention.ms", delete, None))
    change("delete an unknown key", TOPIC, "cf-alter", ("nonsense", delete, None))
    change("append to a list", TOPIC, "cf-alter", ("cleanup.policy", append, "compact"))
    change("append what is there", TOPIC, "cf-alter", ("cleanup.policy", append, "delete"))
    change("append nonsense", TOPIC, "cf-alter", ("cleanup.policy", append, "nonsense"))
    change("append to null", TOPIC, "cf-alter", ("cleanup.policy", append, None))
    change("append to a number", TOPIC, "cf-alter", ("retention.ms", append, "5"))
    change("append to an unknown key", TOPIC, "cf-alter", ("nonsense", append, "5"))
    change("subtract", TOPIC, "cf-alter", ("cleanup.policy", subtract, "compact"))
    change("subtract all", TOPIC, "cf-alter", ("cleanup.policy", subtract, "delete"))
    change("subtract from a number", TOPIC, "cf-alter", ("retention.ms", subtract, "5"))
    change("an unknown operation", TOPIC, "cf-alter", ("retention.ms", 9, "5"))
    change("the same key twice", TOPIC, "cf-alter", ("retention.ms", set_, "5"), ("retention.ms", set_, "5"))
    change("set and delete", TOPIC, "cf-alter", ("retention.ms", set_, "5"), ("retention.ms", delete, None))
    change("unknown topic", TOPIC, "cf-unknown", ("retention.ms", set_, "5"))
    change("bad topic", TOPIC, "a b", ("retention.ms", set_, "5"))
    change("empty topic", TOPIC, "", ("retention.ms", set_, "5"))
    change("internal topic", TOPIC, "__consumer_offsets", ("retention.ms", set_, "x"))
    change("compaction lags", TOPIC, "cf-alter", ("min.compaction.lag.ms", set_, "10"), ("max.compaction.lag.ms", set_, "5"))
    for key, value in [("log.cleaner.threads", "2"), ("log.cleaner.threads", "0"), ("log.cleaner.threads", "x"), ("log.dirs", "/x"), ("nonsense", "1"), ("num.io.threads", "1000"),
                       ("listeners", "PLAINTEXT://:1"), ("min.insync.replicas", "0"), ("log.retention.ms", "-5"), ("compression.type", "x"), ("log.message.timestamp.type", "x"),
                       ("unclean.leader.election.enable", "x"), ("message.max.bytes", "-1"), ("max.connections", "-1"), ("node.id", "2"), ("advertised.listeners", "x")]:
        change(f"broker: {key}={value}", BROKER, "1", (key, set_, value))
        change(f"all brokers: {key}={value}", BROKER, "", (key, set_, value))
    change("broker: append to a list", BROKER, "1", ("log.cleanup.policy", append, "compact"))
    change("broker: append to a number", BROKER, "1", ("log.cleaner.threads", append, "2"))
    change("unknown broker", BROKER, "7", ("log.cleaner.threads", set_, "2"))
    change("broker that is no number", BROKER, "x", ("log.cleaner.threads", set_, "2"))
    for key, value in [("consumer.session.timeout.ms", "45000"), ("consumer.session.timeout.ms", "1"), ("consumer.session.timeout.ms", "x"), ("consumer.heartbeat.interval.ms", "1"),
                       ("nonsense", "1"), ("consumer.heartbeat.interval.ms", "60000")]:
        change(f"group: {key}={value}", GROUP, "cf-group", (key, set_, value))
    change("empty group", GROUP, "", ("consumer.session.timeout.ms", set_, "45000"))
    change("logger, bad level", LOGGER, "1", ("root", set_, "NONSENSE"))
    change("logger, unknown", LOGGER, "1", ("no.such.logger", set_, "INFO"))
    change("logger, append", LOGGER, "1", ("root", append, "INFO"))
    change("logger of another", LOGGER, "7", ("root", set_, "INFO"))
    change("client metrics, unknown key", CLIENT_METRICS, "cf", ("nonsense", set_, "1"))
    for kind in [0, 1, 99]:
        change(f"type {kind}", kind, "x", ("a", set_, "b"))
    k.case("resources of no type", "ListConfigResources", 1, resource_types=[99])
    k.case("group resources", "ListConfigResources", 1, resource_types=[GROUP])
    k.case("brokers and their loggers", "ListConfigResources", 1, resource_types=[BROKER, LOGGER])

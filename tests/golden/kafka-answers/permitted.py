"""Cases whose answer is permitted to differ from Apache Kafka's, and why: in all versions, or in the one that is named;
`*` is every case of it."""

ZERO = "Apache Kafka divides by the number before it looks at it."
NAMES = "Apache Kafka keeps a name that nobody knows; here it is refused."
LISTENERS = "Listeners act at the start only."
WORDS = "The words are those of topics; the code is the same."
FLUSH = "An acknowledged record is on disk: flush.messages is 1 unless it is said otherwise."
ORDER = "Apache Kafka takes an uncompressed batch whose offsets do not rise, and gives consumers records out of order."
INTERNAL = "A config for Apache Kafka's own tests."
EXPRESSION = "The end of the message is the regular expression library's own."
SHARE = "There are no share groups yet; the code is the same."
MADE = "Apache Kafka names the topics that it makes in no order, and a moment later they may still not be there; here they are."
SASL = "Says what to do; the code is the same."
# Of versions that Apache Kafka 4 does not serve.
ALONE = "Since version 3 a partition's bad records do not concern the others; here they do in no version."
WHOLE = "Since version 3 the first batch is given even if there is less room for it; here in every version, or a client could never read on."
ZOOKEEPER = "Version 0 was for offsets in ZooKeeper, which is no more; here it does what version 1 does."
CORDONED = "The words are Apache Kafka 4.3's."
GROUPS = "Groups have configs since Apache Kafka 4.0."
DEFAULT = "Apache Kafka 3.9 leaves is_default out; clients of 0.11, the only ones of version 0, were told it."

PERMITTED = {
    "Metadata | collides, may be made": MADE,
    "FindCoordinator | coordinator of kind 2": SHARE,
    "IncrementalAlterConfigs | broker: log.cleaner.threads=0": ZERO,
    "IncrementalAlterConfigs | all brokers: log.cleaner.threads=0": ZERO,
    "IncrementalAlterConfigs | broker: nonsense=1": NAMES,
    "IncrementalAlterConfigs | all brokers: nonsense=1": NAMES,
    "IncrementalAlterConfigs | broker: listeners=PLAINTEXT://:1": LISTENERS,
    "IncrementalAlterConfigs | all brokers: listeners=PLAINTEXT://:1": LISTENERS,
    "IncrementalAlterConfigs | broker: append to a number": WORDS,
    "DescribeConfigs | topic, no key": FLUSH,
    "Produce | offsets out of order": ORDER,
    "CreateTopics | configs [('internal.segment.bytes', '100')]": INTERNAL,
    "ConsumerGroupHeartbeat | bad expression": EXPRESSION,
    "SaslAuthenticate | authenticate": SASL,
    **{f"Produce {version} | one good, one bad": ALONE for version in range(3)},
    **{f"Fetch {version} | at most {most} bytes{more}": WHOLE for version in range(3) for most in (0, 1, 10, 17, 30, 60) for more in ("", " from 1")},
    **{f"Fetch {version} | transactions with less room than a batch": WHOLE for version in range(3)},
    "OffsetCommit 0 | *": ZOOKEEPER,
    "OffsetFetch 0 | *": ZOOKEEPER,
    **{f"CreateTopics 1 | {count} replicas": CORDONED for count in (2, 3, 32767)},
    "DescribeConfigs 0 | group": GROUPS,
    "DescribeConfigs 0 | empty group": GROUPS,
    "DescribeConfigs 0 | topic": DEFAULT,
    "DescribeConfigs 0 | topic, synonyms": DEFAULT,
    "DescribeConfigs 0 | broker": DEFAULT,
    "DescribeConfigs 0 | broker, synonyms": DEFAULT,
}

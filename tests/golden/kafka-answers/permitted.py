"""Cases whose answer is permitted to differ from Apache Kafka's, in all versions, and why."""

STATIC = "Only configs that act at once can be changed while the broker runs; nothing is taken that has no effect."
LOGGERS = "There are no loggers with Kafka's names; what is logged is said at the start."
FLUSH = "An acknowledged record is on disk: flush.messages is 1 unless it is said otherwise."
ORDER = "Apache Kafka takes an uncompressed batch whose offsets do not rise, and gives consumers records out of order."
INTERNAL = "A config for Apache Kafka's own tests."
EXPRESSION = "The end of the message is the regular expression library's own."
SHARE = "There are no share groups yet; the code is the same."
MADE = "Apache Kafka names the topics that it makes in no order, and a moment later they may still not be there; here they are."
SASL = "Says what to do; the code is the same."

PERMITTED = {
    "Metadata | collides, may be made": MADE,
    "FindCoordinator | coordinator of kind 2": SHARE,
    "AlterConfigs | broker": STATIC,
    "AlterConfigs | broker, bad value": STATIC,
    "AlterConfigs | all brokers": STATIC,
    "IncrementalAlterConfigs | broker: log.cleaner.threads=0": STATIC,
    "IncrementalAlterConfigs | all brokers: log.cleaner.threads=0": STATIC,
    "IncrementalAlterConfigs | broker: log.cleaner.threads=x": STATIC,
    "IncrementalAlterConfigs | all brokers: log.cleaner.threads=x": STATIC,
    "IncrementalAlterConfigs | broker: nonsense=1": STATIC,
    "IncrementalAlterConfigs | all brokers: nonsense=1": STATIC,
    "IncrementalAlterConfigs | broker: listeners=PLAINTEXT://:1": STATIC,
    "IncrementalAlterConfigs | all brokers: listeners=PLAINTEXT://:1": STATIC,
    "IncrementalAlterConfigs | broker: append to a number": STATIC,
    "IncrementalAlterConfigs | logger, bad level": LOGGERS,
    "IncrementalAlterConfigs | logger, unknown": LOGGERS,
    "IncrementalAlterConfigs | logger, append": LOGGERS,
    "IncrementalAlterConfigs | logger of another": LOGGERS,
    "DescribeConfigs | topic, no key": FLUSH,
    "DescribeConfigs | broker": STATIC,
    "DescribeConfigs | broker, synonyms": STATIC,
    "Produce | offsets out of order": ORDER,
    "CreateTopics | configs [('internal.segment.bytes', '100')]": INTERNAL,
    "ConsumerGroupHeartbeat | bad expression": EXPRESSION,
    "SaslAuthenticate | authenticate": SASL,
}

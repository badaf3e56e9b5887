//! The broker configs that Millstream knows, with Kafka 4.3's types and defaults, by name.
//!
//! Those that topic configs fall back to, those that rule topics, groups, offsets and sockets here, and those that Kafka
//! lets be changed while it runs. DescribeConfigs shows these and no others: what is not listed has no effect.

use super::definition::{Check, ConfigDefinition, ConfigType, Synonym};
use Check::{Any, AtLeast, Between, GzipLevel, OneOf};
use ConfigType::{Boolean, Double, Int, List, Long, Short, String};

const fn config(
    name: &'static str,
    kind: ConfigType,
    default: Option<&'static str>,
    check: Check,
) -> ConfigDefinition {
    const NONE: &[Synonym] = &[];
    ConfigDefinition { name, kind, default, check, synonyms: NONE }
}

const CODECS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
const MAX: Option<&str> = Some("9223372036854775807");

/// Every known broker config, sorted by name.
#[rustfmt::skip]
pub static BROKER_CONFIGS: &[ConfigDefinition] = &[
    config("advertised.listeners", List, None, Any),
    config("auto.create.topics.enable", Boolean, Some("true"), Any),
    config("background.threads", Int, Some("10"), AtLeast(1)),
    config("broker.id", Int, Some("-1"), Any),
    config("broker.rack", String, None, Any),
    config("compression.gzip.level", Int, Some("-1"), GzipLevel),
    config("compression.lz4.level", Int, Some("9"), Between(1.0, 17.0)),
    config("compression.type", String, Some("producer"), OneOf(CODECS)),
    config("compression.zstd.level", Int, Some("3"), Between(-131_072.0, 22.0)),
    config("connections.max.idle.ms", Long, Some("600000"), Any),
    config("default.replication.factor", Int, Some("1"), Any),
    config("delete.topic.enable", Boolean, Some("true"), Any),
    config("fetch.max.bytes", Int, Some("57671680"), AtLeast(1024)),
    config("follower.fetch.last.tiered.offset.enable", Boolean, Some("false"), Any),
    config("follower.replication.throttled.rate", Long, MAX, AtLeast(0)),
    config("group.consumer.assignment.interval.ms", Int, Some("1000"), AtLeast(0)),
    config("group.consumer.assignors", List, Some("uniform,range"), Any),
    config("group.consumer.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    config("group.consumer.max.assignment.interval.ms", Int, Some("15000"), AtLeast(0)),
    config("group.consumer.max.heartbeat.interval.ms", Int, Some("15000"), AtLeast(1)),
    config("group.consumer.max.session.timeout.ms", Int, Some("60000"), AtLeast(1)),
    config("group.consumer.max.size", Int, Some("2147483647"), AtLeast(1)),
    config("group.consumer.migration.policy", String, Some("bidirectional"), OneOf(&["bidirectional", "upgrade", "downgrade", "disabled"])),
    config("group.consumer.min.assignment.interval.ms", Int, Some("0"), AtLeast(0)),
    config("group.consumer.min.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    config("group.consumer.min.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
    config("group.consumer.regex.refresh.interval.ms", Int, Some("600000"), AtLeast(10_000)),
    config("group.consumer.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
    config("group.coordinator.cached.buffer.max.bytes", Int, Some("1048588"), AtLeast(524_288)),
    config("group.initial.rebalance.delay.ms", Int, Some("3000"), Any),
    config("group.max.session.timeout.ms", Int, Some("1800000"), Any),
    config("group.max.size", Int, Some("2147483647"), AtLeast(1)),
    config("group.min.session.timeout.ms", Int, Some("6000"), Any),
    config("group.share.assignment.interval.ms", Int, Some("1000"), AtLeast(0)),
    config("group.streams.assignment.interval.ms", Int, Some("1000"), AtLeast(0)),
    config("leader.replication.throttled.rate", Long, MAX, AtLeast(0)),
    config("listeners", List, Some("PLAINTEXT://:9092"), Any),
    config("log.cleaner.backoff.ms", Long, Some("15000"), AtLeast(0)),
    config("log.cleaner.dedupe.buffer.size", Long, Some("134217728"), Any),
    config("log.cleaner.delete.retention.ms", Long, Some("86400000"), AtLeast(0)),
    config("log.cleaner.io.buffer.load.factor", Double, Some("0.9"), Any),
    config("log.cleaner.io.buffer.size", Int, Some("524288"), AtLeast(0)),
    config("log.cleaner.io.max.bytes.per.second", Double, Some("1.7976931348623157E308"), Any),
    config("log.cleaner.max.compaction.lag.ms", Long, MAX, AtLeast(1)),
    config("log.cleaner.min.cleanable.ratio", Double, Some("0.5"), Between(0.0, 1.0)),
    config("log.cleaner.min.compaction.lag.ms", Long, Some("0"), AtLeast(0)),
    config("log.cleaner.threads", Int, Some("1"), AtLeast(1)),
    config("log.cleanup.policy", List, Some("delete"), OneOf(&["compact", "delete"])),
    config("log.dirs", List, None, Any),
    config("log.flush.interval.messages", Long, MAX, AtLeast(1)),
    config("log.flush.interval.ms", Long, None, Any),
    config("log.flush.scheduler.interval.ms", Long, MAX, Any),
    config("log.index.interval.bytes", Int, Some("4096"), AtLeast(0)),
    config("log.index.size.max.bytes", Int, Some("10485760"), AtLeast(4)),
    config("log.local.retention.bytes", Long, Some("-2"), AtLeast(-2)),
    config("log.local.retention.ms", Long, Some("-2"), AtLeast(-2)),
    config("log.message.timestamp.after.max.ms", Long, Some("3600000"), AtLeast(0)),
    config("log.message.timestamp.before.max.ms", Long, MAX, AtLeast(0)),
    config("log.message.timestamp.type", String, Some("CreateTime"), OneOf(&["CreateTime", "LogAppendTime"])),
    config("log.preallocate", Boolean, Some("false"), Any),
    config("log.retention.bytes", Long, Some("-1"), Any),
    config("log.retention.check.interval.ms", Long, Some("300000"), AtLeast(1)),
    config("log.retention.hours", Int, Some("168"), Any),
    config("log.retention.minutes", Int, None, Any),
    config("log.retention.ms", Long, None, Any),
    config("log.roll.hours", Int, Some("168"), AtLeast(1)),
    config("log.roll.jitter.hours", Int, Some("0"), AtLeast(0)),
    config("log.roll.jitter.ms", Long, None, Any),
    config("log.roll.ms", Long, None, Any),
    config("log.segment.bytes", Int, Some("1073741824"), AtLeast(1_048_576)),
    config("log.segment.delete.delay.ms", Long, Some("60000"), AtLeast(0)),
    config("max.connection.creation.rate", Int, Some("2147483647"), AtLeast(0)),
    config("max.connections", Int, Some("2147483647"), AtLeast(0)),
    config("max.connections.per.ip", Int, Some("2147483647"), AtLeast(0)),
    config("max.connections.per.ip.overrides", String, Some(""), Any),
    config("max.incremental.fetch.session.cache.slots", Int, Some("1000"), AtLeast(0)),
    config("message.max.bytes", Int, Some("1048588"), AtLeast(0)),
    config("min.insync.replicas", Int, Some("1"), AtLeast(1)),
    config("node.id", Int, None, AtLeast(0)),
    config("num.io.threads", Int, Some("8"), AtLeast(1)),
    config("num.network.threads", Int, Some("3"), AtLeast(1)),
    config("num.partitions", Int, Some("1"), AtLeast(1)),
    config("num.recovery.threads.per.data.dir", Int, Some("2"), AtLeast(1)),
    config("num.replica.fetchers", Int, Some("1"), AtLeast(1)),
    config("offset.metadata.max.bytes", Int, Some("4096"), Any),
    config("offsets.retention.check.interval.ms", Long, Some("600000"), AtLeast(1)),
    config("offsets.retention.minutes", Int, Some("10080"), AtLeast(1)),
    config("offsets.topic.compression.codec", Int, Some("0"), Any),
    config("offsets.topic.num.partitions", Int, Some("50"), AtLeast(1)),
    config("offsets.topic.replication.factor", Short, Some("3"), AtLeast(1)),
    config("offsets.topic.segment.bytes", Int, Some("104857600"), AtLeast(1)),
    config("process.roles", List, Some(""), OneOf(&["broker", "controller"])),
    config("producer.id.expiration.ms", Int, Some("86400000"), AtLeast(1)),
    config("queued.max.request.bytes", Long, Some("-1"), Any),
    config("remote.fetch.max.wait.ms", Int, Some("500"), AtLeast(1)),
    config("remote.list.offsets.request.timeout.ms", Long, Some("30000"), AtLeast(1)),
    config("remote.log.index.file.cache.total.size.bytes", Long, Some("1073741824"), AtLeast(1)),
    config("remote.log.manager.copier.thread.pool.size", Int, Some("10"), AtLeast(1)),
    config("remote.log.manager.copy.max.bytes.per.second", Long, MAX, AtLeast(1)),
    config("remote.log.manager.expiration.thread.pool.size", Int, Some("10"), AtLeast(1)),
    config("remote.log.manager.fetch.max.bytes.per.second", Long, MAX, AtLeast(1)),
    config("remote.log.manager.follower.thread.pool.size", Int, Some("2"), AtLeast(1)),
    config("remote.log.reader.threads", Int, Some("10"), AtLeast(1)),
    config("replica.alter.log.dirs.io.max.bytes.per.second", Long, MAX, AtLeast(0)),
    config("share.coordinator.cached.buffer.max.bytes", Int, Some("1048588"), AtLeast(524_288)),
    config("socket.request.max.bytes", Int, Some("104857600"), AtLeast(1)),
    config("transaction.max.timeout.ms", Int, Some("900000"), AtLeast(1)),
    config("transaction.partition.verification.enable", Boolean, Some("true"), Any),
    config("transaction.remove.expired.transaction.cleanup.interval.ms", Int, Some("3600000"), AtLeast(1)),
    config("transaction.state.log.num.partitions", Int, Some("50"), AtLeast(1)),
    config("transactional.id.expiration.ms", Int, Some("604800000"), AtLeast(1)),
    config("unclean.leader.election.enable", Boolean, Some("false"), Any),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_and_defaults_are_valid() {
        assert!(BROKER_CONFIGS.is_sorted_by_key(|config| config.name));
        for config in BROKER_CONFIGS {
            config.default.map_or(Ok(()), |default| config.validate(default)).unwrap();
        }
    }

    #[test]
    fn every_synonym_of_a_topic_config_is_known() {
        for synonym in super::super::TOPIC_CONFIGS.iter().flat_map(|config| config.synonyms) {
            assert!(BROKER_CONFIGS.iter().any(|config| config.name == synonym.name), "{}", synonym.name);
        }
    }
}

//! The topic configs of Kafka 4.3 (`TopicConfig`, `LogConfig`, `ServerTopicConfigSynonyms`), by name.
//!
//! Tiered storage is not there, so its configs are listed with the only values that can be kept.

use super::definition::{Check, ConfigDefinition, ConfigType, Synonym, Unit};
use Check::{Any, AtLeast, Between, GzipLevel, OneOf, ThrottledReplicas};
use ConfigType::{Boolean, Double, Int, List, Long, String};

const fn same(name: &'static str) -> Synonym {
    Synonym { name, unit: Unit::Same }
}

const fn hours(name: &'static str) -> Synonym {
    Synonym { name, unit: Unit::Hours }
}

const fn minutes(name: &'static str) -> Synonym {
    Synonym { name, unit: Unit::Minutes }
}

const fn config(
    name: &'static str,
    kind: ConfigType,
    default: &'static str,
    check: Check,
    synonyms: &'static [Synonym],
) -> ConfigDefinition {
    ConfigDefinition { name, kind, default: Some(default), check, synonyms }
}

const CODECS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
const MAX: &str = "9223372036854775807";

/// Every topic config, sorted by name.
#[rustfmt::skip]
pub static TOPIC_CONFIGS: &[ConfigDefinition] = &[
    config("cleanup.policy", List, "delete", OneOf(&["compact", "delete"]), &[same("log.cleanup.policy")]),
    config("compression.gzip.level", Int, "-1", GzipLevel, &[same("compression.gzip.level")]),
    config("compression.lz4.level", Int, "9", Between(1.0, 17.0), &[same("compression.lz4.level")]),
    config("compression.type", String, "producer", OneOf(CODECS), &[same("compression.type")]),
    config("compression.zstd.level", Int, "3", Between(-131_072.0, 22.0), &[same("compression.zstd.level")]),
    config("delete.retention.ms", Long, "86400000", AtLeast(0), &[same("log.cleaner.delete.retention.ms")]),
    config("file.delete.delay.ms", Long, "60000", AtLeast(0), &[same("log.segment.delete.delay.ms")]),
    config("flush.messages", Long, MAX, AtLeast(1), &[same("log.flush.interval.messages")]),
    config("flush.ms", Long, MAX, AtLeast(0), &[same("log.flush.interval.ms"), same("log.flush.scheduler.interval.ms")]),
    config("follower.replication.throttled.replicas", List, "", ThrottledReplicas, &[]),
    config("index.interval.bytes", Int, "4096", AtLeast(0), &[same("log.index.interval.bytes")]),
    config("leader.replication.throttled.replicas", List, "", ThrottledReplicas, &[]),
    config("local.retention.bytes", Long, "-2", AtLeast(-2), &[same("log.local.retention.bytes")]),
    config("local.retention.ms", Long, "-2", AtLeast(-2), &[same("log.local.retention.ms")]),
    config("max.compaction.lag.ms", Long, MAX, AtLeast(1), &[same("log.cleaner.max.compaction.lag.ms")]),
    config("max.message.bytes", Int, "1048588", AtLeast(0), &[same("message.max.bytes")]),
    config("message.timestamp.after.max.ms", Long, "3600000", AtLeast(0), &[same("log.message.timestamp.after.max.ms")]),
    config("message.timestamp.before.max.ms", Long, MAX, AtLeast(0), &[same("log.message.timestamp.before.max.ms")]),
    config("message.timestamp.type", String, "CreateTime", OneOf(&["CreateTime", "LogAppendTime"]), &[same("log.message.timestamp.type")]),
    config("min.cleanable.dirty.ratio", Double, "0.5", Between(0.0, 1.0), &[same("log.cleaner.min.cleanable.ratio")]),
    config("min.compaction.lag.ms", Long, "0", AtLeast(0), &[same("log.cleaner.min.compaction.lag.ms")]),
    config("min.insync.replicas", Int, "1", AtLeast(1), &[same("min.insync.replicas")]),
    config("preallocate", Boolean, "false", Any, &[same("log.preallocate")]),
    config("remote.log.copy.disable", Boolean, "false", Any, &[]),
    config("remote.log.delete.on.disable", Boolean, "false", Any, &[]),
    config("remote.storage.enable", Boolean, "false", Any, &[]),
    config("retention.bytes", Long, "-1", Any, &[same("log.retention.bytes")]),
    config("retention.ms", Long, "604800000", AtLeast(-1), &[same("log.retention.ms"), minutes("log.retention.minutes"), hours("log.retention.hours")]),
    config("segment.bytes", Int, "1073741824", AtLeast(1_048_576), &[same("log.segment.bytes")]),
    config("segment.index.bytes", Int, "10485760", AtLeast(4), &[same("log.index.size.max.bytes")]),
    config("segment.jitter.ms", Long, "0", AtLeast(0), &[same("log.roll.jitter.ms"), hours("log.roll.jitter.hours")]),
    config("segment.ms", Long, "604800000", AtLeast(1), &[same("log.roll.ms"), hours("log.roll.hours")]),
    config("unclean.leader.election.enable", Boolean, "false", Any, &[same("unclean.leader.election.enable")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_and_defaults_are_valid() {
        assert!(TOPIC_CONFIGS.is_sorted_by_key(|config| config.name));
        for config in TOPIC_CONFIGS {
            config.validate(config.default.unwrap()).unwrap();
        }
    }
}

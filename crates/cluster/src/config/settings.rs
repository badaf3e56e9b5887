//! A topic's configs as typed values: what the log needs to know.

use std::collections::BTreeMap;

use super::effective::topic_configs;
use crate::Image;

/// `cleanup.policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanupPolicy {
    /// Old segments are deleted.
    pub delete: bool,
    /// Only the last record of a key is kept.
    pub compact: bool,
}

/// `message.timestamp.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's time.
    CreateTime,
    /// The broker's time.
    LogAppendTime,
}

/// A topic's settings, each under its config's name; times in ms, sizes in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicSettings {
    /// `cleanup.policy`.
    pub cleanup_policy: CleanupPolicy,
    /// `compression.type`.
    pub compression_type: String,
    /// `delete.retention.ms`.
    pub delete_retention_ms: i64,
    /// `file.delete.delay.ms`.
    pub file_delete_delay_ms: i64,
    /// `flush.messages`.
    pub flush_messages: i64,
    /// `flush.ms`.
    pub flush_ms: i64,
    /// `index.interval.bytes`.
    pub index_interval_bytes: i32,
    /// `max.compaction.lag.ms`.
    pub max_compaction_lag_ms: i64,
    /// `max.message.bytes`.
    pub max_message_bytes: i32,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `min.cleanable.dirty.ratio`.
    pub min_cleanable_dirty_ratio: f64,
    /// `min.compaction.lag.ms`.
    pub min_compaction_lag_ms: i64,
    /// `min.insync.replicas`.
    pub min_insync_replicas: i32,
    /// `preallocate`.
    pub preallocate: bool,
    /// `retention.bytes`; negative for no limit.
    pub retention_bytes: i64,
    /// `retention.ms`; negative for no limit.
    pub retention_ms: i64,
    /// `segment.bytes`.
    pub segment_bytes: i32,
    /// `segment.index.bytes`.
    pub segment_index_bytes: i32,
    /// `segment.jitter.ms`.
    pub segment_jitter_ms: i64,
    /// `segment.ms`.
    pub segment_ms: i64,
}

impl TopicSettings {
    /// The topic's settings on the broker `node_id`, which was started with `start` (broker config names).
    ///
    /// A stored value that cannot be read (written by another release) counts as not set.
    pub fn resolve(image: &Image, topic: &str, node_id: i32, start: &BTreeMap<String, String>) -> Self {
        let values: BTreeMap<String, String> = topic_configs(image, topic, node_id, start)
            .into_iter()
            .filter_map(|config| Some((config.name, config.value?)))
            .collect();
        Self::from_values(&values)
    }

    fn from_values(values: &BTreeMap<String, String>) -> Self {
        fn number<T: std::str::FromStr>(values: &BTreeMap<String, String>, name: &str, default: T) -> T {
            values.get(name).and_then(|value| value.trim().parse().ok()).unwrap_or(default)
        }
        let text = |name: &str| values.get(name).map_or("", |value| value.trim());
        let policy = |policy: &str| text("cleanup.policy").split(',').any(|item| item.trim() == policy);
        Self {
            cleanup_policy: CleanupPolicy { delete: policy("delete"), compact: policy("compact") },
            compression_type: text("compression.type").to_owned(),
            delete_retention_ms: number(values, "delete.retention.ms", 86_400_000),
            file_delete_delay_ms: number(values, "file.delete.delay.ms", 60_000),
            flush_messages: number(values, "flush.messages", i64::MAX),
            flush_ms: number(values, "flush.ms", i64::MAX),
            index_interval_bytes: number(values, "index.interval.bytes", 4_096),
            max_compaction_lag_ms: number(values, "max.compaction.lag.ms", i64::MAX),
            max_message_bytes: number(values, "max.message.bytes", 1_048_588),
            timestamp_after_max_ms: number(values, "message.timestamp.after.max.ms", 3_600_000),
            timestamp_before_max_ms: number(values, "message.timestamp.before.max.ms", i64::MAX),
            timestamp_type: match text("message.timestamp.type") {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
            min_cleanable_dirty_ratio: number(values, "min.cleanable.dirty.ratio", 0.5),
            min_compaction_lag_ms: number(values, "min.compaction.lag.ms", 0),
            min_insync_replicas: number(values, "min.insync.replicas", 1),
            preallocate: text("preallocate").eq_ignore_ascii_case("true"),
            retention_bytes: number(values, "retention.bytes", -1),
            retention_ms: number(values, "retention.ms", 604_800_000),
            segment_bytes: number(values, "segment.bytes", 1_073_741_824),
            segment_index_bytes: number(values, "segment.index.bytes", 10_485_760),
            segment_jitter_ms: number(values, "segment.jitter.ms", 0),
            segment_ms: number(values, "segment.ms", 604_800_000),
        }
    }
}

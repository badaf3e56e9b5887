//! A topic whose partitions this broker leads, which is every topic.

use std::sync::Arc;

use millstream_cluster::config::{TimestampType as TopicTimestampType, TopicSettings};
use millstream_log::{Cleanup, LogConfig};
use millstream_wire::records::validate::ProduceRules;
use millstream_wire::records::{Codec, TimestampType};
use millstream_wire::{ErrorCode, Uuid};

use crate::partition::Partition;
use crate::traffic::TopicCounters;

/// A topic with its open partitions.
#[derive(Debug, Clone)]
pub(crate) struct LedTopic {
    pub(crate) name: Arc<str>,
    pub(crate) id: Uuid,
    /// Whether it is one of Kafka's own.
    pub(crate) internal: bool,
    /// What may be appended to it.
    pub(crate) rules: ProduceRules,
    pub(crate) counters: Arc<TopicCounters>,
    /// By index; a partition whose log could not be opened is offline, and missing here.
    pub(crate) partitions: Vec<Option<Arc<Partition>>>,
}

impl LedTopic {
    /// The partition of that index, or what a client is told that asks for it.
    pub(crate) fn partition(&self, index: i32) -> Result<&Arc<Partition>, ErrorCode> {
        let slot = usize::try_from(index).ok().and_then(|index| self.partitions.get(index));
        let slot = slot.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        slot.as_ref().ok_or(ErrorCode::KAFKA_STORAGE_ERROR)
    }

    /// The partitions that can be used.
    pub(crate) fn online(&self) -> impl Iterator<Item = &Arc<Partition>> {
        self.partitions.iter().flatten()
    }
}

/// What may be appended to a topic of these settings.
pub(crate) fn produce_rules(settings: &TopicSettings) -> ProduceRules {
    ProduceRules {
        max_message_bytes: usize::try_from(settings.max_message_bytes).unwrap_or(0),
        // `producer`, and a name that no codec has, leave the producer's codec.
        compression: match settings.compression_type.as_str() {
            "uncompressed" => Some(Codec::None),
            name => Codec::named(name).filter(|codec| *codec != Codec::None),
        },
        timestamp_type: match settings.timestamp_type {
            TopicTimestampType::CreateTime => TimestampType::CreateTime,
            TopicTimestampType::LogAppendTime => TimestampType::LogAppendTime,
        },
        timestamp_before_max_ms: settings.timestamp_before_max_ms,
        timestamp_after_max_ms: settings.timestamp_after_max_ms,
        compacted: settings.cleanup_policy.compact,
    }
}

/// The same settings, as the log knows them.
pub(crate) fn log_config(settings: &TopicSettings, producer_id_expiration_ms: i64) -> LogConfig {
    LogConfig {
        segment_bytes: u32::try_from(settings.segment_bytes).unwrap_or(1 << 30),
        segment_ms: settings.segment_ms,
        segment_jitter_ms: settings.segment_jitter_ms,
        index_interval_bytes: u32::try_from(settings.index_interval_bytes).unwrap_or(4096),
        segment_index_bytes: u32::try_from(settings.segment_index_bytes).unwrap_or(10 << 20),
        retention_ms: settings.retention_ms,
        retention_bytes: settings.retention_bytes,
        cleanup: Cleanup { delete: settings.cleanup_policy.delete, compact: settings.cleanup_policy.compact },
        min_cleanable_dirty_ratio: settings.min_cleanable_dirty_ratio,
        min_compaction_lag_ms: settings.min_compaction_lag_ms,
        max_compaction_lag_ms: settings.max_compaction_lag_ms,
        delete_retention_ms: settings.delete_retention_ms,
        flush_messages: u64::try_from(settings.flush_messages).unwrap_or(u64::MAX),
        file_delete_delay_ms: settings.file_delete_delay_ms,
        producer_id_expiration_ms,
    }
}

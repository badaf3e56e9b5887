//! The topic settings that the log obeys, under Kafka's names and with Kafka's defaults, save one:
//! `flush.messages` is 1, so that an acknowledged record is on disk.

/// What happens to old records (`cleanup.policy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleanup {
    /// Segments go by age and size (`delete`).
    pub delete: bool,
    /// The last record of each key stays (`compact`): [`Log::clean`](crate::Log::clean). Segments do not go by age or
    /// size unless `delete` is set too.
    pub compact: bool,
}

/// Settings of one partition's log. Every one may change while the log is open ([`Log::set_config`](crate::Log::set_config)).
#[derive(Debug, Clone, PartialEq)]
pub struct LogConfig {
    /// `segment.bytes`: a segment is rolled before it grows beyond this. At most 2^31-1, as positions are 32 bits.
    pub segment_bytes: u32,
    /// `segment.ms`: a segment is rolled when a record is this much younger than its first one.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: segments are rolled up to this much earlier, each by another part of it, so that many logs
    /// that were filled at once do not all roll at once.
    pub segment_jitter_ms: i64,
    /// `index.interval.bytes`: bytes of log between two index entries.
    pub index_interval_bytes: u32,
    /// `segment.index.bytes`: a segment is rolled when its index has grown to this.
    pub segment_index_bytes: u32,
    /// `retention.ms`: segments whose youngest record is older go; negative: never.
    pub retention_ms: i64,
    /// `retention.bytes`: the oldest segments go while the log is larger; negative: never.
    pub retention_bytes: i64,
    /// `cleanup.policy`.
    pub cleanup: Cleanup,
    /// `min.cleanable.dirty.ratio`: a compacted log is cleaned when more than this share of it is dirty.
    pub min_cleanable_dirty_ratio: f64,
    /// `min.compaction.lag.ms`: no record younger than this is compacted away.
    pub min_compaction_lag_ms: i64,
    /// `max.compaction.lag.ms`: a log with an older dirty record is cleaned, however small the dirty share.
    pub max_compaction_lag_ms: i64,
    /// `delete.retention.ms`: how long a tombstone stays for readers that are behind.
    pub delete_retention_ms: i64,
    /// `flush.messages`: 1 means that records are acknowledged and readable once they are on disk; anything larger
    /// means Kafka's page-cache semantics, with a sync due each time this many records were appended.
    pub flush_messages: u64,
    /// `file.delete.delay.ms`: how long a deleted segment's files stay, renamed, for readers that still want them.
    pub file_delete_delay_ms: i64,
    /// `producer.id.expiration.ms`: after this much silence a producer is forgotten.
    pub producer_id_expiration_ms: i64,
}

impl LogConfig {
    /// How old a segment may become before the next one begins: the cleaner does not touch the active one.
    pub fn segment_age_ms(&self) -> i64 {
        if self.cleanup.compact && self.max_compaction_lag_ms > 0 {
            self.segment_ms.min(self.max_compaction_lag_ms)
        } else {
            self.segment_ms
        }
    }

    /// Whether an acknowledgement waits for the disk.
    pub const fn acks_are_durable(&self) -> bool {
        self.flush_messages <= 1
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        Self {
            segment_bytes: 1 << 30,
            segment_ms: 7 * DAY_MS,
            segment_jitter_ms: 0,
            index_interval_bytes: 4096,
            segment_index_bytes: 10 << 20,
            retention_ms: 7 * DAY_MS,
            retention_bytes: -1,
            cleanup: Cleanup { delete: true, compact: false },
            min_cleanable_dirty_ratio: 0.5,
            min_compaction_lag_ms: 0,
            max_compaction_lag_ms: i64::MAX,
            delete_retention_ms: DAY_MS,
            flush_messages: 1,
            file_delete_delay_ms: 60_000,
            producer_id_expiration_ms: DAY_MS,
        }
    }
}

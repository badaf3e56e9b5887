//! What a topic keeps, partition by partition, and what it lets go next.

use serde::Serialize;

/// A topic's partitions on disk, and the settings that decide how long records stay.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TopicPartitions {
    /// How long records are kept.
    pub retention: Retention,
    /// How many partitions there are.
    pub partitions_total: usize,
    /// The first of them, by index.
    pub partitions: Vec<Partition>,
}

/// How long records stay, by Kafka's names of the settings.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Retention {
    /// `retention.ms`; `None` for ever.
    pub retention_ms: Option<u64>,
    /// `retention.bytes` of a partition; `None` without limit.
    pub retention_bytes: Option<u64>,
    /// `segment.ms`.
    pub segment_ms: u64,
    /// `segment.bytes`.
    pub segment_bytes: u64,
    /// Whether `cleanup.policy` has `delete`: without it nothing goes by age or size.
    pub deletes: bool,
    /// `log.retention.check.interval.ms`.
    pub check_interval_ms: u64,
    /// When the next check is due, in milliseconds since 1970 UTC.
    pub next_check_ms: i64,
}

/// What a partition holds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Partition {
    /// Its index.
    pub index: i32,
    /// False when its log could not be opened; nothing is known of it then.
    pub online: bool,
    /// The first offset that can be read.
    pub start: i64,
    /// One past the last offset that can be read: the high watermark.
    pub end: i64,
    /// One past the last offset that readers of committed records see: below `end` while a transaction is open.
    pub last_stable: i64,
    /// One past the last offset that was written; above `end` until it is on disk.
    pub log_end: i64,
    /// The epoch at which this broker leads it.
    pub leader_epoch: i32,
    /// Bytes on disk.
    pub size_bytes: u64,
    /// The segments that hold something, oldest first.
    pub segments: Vec<Segment>,
    /// How many segments there are; more than are listed when there are very many.
    pub segments_total: usize,
    /// What becomes of the oldest segment if no record comes; `None`: it stays.
    pub next: Option<Departure>,
    /// Bytes that may come before `retention.bytes` lets the oldest segment go; `None` without such a limit.
    pub room: Option<u64>,
}

/// A file of records.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Segment {
    /// Its first offset.
    pub start: i64,
    /// One past its last offset.
    pub end: i64,
    /// Bytes of records.
    pub size_bytes: u64,
    /// The largest timestamp in it, in milliseconds since 1970 UTC, if a record has one.
    pub newest_ms: Option<i64>,
    /// Whether new records are appended to it.
    pub active: bool,
}

/// When the oldest segment goes, and why.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Departure {
    /// The setting that lets it go, or `deleted` when its records were deleted by a client.
    pub reason: &'static str,
    /// The check that takes it, in milliseconds since 1970 UTC.
    pub at_ms: i64,
}

//! What a topic keeps and what it lets go next, for the page: the settings, the segments, the time of the next check.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use millstream_log::{Log, Outlook, SegmentView};

pub use millstream_log::Reason;

use crate::led_topic::LedTopic;
use crate::partition::{Partition, now_ms};

/// When the retention is looked after next, in ms since 1970.
#[derive(Debug, Default)]
pub(crate) struct RetentionClock(AtomicI64);

impl RetentionClock {
    /// The next check comes after this long.
    pub(crate) fn next_in(&self, wait: Duration) {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        self.0.store(now_ms().saturating_add(wait), Ordering::Relaxed);
    }

    pub(crate) fn next_check_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a topic's records are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRetention {
    /// `retention.ms`; negative: for ever.
    pub retention_ms: i64,
    /// `retention.bytes` of one partition; negative: no limit.
    pub retention_bytes: i64,
    /// `segment.ms`.
    pub segment_ms: i64,
    /// `segment.bytes`.
    pub segment_bytes: u64,
    /// `cleanup.policy` has `delete`: without it nothing goes by age or size.
    pub deletes: bool,
    /// `cleanup.policy` has `compact`.
    pub compacts: bool,
    /// `log.retention.check.interval.ms`.
    pub check_interval_ms: u64,
    /// When the next check is due, in ms since 1970.
    pub next_check_ms: i64,
    /// How many partitions there are.
    pub partition_count: usize,
    /// The first of them, by index.
    pub partitions: Vec<PartitionRetention>,
}

/// What a partition holds, and what goes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionRetention {
    /// The partition's index.
    pub index: i32,
    /// False when its log could not be opened; nothing is known of it then.
    pub is_online: bool,
    /// The first offset that can be read.
    pub log_start_offset: i64,
    /// One past the last offset that can be read.
    pub high_watermark: i64,
    /// One past the last offset that readers of committed records see.
    pub last_stable_offset: i64,
    /// One past the last offset that was written.
    pub log_end_offset: i64,
    /// The epoch at which this broker leads it.
    pub leader_epoch: i32,
    /// Bytes of its segments.
    pub size: u64,
    /// The segments that hold something, oldest first.
    pub segments: Vec<Segment>,
    /// What becomes of the first of them; `None`: it stays as it is.
    pub next: Option<Departure>,
    /// Bytes that may come before `retention.bytes` lets the first segment go; `None` without such a limit.
    pub room: Option<u64>,
}

/// A segment of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Its first offset, which is in its files' names.
    pub base_offset: i64,
    /// One past its last offset.
    pub end_offset: i64,
    /// Bytes of its record batches.
    pub size: u64,
    /// The largest timestamp in it, in ms since 1970, if a record has one.
    pub newest_ms: Option<i64>,
    /// Whether new records are appended to it.
    pub is_active: bool,
}

/// When the oldest segment goes, if no record comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// Why.
    pub reason: Reason,
    /// The check that takes it, in ms since 1970.
    pub at_ms: i64,
}

/// What `topic` keeps, and `most` of its partitions. `next_check_ms` and `interval` say when somebody looks.
pub(crate) fn of(
    topic: &LedTopic,
    most: usize,
    next_check_ms: i64,
    interval: Duration,
) -> Option<TopicRetention> {
    let config = topic.online().next()?.log.config();
    let check_interval_ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
    let at = |from: Option<i64>| check_at(from, next_check_ms, check_interval_ms);
    let partitions = (0..).zip(&topic.partitions).take(most);
    Some(TopicRetention {
        retention_ms: config.retention_ms,
        retention_bytes: config.retention_bytes,
        segment_ms: config.segment_ms,
        segment_bytes: u64::from(config.segment_bytes),
        deletes: config.cleanup.delete,
        compacts: config.cleanup.compact,
        check_interval_ms,
        next_check_ms,
        partition_count: topic.partitions.len(),
        partitions: partitions
            .map(|(index, partition)| partition_of(index, partition.as_ref(), at))
            .collect(),
    })
}

fn partition_of(
    index: i32,
    partition: Option<&Arc<Partition>>,
    at: impl Fn(Option<i64>) -> i64,
) -> PartitionRetention {
    let log: Option<&Log> = partition.map(|partition| &*partition.log);
    let outlook = log.map_or(Outlook { segments: Vec::new(), next: None, room: None }, Log::outlook);
    PartitionRetention {
        index,
        is_online: log.is_some(),
        log_start_offset: log.map_or(0, Log::log_start_offset),
        high_watermark: log.map_or(0, Log::high_watermark),
        last_stable_offset: log.map_or(0, Log::last_stable_offset),
        log_end_offset: log.map_or(0, Log::log_end_offset),
        leader_epoch: partition.map_or(-1, |partition| partition.leader_epoch),
        size: outlook.segments.iter().map(|segment| segment.size).sum(),
        next: outlook.next.map(|next| Departure { reason: next.reason, at_ms: at(next.from_ms) }),
        room: outlook.room,
        segments: outlook.segments.into_iter().map(Segment::from).collect(),
    }
}

impl From<SegmentView> for Segment {
    fn from(segment: SegmentView) -> Self {
        let SegmentView { base_offset, end_offset, size, newest_ms, is_active } = segment;
        Self { base_offset, end_offset, size, newest_ms, is_active }
    }
}

/// The first check at or after `from`.
fn check_at(from: Option<i64>, next_check_ms: i64, interval_ms: u64) -> i64 {
    let late = from.map_or(0, |from| u64::try_from(from.saturating_sub(next_check_ms)).unwrap_or(0));
    let checks = late.div_ceil(interval_ms.max(1));
    next_check_ms.saturating_add_unsigned(checks.saturating_mul(interval_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_goes_with_the_first_check_that_finds_it_old() {
        for (from, at) in [
            (None, 1_000),
            (Some(-5), 1_000),
            (Some(1_000), 1_000),
            (Some(1_001), 1_300),
            (Some(1_300), 1_300),
            (Some(1_301), 1_600),
            (Some(i64::MAX), i64::MAX),
        ] {
            assert_eq!(check_at(from, 1_000, 300), at, "{from:?}");
        }
    }
}

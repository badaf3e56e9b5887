//! The partitions of the invented topics: every way in which a segment goes or stays.

use millstream_console::model::{Departure, Partition, Retention, Segment, Topic, TopicPartitions};

/// Records a segment holds.
const SEGMENT: u64 = 500;
const MINUTE: i64 = 60_000;

/// The partitions of a topic whose records came at 48 a second.
pub(crate) fn of(topic: &Topic) -> TopicPartitions {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or_default();
    let at = |minutes: i64| (now / 1000 * 1000) + minutes * MINUTE;
    let next = [
        Some(Departure { reason: "retention.ms", at_ms: at(4) }),
        Some(Departure { reason: "retention.bytes", at_ms: at(1) }),
        Some(Departure { reason: "deleted", at_ms: at(1) }),
        None,
    ];
    let partitions = (0..4).zip(next).map(|(index, next)| Partition {
        room: next.is_none().then_some(3_400_000),
        next,
        ..partition(index, topic, now)
    });
    TopicPartitions {
        retention: Retention {
            retention_ms: Some(300_000),
            retention_bytes: Some(10_000_000),
            segment_ms: 60_000,
            segment_bytes: 1 << 30,
            deletes: true,
            check_interval_ms: 300_000,
            next_check_ms: at(1),
        },
        partitions_total: 4,
        partitions: partitions.collect(),
    }
}

fn partition(index: i32, topic: &Topic, now: i64) -> Partition {
    let end = topic.records;
    let size = topic.size_bytes / end.max(1);
    let segment = |first: u64| {
        let last = (first + SEGMENT).min(end);
        Segment {
            start: i64::try_from(first).unwrap_or_default(),
            end: i64::try_from(last).unwrap_or_default(),
            size_bytes: (last - first) * size,
            newest_ms: Some(now - i64::try_from((end - last) * 20).unwrap_or_default()),
            active: last == end,
        }
    };
    let first = end.saturating_sub(6 * SEGMENT) / SEGMENT * SEGMENT;
    let segments: Vec<Segment> = (first..end).step_by(500).map(segment).collect();
    Partition {
        index,
        online: true,
        start: i64::try_from(first).unwrap_or_default(),
        end: i64::try_from(end).unwrap_or_default(),
        last_stable: i64::try_from(end).unwrap_or_default(),
        log_end: i64::try_from(end).unwrap_or_default(),
        size_bytes: segments.iter().map(|segment| segment.size_bytes).sum(),
        segments_total: segments.len(),
        segments,
        ..Partition::default()
    }
}

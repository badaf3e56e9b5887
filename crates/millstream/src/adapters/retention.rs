//! What a topic keeps, from the broker's words to the page's.

use millstream_broker::{Departure, PartitionRetention, Reason, Segment, TopicRetention};
use millstream_console::model::{
    Departure as DepartureView, Partition, Retention, Segment as SegmentView, TopicPartitions,
};

/// The page's view of a topic's partitions.
pub fn view(topic: TopicRetention) -> TopicPartitions {
    TopicPartitions {
        retention: Retention {
            retention_ms: u64::try_from(topic.retention_ms).ok(),
            retention_bytes: u64::try_from(topic.retention_bytes).ok(),
            segment_ms: u64::try_from(topic.segment_ms).unwrap_or(0),
            segment_bytes: topic.segment_bytes,
            deletes: topic.deletes,
            check_interval_ms: topic.check_interval_ms,
            next_check_ms: topic.next_check_ms,
        },
        partitions_total: topic.partition_count,
        partitions: topic.partitions.into_iter().map(partition).collect(),
    }
}

fn partition(partition: PartitionRetention) -> Partition {
    Partition {
        index: partition.index,
        online: partition.is_online,
        start: partition.log_start_offset,
        end: partition.high_watermark,
        last_stable: partition.last_stable_offset,
        log_end: partition.log_end_offset,
        leader_epoch: partition.leader_epoch,
        size_bytes: partition.size,
        segments_total: partition.segments.len(),
        segments: partition.segments.into_iter().map(segment).collect(),
        next: partition.next.map(departure),
        room: partition.room,
    }
}

fn segment(segment: Segment) -> SegmentView {
    SegmentView {
        start: segment.base_offset,
        end: segment.end_offset,
        size_bytes: segment.size,
        newest_ms: segment.newest_ms,
        active: segment.is_active,
    }
}

fn departure(next: Departure) -> DepartureView {
    let reason = match next.reason {
        Reason::RetentionMs => "retention.ms",
        Reason::RetentionBytes => "retention.bytes",
        Reason::LogStartOffset => "deleted",
    };
    DepartureView { reason, at_ms: next.at_ms }
}

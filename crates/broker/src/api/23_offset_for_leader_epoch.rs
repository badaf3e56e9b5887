//! OffsetForLeaderEpoch: 0-4.
//!
//! Behaviour: the largest leader epoch not above the one asked for, and the offset where it ended; -1 and -1 for one
//! that never was. By it a consumer sees whether what it has read is still there (KIP-320). Kafka notes an epoch when
//! it begins; here it is noted with its first record, so a present epoch without records ends where the log does.
//!
//! Version notes: 1: the epoch beside its end. 2: the epoch that the client believes in, FENCED_LEADER_EPOCH and
//! UNKNOWN_LEADER_EPOCH; throttle time. 3: replica id, which changes nothing. 4: flexible.

use millstream_wire::messages::offset_for_leader_epoch::{
    EpochEndOffset, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderPartition,
    OffsetForLeaderTopic, OffsetForLeaderTopicResult,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::catalog::Catalog;
use crate::led_topic::LedTopic;
use crate::partition::Partition;

/// In the place of an epoch: none.
const NO_EPOCH: i32 = -1;

/// The epoch and the offset of what never was.
const NOWHERE: (i32, i64) = (-1, -1);

pub(crate) struct OffsetForLeaderEpoch;

impl Api for OffsetForLeaderEpoch {
    type Request = OffsetForLeaderEpochRequest;
    const VERSIONS: Versions = Versions::new(0, 4);

    async fn handle(
        call: Call,
        request: OffsetForLeaderEpochRequest,
    ) -> Result<Reply<OffsetForLeaderEpochResponse>, Refusal> {
        let topics = request.topics.into_iter().map(|topic| look_up(&call.shared.catalog, topic)).collect();
        Ok(OffsetForLeaderEpochResponse { topics, ..Default::default() }.into())
    }
}

fn look_up(catalog: &Catalog, topic: OffsetForLeaderTopic) -> OffsetForLeaderTopicResult {
    let led = catalog.topic(&topic.topic);
    let row = |wanted: OffsetForLeaderPartition| {
        let found = find(led.as_deref(), &wanted);
        let (leader_epoch, end_offset) = found.unwrap_or(NOWHERE);
        EpochEndOffset {
            error_code: found.err().unwrap_or(ErrorCode::NONE),
            partition: wanted.partition,
            leader_epoch,
            end_offset,
        }
    };
    OffsetForLeaderTopicResult {
        partitions: topic.partitions.into_iter().map(row).collect(),
        topic: topic.topic,
    }
}

fn find(topic: Option<&LedTopic>, wanted: &OffsetForLeaderPartition) -> Result<(i32, i64), ErrorCode> {
    let partition = topic.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?.partition(wanted.partition)?;
    if wanted.current_leader_epoch < NO_EPOCH {
        return Err(ErrorCode::FENCED_LEADER_EPOCH);
    }
    partition.check_leader_epoch(wanted.current_leader_epoch)?;
    let epoch = wanted.leader_epoch;
    if epoch < NO_EPOCH && partition.log.latest_epoch().is_some() {
        // Below the oldest one: it ended where the log starts.
        return Ok((epoch, partition.log.log_start_offset()));
    }
    let noted = partition.log.end_offset_for_epoch(epoch);
    Ok(noted.unwrap_or_else(|| without_records(partition, epoch)))
}

/// An epoch above all that have records.
fn without_records(partition: &Partition, epoch: i32) -> (i32, i64) {
    if epoch < 0 || epoch > partition.leader_epoch {
        return NOWHERE;
    }
    let before = if epoch == partition.leader_epoch { None } else { partition.log.latest_epoch() };
    (before.unwrap_or(epoch), partition.log.log_end_offset())
}

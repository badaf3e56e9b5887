//! OffsetCommit: 0-10.
//!
//! Behaviour: answered when the offsets are durable in `__consumer_offsets`. Offsets of topics and partitions that do
//! not exist are refused one by one; the others are committed.
//!
//! Version notes:
//! - 0: without generation, as from outside of a group. Kafka kept these in ZooKeeper, so its clients ask for no
//!   coordinator: `__consumer_offsets` is made here. 1: generation and member; its commit timestamp is not kept. 2-4:
//!   retention time. 6: leader epoch. 7: static members. 8: flexible.
//! - 9: GROUP_ID_NOT_FOUND and STALE_MEMBER_EPOCH may come. 10: topic ids instead of names.

use millstream_cluster::Image;
use millstream_coordinator::{CommitPartition, CommitRequest, CommitTopic, Event};
use millstream_wire::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestTopic, OffsetCommitResponse, OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
};
use millstream_wire::{ErrorCode, Versions};

use super::committed::{Committed, Target};
use super::{Api, Call, Refusal, Reply};

/// The retention time that means the broker's own.
const DEFAULT_RETENTION: i64 = -1;

pub(crate) struct OffsetCommit;

impl Api for OffsetCommit {
    type Request = OffsetCommitRequest;
    const VERSIONS: Versions = Versions::new(0, 10);

    async fn handle(
        call: Call,
        request: OffsetCommitRequest,
    ) -> Result<Reply<OffsetCommitResponse>, Refusal> {
        let image = call.shared.catalog.image();
        let topics =
            request.topics.iter().filter_map(|topic| to_commit(topic, &target(topic, call.version, &image)));
        let topics: Vec<CommitTopic> = topics.collect();
        let commit = CommitRequest {
            group_id: request.group_id.into(),
            generation_id: request.generation_id_or_member_epoch,
            member_id: request.member_id.into(),
            group_instance_id: request.group_instance_id.map(Into::into),
            retention_ms: (request.retention_time_ms != DEFAULT_RETENTION)
                .then_some(request.retention_time_ms),
            knows_group_id_not_found: call.version >= 9,
            topics,
        };
        let committed = if commit.topics.is_empty() {
            Committed::All(ErrorCode::NONE)
        } else if call.version == 0
            && let Err(error) = call.shared.groups.ensure_offsets_topic(&call.shared).await
        {
            tracing::warn!(%error, "__consumer_offsets cannot be made");
            Committed::All(ErrorCode::COORDINATOR_NOT_AVAILABLE)
        } else {
            Committed::of(call.shared.groups.ask(|waiter| Event::Commit(waiter, commit)).await)?
        };
        let answer = |topic: OffsetCommitRequestTopic| {
            let target = target(&topic, call.version, &image);
            respond(topic, |partition| target.code(partition, &committed))
        };
        // A topic without partitions is not answered.
        let named = request.topics.into_iter().filter(|topic| !topic.partitions.is_empty());
        let topics = named.map(answer).collect();
        Ok(OffsetCommitResponse { topics, ..Default::default() }.into())
    }
}

/// The topic that a row is about: named, or from version 10 on by its id.
fn target<'a>(topic: &OffsetCommitRequestTopic, version: i16, image: &'a Image) -> Target<'a> {
    let (found, missing) = if version >= 10 {
        (image.topic_by_id(topic.topic_id), ErrorCode::UNKNOWN_TOPIC_ID)
    } else {
        (image.topic(&topic.name), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    };
    Target { topic: found.map(AsRef::as_ref), missing }
}

fn to_commit(topic: &OffsetCommitRequestTopic, target: &Target<'_>) -> Option<CommitTopic> {
    target.to_commit(topic.partitions.iter().map(|row| CommitPartition {
        partition: row.partition_index,
        offset: row.committed_offset,
        leader_epoch: row.committed_leader_epoch,
        metadata: row.committed_metadata.as_ref().map(ToString::to_string),
    }))
}

fn respond(topic: OffsetCommitRequestTopic, code: impl Fn(i32) -> ErrorCode) -> OffsetCommitResponseTopic {
    let rows = topic.partitions.iter().map(|row| row.partition_index);
    let partitions = rows
        .map(|index| OffsetCommitResponsePartition { partition_index: index, error_code: code(index) })
        .collect();
    OffsetCommitResponseTopic { name: topic.name, topic_id: topic.topic_id, partitions }
}

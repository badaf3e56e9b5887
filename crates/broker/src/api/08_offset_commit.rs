//! OffsetCommit: 0-10.
//!
//! Behaviour: answered when the offsets are durable in `__consumer_offsets`. Offsets of topics and partitions that do
//! not exist are refused one by one; the others are committed.
//!
//! Version notes:
//! - 0: without generation, as from outside of a group (Kafka kept these in ZooKeeper). 1: generation and member; its
//!   commit timestamp is not kept. 2-4: retention time. 6: leader epoch. 7: static members. 8: flexible.
//! - 9: GROUP_ID_NOT_FOUND and STALE_MEMBER_EPOCH may come. 10: topic ids instead of names.

use std::collections::HashMap;

use millstream_cluster::Image;
use millstream_coordinator::{CommitPartition, CommitRequest, CommitTopic, Event, Response};
use millstream_wire::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestTopic, OffsetCommitResponse, OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
};
use millstream_wire::{ErrorCode, Uuid, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::groups::{error_code, optional_code, unexpected};

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
        let looked_up: Vec<Looked> =
            request.topics.into_iter().map(|topic| look_up(topic, call.version, &image)).collect();
        let topics: Vec<CommitTopic> = looked_up.iter().filter_map(Looked::to_commit).collect();
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
        let outcome = if commit.topics.is_empty() {
            Outcome::Each(HashMap::new())
        } else {
            match call.shared.groups.ask(|waiter| Event::Commit(waiter, commit)).await {
                Ok(Response::Commit(Ok(committed))) => Outcome::Each(
                    committed
                        .topics
                        .into_iter()
                        .flat_map(|topic| {
                            let name = topic.name;
                            topic.partitions.into_iter().map(move |(partition, error)| {
                                ((name.clone(), partition), optional_code(error))
                            })
                        })
                        .collect(),
                ),
                Ok(Response::Commit(Err(error))) | Err(error) => Outcome::All(error_code(error)),
                Ok(other) => return Err(unexpected(&other)),
            }
        };
        let topics = looked_up.into_iter().map(|topic| topic.into_response(&outcome)).collect();
        Ok(OffsetCommitResponse { topics, ..Default::default() }.into())
    }
}

/// How the coordinator took it.
enum Outcome {
    All(ErrorCode),
    Each(HashMap<(String, i32), ErrorCode>),
}

/// A topic of the request, with what cannot be committed marked.
struct Looked {
    request: OffsetCommitRequestTopic,
    name: String,
    topic_id: [u8; 16],
    errors: Vec<ErrorCode>,
}

fn look_up(topic: OffsetCommitRequestTopic, version: i16, image: &Image) -> Looked {
    let found = if version >= 10 { image.topic_by_id(topic.topic_id) } else { image.topic(&topic.name) };
    let missing =
        if version >= 10 { ErrorCode::UNKNOWN_TOPIC_ID } else { ErrorCode::UNKNOWN_TOPIC_OR_PARTITION };
    let errors = topic
        .partitions
        .iter()
        .map(|partition| match found {
            None => missing,
            Some(found) if found.partitions.contains_key(&partition.partition_index) => ErrorCode::NONE,
            Some(_) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        })
        .collect();
    let name = found.map_or_else(|| topic.name.to_string(), |found| found.name.clone());
    let topic_id = found.map_or(*Uuid::ZERO.as_bytes(), |found| *found.id.as_bytes());
    Looked { request: topic, name, topic_id, errors }
}

impl Looked {
    fn to_commit(&self) -> Option<CommitTopic> {
        let partitions: Vec<CommitPartition> = self
            .request
            .partitions
            .iter()
            .zip(&self.errors)
            .filter(|(_, error)| error.is_none())
            .map(|(partition, _)| CommitPartition {
                partition: partition.partition_index,
                offset: partition.committed_offset,
                leader_epoch: partition.committed_leader_epoch,
                metadata: partition.committed_metadata.as_ref().map(ToString::to_string),
            })
            .collect();
        let some = !partitions.is_empty();
        some.then(|| CommitTopic { name: self.name.clone(), topic_id: self.topic_id, partitions })
    }

    fn into_response(self, outcome: &Outcome) -> OffsetCommitResponseTopic {
        let name = self.name;
        let of = |partition: i32| match outcome {
            Outcome::All(error) => *error,
            Outcome::Each(errors) => {
                errors.get(&(name.clone(), partition)).copied().unwrap_or(ErrorCode::NONE)
            }
        };
        let partitions = self
            .request
            .partitions
            .iter()
            .zip(self.errors)
            .map(|(partition, error)| OffsetCommitResponsePartition {
                partition_index: partition.partition_index,
                error_code: if error.is_none() { of(partition.partition_index) } else { error },
            })
            .collect();
        OffsetCommitResponseTopic { name: self.request.name, topic_id: self.request.topic_id, partitions }
    }
}

//! OffsetCommit: a consumer says how far it has read. TxnOffsetCommit: a producer says so of what went into its
//! transaction.

use crate::appends::{Continuation, TopicPartition};
use crate::event::{CommitPartition, CommitRequest};
use crate::group::Group;
use crate::rebalance::session;
use crate::records;
use crate::transaction::Producer;
use crate::turn::Turn;
use crate::{
    AppendFailure, CommitResponse, CommittedOffset, GroupError, GroupState, OffsetTopicResult, Response,
    WaiterId,
};

/// A commit to a group that exists, or was made for it: a consumer outside of group management needs none.
pub(crate) fn commit(group: &Group, waiter: WaiterId, request: CommitRequest, turn: &mut Turn<'_>) {
    if let Err(error) = validate(group, &request) {
        return turn.respond(waiter, Response::Commit(Err(error)));
    }
    // In the classic protocol a commit counts as a sign of life.
    if matches!(group.state(), GroupState::Stable | GroupState::PreparingRebalance) {
        session(group, &request.member_id, turn);
    }
    store(&group.id, waiter, None, request, turn);
}

/// The same as part of a transaction, whose producer need not say for which member it speaks.
pub(crate) fn commit_in(
    group: &Group,
    waiter: WaiterId,
    producer: Producer,
    request: CommitRequest,
    turn: &mut Turn<'_>,
) {
    match validate_in(group, &request) {
        Ok(()) => store(&group.id, waiter, Some(producer), request, turn),
        Err(error) => turn.respond(waiter, Response::Commit(Err(error))),
    }
}

/// Writes a commit that is in order; what is too large is refused by itself.
pub(crate) fn store(
    group_id: &str,
    waiter: WaiterId,
    producer: Option<Producer>,
    request: CommitRequest,
    turn: &mut Turn<'_>,
) {
    let expire_timestamp_ms = request.retention_ms.map(|retention| turn.now_ms.saturating_add(retention));
    let mut offsets: Vec<(TopicPartition, CommittedOffset)> = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in topic.partitions {
            let error = refusal(&partition, turn);
            partitions.push((partition.partition, error));
            if error.is_none() {
                let offset = CommittedOffset {
                    offset: partition.offset,
                    leader_epoch: partition.leader_epoch,
                    metadata: partition.metadata.unwrap_or_default(),
                    commit_timestamp_ms: turn.now_ms,
                    expire_timestamp_ms,
                    topic_id: topic.topic_id,
                };
                offsets.push(((topic.name.clone(), partition.partition), offset));
            }
        }
        topics.push(OffsetTopicResult { name: topic.name, topic_id: topic.topic_id, partitions });
    }
    let response = CommitResponse { topics };
    if offsets.is_empty() {
        return turn.respond(waiter, Response::Commit(Ok(response)));
    }
    let encoded = offsets
        .iter()
        .map(|((topic, partition), offset)| records::offset(group_id, topic, *partition, offset))
        .collect();
    let producer_id = producer.map(|producer| producer.id);
    let continuation = Continuation::Commit { waiter, response, offsets, producer_id };
    match producer {
        None => turn.append(group_id, encoded, continuation),
        Some(producer) => turn.append_in(producer, group_id, encoded, continuation),
    }
}

fn refusal(partition: &CommitPartition, turn: &Turn<'_>) -> Option<GroupError> {
    let length = partition.metadata.as_ref().map_or(0, |metadata| metadata.encode_utf16().count());
    (length > turn.config.offset_metadata_max).then_some(GroupError::OffsetMetadataTooLarge)
}

fn validate(group: &Group, request: &CommitRequest) -> Result<(), GroupError> {
    let outside = request.generation_id < 0;
    if group.is(GroupState::Dead) {
        return Err(GroupError::CoordinatorNotAvailable);
    }
    if outside && group.is(GroupState::Empty) {
        return Ok(());
    }
    if outside && request.member_id.is_empty() && request.group_instance_id.is_none() {
        return Err(GroupError::UnknownMemberId);
    }
    group.validate(&request.member_id, request.group_instance_id.as_deref())?;
    if request.generation_id != group.generation {
        return Err(GroupError::IllegalGeneration);
    }
    if group.is(GroupState::CompletingRebalance) {
        return Err(GroupError::RebalanceInProgress);
    }
    Ok(())
}

fn validate_in(group: &Group, request: &CommitRequest) -> Result<(), GroupError> {
    let outside = request.generation_id < 0;
    if group.is(GroupState::Dead) {
        return Err(GroupError::CoordinatorNotAvailable);
    }
    let nobody = outside && request.member_id.is_empty() && request.group_instance_id.is_none();
    if nobody || (outside && group.is(GroupState::Empty)) {
        return Ok(());
    }
    group.validate(&request.member_id, request.group_instance_id.as_deref())?;
    if request.generation_id == group.generation { Ok(()) } else { Err(GroupError::IllegalGeneration) }
}

/// The commit could not be written: the answer for every partition.
pub(crate) fn failed(failure: AppendFailure) -> Response {
    Response::Commit(Err(failure.as_group_error()))
}

//! The end of groups and offsets: DeleteGroups, OffsetDelete, deleted topics, retention.

use std::collections::BTreeSet;

use millstream_wire::EncodeError;

use crate::appends::{Continuation, TopicPartition};
use crate::event::DeleteOffsets;
use crate::group::Group;
use crate::offsets::Offsets;
use crate::records::{self, Encoded};
use crate::subscription::is_of_consumers;
use crate::turn::Turn;
use crate::{
    CommittedOffset, DeleteOffsetsResponse, GroupError, GroupState, OffsetTopicResult, Record, Response,
    WaiterId,
};

/// Deletes a group with all its offsets. Until that is durable the group counts as dead.
pub(crate) fn delete_group(group: &mut Group, offsets: &Offsets, waiter: WaiterId, turn: &mut Turn<'_>) {
    let refused = match group.state() {
        GroupState::Dead => Some(GroupError::GroupIdNotFound),
        GroupState::Empty => None,
        _ => Some(GroupError::NonEmptyGroup),
    };
    match refused {
        Some(error) => turn.respond(waiter, Response::DeleteGroup(Err(error))),
        None => end_group(group, offsets, Some(waiter), turn),
    }
}

fn end_group(group: &mut Group, offsets: &Offsets, waiter: Option<WaiterId>, turn: &mut Turn<'_>) {
    group.set_deleting(true);
    let partitions = known_partitions(&group.id, offsets, turn);
    let records = tombstones(&group.id, &partitions).and_then(|mut records| {
        records.push(records::group_tombstone(&group.id)?);
        Ok(records)
    });
    turn.append(&group.id, records, Continuation::DeleteGroup { waiter });
}

/// The partitions whose offsets are durable or about to be.
pub(crate) fn known_partitions(
    group_id: &str,
    offsets: &Offsets,
    turn: &Turn<'_>,
) -> BTreeSet<TopicPartition> {
    let durable = offsets.of_group(group_id).map(|(topic, partition, _)| (topic.to_owned(), partition));
    let committing = turn.appends.committing(group_id).map(|(topic, partition)| (topic.as_str(), *partition));
    let pending = offsets.unstable(group_id).chain(committing);
    let pending = pending.map(|(topic, partition)| (topic.to_owned(), partition));
    durable.chain(pending).collect()
}

pub(crate) fn tombstones<'a>(
    group_id: &str,
    partitions: impl IntoIterator<Item = &'a TopicPartition>,
) -> Encoded {
    let tombstone =
        |(topic, partition): &TopicPartition| records::offset_tombstone(group_id, topic, *partition);
    partitions.into_iter().map(tombstone).collect::<Result<Vec<Record>, EncodeError>>()
}

/// Deletes some offsets of a group that exists (KIP-496).
pub(crate) fn delete_offsets(
    group: &Group,
    offsets: &Offsets,
    waiter: WaiterId,
    request: DeleteOffsets,
    turn: &mut Turn<'_>,
) {
    let refused = match group.state() {
        GroupState::Dead => Some(GroupError::GroupIdNotFound),
        GroupState::Empty => None,
        _ => (!is_of_consumers(group)).then_some(GroupError::NonEmptyGroup),
    };
    if let Some(error) = refused {
        return turn.respond(waiter, Response::DeleteOffsets(Err(error)));
    }
    remove_unread(&group.id, offsets, waiter, request, &|topic| group.is_subscribed(topic), turn);
}

/// Deletes offsets of topics that nobody of the group reads.
pub(crate) fn remove_unread(
    group_id: &str,
    offsets: &Offsets,
    waiter: WaiterId,
    request: DeleteOffsets,
    is_read: &dyn Fn(&str) -> bool,
    turn: &mut Turn<'_>,
) {
    let known = known_partitions(group_id, offsets, turn);
    let mut doomed = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let error = is_read(&topic.name).then_some(GroupError::GroupSubscribedToTopic);
        if error.is_none() {
            let named = topic.partitions.iter().map(|partition| (topic.name.clone(), *partition));
            doomed.extend(named.filter(|partition| known.contains(partition)));
        }
        let partitions = topic.partitions.iter().map(|partition| (*partition, error)).collect();
        topics.push(OffsetTopicResult { name: topic.name, topic_id: topic.topic_id, partitions });
    }
    let answer = DeleteOffsetsResponse { topics };
    if doomed.is_empty() {
        return turn.respond(waiter, Response::DeleteOffsets(Ok(answer)));
    }
    let continuation =
        Continuation::RemoveOffsets { answer: Some((waiter, answer)), partitions: doomed.clone() };
    turn.append(group_id, tombstones(group_id, &doomed), continuation);
}

/// Drops a group's offsets of topics that are gone.
pub(crate) fn topics_deleted(
    group_id: &str,
    offsets: &Offsets,
    topics: &BTreeSet<String>,
    turn: &mut Turn<'_>,
) {
    let known = known_partitions(group_id, offsets, turn);
    let doomed: Vec<TopicPartition> = known.into_iter().filter(|(topic, _)| topics.contains(topic)).collect();
    remove_offsets(group_id, doomed, turn);
}

pub(crate) fn remove_offsets(group_id: &str, doomed: Vec<TopicPartition>, turn: &mut Turn<'_>) {
    if !doomed.is_empty() {
        let records = tombstones(group_id, &doomed);
        turn.append(group_id, records, Continuation::RemoveOffsets { answer: None, partitions: doomed });
    }
}

/// Drops what is older than `retention_ms`: offsets that nobody reads by, and then the group when it has nothing left.
pub(crate) fn expire(group: &mut Group, offsets: &Offsets, retention_ms: i64, turn: &mut Turn<'_>) {
    if group.is(GroupState::Dead) || !turn.appends.is_idle(&group.id) {
        return;
    }
    let mut doomed = Vec::new();
    let mut all = offsets.unstable(&group.id).next().is_none();
    for (topic, partition, offset) in offsets.of_group(&group.id) {
        let unread = !group.is_subscribed(topic) && !offsets.is_unstable(&group.id, topic, partition);
        if unread && is_expired(group, offset, retention_ms, turn.now_ms) {
            doomed.push((topic.to_owned(), partition));
        } else {
            all = false;
        }
    }
    if all && group.is(GroupState::Empty) && group.pending_join_count() == 0 {
        end_group(group, offsets, None, turn);
    } else {
        remove_offsets(&group.id, doomed, turn);
    }
}

/// KIP-211: an empty group's offsets live from the moment it became empty; others from their commit. Offsets of a
/// group that is rebalancing, or whose subscription cannot be read, stay.
fn is_expired(group: &Group, offset: &CommittedOffset, retention_ms: i64, now_ms: i64) -> bool {
    let since = match (&group.protocol_type, group.state()) {
        (None, _) => offset.commit_timestamp_ms,
        (Some(_), GroupState::Empty) => group.state_since_ms.unwrap_or(offset.commit_timestamp_ms),
        (Some(_), GroupState::Stable) if is_of_consumers(group) => offset.commit_timestamp_ms,
        _ => return false,
    };
    is_past(offset, since, retention_ms, now_ms)
}

/// Whether an offset's time is over, if the broker's retention counts from `since`.
pub(crate) fn is_past(offset: &CommittedOffset, since: i64, retention_ms: i64, now_ms: i64) -> bool {
    match offset.expire_timestamp_ms {
        Some(deadline) => now_ms >= deadline,
        None => now_ms.saturating_sub(since) >= retention_ms,
    }
}

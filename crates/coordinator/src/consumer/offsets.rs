//! Who may commit and read a consumer group's offsets.

use millstream_wire::Uuid;

use super::assignment::holds;
use super::group::ConsumerGroup;
use super::member::Member;
use crate::GroupError;
use crate::event::CommitRequest;

/// Whether a commit is a member's, of partitions that it has: an epoch that is behind counts for partitions that it has
/// had since then.
pub(crate) fn check_commit(group: &ConsumerGroup, request: &CommitRequest) -> Result<(), GroupError> {
    let epoch = request.generation_id;
    if epoch < 0 && group.is_empty() {
        return Ok(());
    }
    let member = group.member(&request.member_id).ok_or(GroupError::UnknownMemberId)?;
    // The versions that know of GROUP_ID_NOT_FOUND are those that know of the new protocol.
    if !member.is_classic() && !request.knows_group_id_not_found {
        return Err(GroupError::UnsupportedVersion);
    }
    let stale = stale(&member);
    match epoch.cmp(&member.current.epoch) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(stale),
        std::cmp::Ordering::Less => {
            let all = request.topics.iter().flat_map(|topic| {
                let id = Uuid::from_bytes(topic.topic_id);
                topic.partitions.iter().map(move |partition| (id, partition.partition))
            });
            let has_had = |(topic, partition): (Uuid, i32)| {
                assigned_at(&member, topic, partition).is_some_and(|since| epoch >= since)
            };
            if all.into_iter().all(has_had) { Ok(()) } else { Err(stale) }
        }
    }
}

/// The same as part of a transaction, whose producer need not say for which member it speaks.
pub(crate) fn check_commit_in(group: &ConsumerGroup, request: &CommitRequest) -> Result<(), GroupError> {
    let nobody = request.generation_id < 0 && request.member_id.is_empty();
    if nobody && request.group_instance_id.is_none() {
        return Ok(());
    }
    let knows = CommitRequest { knows_group_id_not_found: true, ..request.clone() };
    match check_commit(group, &knows) {
        Err(GroupError::StaleMemberEpoch) => Err(GroupError::IllegalGeneration),
        checked => checked,
    }
}

fn assigned_at(member: &Member, topic: Uuid, partition: i32) -> Option<i32> {
    let current = &member.current;
    let table =
        if holds(&current.assigned, topic, partition) { &current.assigned } else { &current.revoking };
    table.get(&topic)?.get(&partition).copied()
}

/// Whether a reader of offsets is a member in its epoch, or says that it is none.
pub(crate) fn check_fetch(
    group: &ConsumerGroup,
    member_id: Option<&str>,
    epoch: i32,
) -> Result<(), GroupError> {
    let Some(member_id) = member_id else {
        return if epoch < 0 { Ok(()) } else { Err(GroupError::UnknownMemberId) };
    };
    let member = group.member(member_id).ok_or(GroupError::UnknownMemberId)?;
    if member.current.epoch == epoch { Ok(()) } else { Err(stale(&member)) }
}

/// The classic protocol has another name for an old epoch.
fn stale(member: &Member) -> GroupError {
    if member.is_classic() { GroupError::IllegalGeneration } else { GroupError::StaleMemberEpoch }
}

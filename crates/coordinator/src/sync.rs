//! SyncGroup: members ask for their assignment, the leader brings it.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::appends::Continuation;
use crate::event::SyncRequest;
use crate::group::Group;
use crate::rebalance::{prepare_or_complete, reset_assignment, send_assignments};
use crate::records;
use crate::timers::Timer;
use crate::turn::Turn;
use crate::{AppendFailure, GroupError, GroupState, SyncResponse, WaiterId};

/// A member asks; the group exists.
pub(crate) fn sync(group: &mut Group, waiter: WaiterId, request: SyncRequest, turn: &mut Turn<'_>) {
    if let Err(error) = validate(group, &request) {
        return turn.sync(waiter, Err(error));
    }
    let member_id = request.member_id.as_str();
    match group.state() {
        GroupState::Empty | GroupState::Dead => turn.sync(waiter, Err(GroupError::UnknownMemberId)),
        GroupState::PreparingRebalance => turn.sync(waiter, Err(GroupError::RebalanceInProgress)),
        GroupState::CompletingRebalance => {
            let before = group.member_mut(member_id).and_then(|member| member.sync_waiter.replace(waiter));
            if let Some(before) = before {
                turn.sync(before, Err(GroupError::RebalanceInProgress));
            }
            asked(group, member_id, turn);
            if group.is_leader(member_id) {
                store_assignment(group, request, turn);
            }
        }
        GroupState::Stable => {
            asked(group, member_id, turn);
            let assignment =
                group.member(member_id).map(|member| member.assignment.clone()).unwrap_or_default();
            let response = SyncResponse {
                protocol_type: group.protocol_type.clone(),
                protocol_name: group.protocol_name.clone(),
                assignment,
            };
            turn.sync(waiter, Ok(response));
        }
    }
}

fn validate(group: &Group, request: &SyncRequest) -> Result<(), GroupError> {
    if group.is(GroupState::Dead) {
        return Err(GroupError::CoordinatorNotAvailable);
    }
    group.validate(&request.member_id, request.group_instance_id.as_deref())?;
    if request.generation_id != group.generation {
        return Err(GroupError::IllegalGeneration);
    }
    let differs = |asked: &Option<String>, ours: &Option<String>| asked.is_some() && asked != ours;
    if differs(&request.protocol_type, &group.protocol_type)
        || differs(&request.protocol_name, &group.protocol_name)
    {
        return Err(GroupError::InconsistentGroupProtocol);
    }
    Ok(())
}

/// The member need not be reminded any more.
fn asked(group: &mut Group, member_id: &str, turn: &mut Turn<'_>) {
    group.remove_pending_sync(member_id);
    if group.pending_sync().is_empty() {
        turn.timers.cancel(&Timer::Sync(group.id.clone()));
    }
}

/// The leader's assignment is written before anybody gets it. Whom the leader forgot gets an empty one.
fn store_assignment(group: &mut Group, request: SyncRequest, turn: &mut Turn<'_>) {
    let mut given: BTreeMap<String, Bytes> = request.assignments.into_iter().collect();
    let assignment: BTreeMap<String, Bytes> = group
        .member_ids()
        .into_iter()
        .map(|member_id| {
            let given = given.remove(&member_id).unwrap_or_default();
            (member_id, given)
        })
        .collect();
    let record = records::group_metadata(group, &assignment);
    let continuation = Continuation::Assign { generation: group.generation, assignment };
    turn.append(&group.id, record, continuation);
}

/// The assignment of a generation is stored, or could not be.
pub(crate) fn stored(
    group: &mut Group,
    generation: i32,
    mut assignment: BTreeMap<String, Bytes>,
    result: Result<(), AppendFailure>,
    turn: &mut Turn<'_>,
) {
    // Another rebalance may have begun meanwhile; then this assignment is history.
    if !group.is(GroupState::CompletingRebalance) || group.generation != generation {
        return;
    }
    if let Err(failure) = result {
        reset_assignment(group, failure.as_group_error(), turn);
        return prepare_or_complete(group, turn);
    }
    for member in group.members_mut() {
        member.assignment = assignment.remove(&member.id).unwrap_or_default();
    }
    send_assignments(group, turn);
    group.transition(GroupState::Stable, turn.now_ms);
}

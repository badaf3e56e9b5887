//! A static member (KIP-345) comes back without its member id: it takes over its old place under a new id.

use crate::appends::{Continuation, StaticReplacement};
use crate::event::JoinRequest;
use crate::group::Group;
use crate::join::{current_generation, park};
use crate::rebalance::{maybe_complete_join_phase, prepare_or_complete, prepare_rebalance, session};
use crate::records;
use crate::timers::Timer;
use crate::turn::Turn;
use crate::{AppendFailure, GroupError, GroupState, JoinResponse, Response, WaiterId};

/// The member `old_id` comes back as `new_id`.
pub(crate) fn replace(
    group: &mut Group,
    old_id: &str,
    new_id: &str,
    waiter: WaiterId,
    request: JoinRequest,
    turn: &mut Turn<'_>,
) {
    fence_waiters(group, old_id, turn);
    let Some(old) = group.member(old_id).cloned() else { return };
    let undo = StaticReplacement {
        instance_id: request.group_instance_id.clone().unwrap_or_default(),
        old_member_id: old_id.to_owned(),
        new_member_id: new_id.to_owned(),
        old_protocols: old.protocols,
        old_rebalance_timeout_ms: old.rebalance_timeout_ms,
        old_session_timeout_ms: old.session_timeout_ms,
        old_leader: group.leader.clone().unwrap_or_default(),
        supports_skipping_assignment: request.supports_skipping_assignment,
    };
    rename(group, old_id, new_id, turn);
    let rebalance_timeout_ms = request.rebalance_timeout_ms();
    group.update(new_id, request.protocols, rebalance_timeout_ms, request.session_timeout_ms);
    park(group, new_id, waiter, turn);
    match group.state() {
        GroupState::Stable if group.select_protocol() == group.protocol_name => {
            // Nothing changes for the others, so there is no rebalance; the new id is stored before it counts.
            let record = records::group_metadata(group, &group.assignment());
            turn.append(&group.id, record, Continuation::ReplaceStaticMember(Box::new(undo)));
        }
        GroupState::Stable => prepare_or_complete(group, turn),
        // The leader may have assigned to the old id already.
        GroupState::CompletingRebalance => prepare_rebalance(group, turn),
        _ => maybe_complete_join_phase(group, turn),
    }
}

/// Whoever still waits under the old id is another process with the same instance id.
fn fence_waiters(group: &mut Group, old_id: &str, turn: &mut Turn<'_>) {
    if let Some(waiter) = group.take_join_waiter(old_id) {
        turn.join_failed(waiter, old_id, GroupError::FencedInstanceId);
    }
    if let Some(waiter) = group.take_sync_waiter(old_id) {
        turn.sync(waiter, Err(GroupError::FencedInstanceId));
    }
}

fn rename(group: &mut Group, old_id: &str, new_id: &str, turn: &mut Turn<'_>) {
    group.rename(old_id, new_id);
    turn.timers.cancel(&Timer::Session(group.id.clone(), old_id.to_owned()));
    session(group, new_id, turn);
}

/// The new id is stored, or could not be.
pub(crate) fn stored(
    group: &mut Group,
    replacement: StaticReplacement,
    result: Result<(), AppendFailure>,
    turn: &mut Turn<'_>,
) {
    let new_id = replacement.new_member_id.as_str();
    if group.static_member_id(&replacement.instance_id).map(String::as_str) != Some(new_id) {
        return; // The instance was replaced again, or is gone; whoever did that answered the join.
    }
    match result {
        Ok(()) => answer(group, &replacement, turn),
        Err(failure) => undo(group, replacement, failure, turn),
    }
}

fn answer(group: &mut Group, replacement: &StaticReplacement, turn: &mut Turn<'_>) {
    // A rebalance that began meanwhile answers the join itself.
    if !group.is(GroupState::Stable) {
        return;
    }
    let new_id = replacement.new_member_id.as_str();
    let Some(waiter) = group.take_join_waiter(new_id) else { return };
    let is_leader = group.is_leader(new_id);
    let response = if replacement.supports_skipping_assignment {
        JoinResponse { skip_assignment: is_leader, ..current_generation(group, new_id, is_leader) }
    } else {
        // Under its old id as leader the client does not assign, which would need a rebalance.
        JoinResponse { leader: replacement.old_leader.clone(), ..current_generation(group, new_id, false) }
    };
    turn.respond(waiter, Response::Join(response));
    session(group, new_id, turn);
}

fn undo(group: &mut Group, replacement: StaticReplacement, failure: AppendFailure, turn: &mut Turn<'_>) {
    let new_id = replacement.new_member_id.as_str();
    if let Some(waiter) = group.take_join_waiter(new_id) {
        turn.join_failed(waiter, "", failure.as_group_error());
    }
    if let Some(waiter) = group.take_sync_waiter(new_id) {
        turn.sync(waiter, Err(failure.as_group_error()));
    }
    group.update(
        new_id,
        replacement.old_protocols,
        replacement.old_rebalance_timeout_ms,
        replacement.old_session_timeout_ms,
    );
    rename(group, new_id, &replacement.old_member_id, turn);
    // Without its parked join the member may have been the last one that a rebalance waited for.
    maybe_complete_join_phase(group, turn);
}

//! From one generation to the next: gather the members, choose leader and protocol, answer the joins.

use bytes::Bytes;

use crate::appends::Continuation;
use crate::group::{Group, JoinPhase};
use crate::join::current_generation;
use crate::records;
use crate::timers::Timer;
use crate::turn::Turn;
use crate::{GroupError, GroupState, Response, SyncResponse};

/// Begins a rebalance, or, if one is on, ends its first phase when everybody is there.
pub(crate) fn prepare_or_complete(group: &mut Group, turn: &mut Turn<'_>) {
    match group.state() {
        GroupState::Empty | GroupState::CompletingRebalance | GroupState::Stable => {
            prepare_rebalance(group, turn)
        }
        GroupState::PreparingRebalance | GroupState::Dead => maybe_complete_join_phase(group, turn),
    }
}

/// Begins a rebalance: from now on members must join again.
pub(crate) fn prepare_rebalance(group: &mut Group, turn: &mut Turn<'_>) {
    if group.is(GroupState::CompletingRebalance) {
        reset_assignment(group, GroupError::RebalanceInProgress, turn);
    }
    group.clear_pending_sync();
    turn.timers.cancel(&Timer::Sync(group.id.clone()));
    let was_empty = group.is(GroupState::Empty);
    group.transition(GroupState::PreparingRebalance, turn.now_ms);
    if was_empty {
        let delay_ms = turn.config.initial_rebalance_delay_ms.max(0);
        let remaining_ms = group.rebalance_timeout_ms().saturating_sub(delay_ms).max(0);
        wait_for_more(group, delay_ms, remaining_ms, turn);
    } else if group.has_all_members_joined() {
        complete_join(group, turn);
    } else {
        group.join_phase = JoinPhase::Rejoin;
        turn.schedule(Timer::Join(group.id.clone()), group.rebalance_timeout_ms().into());
    }
}

/// An empty group waits a little, so that consumers that start together share their first generation.
fn wait_for_more(group: &mut Group, delay_ms: i32, remaining_ms: i32, turn: &mut Turn<'_>) {
    if delay_ms == 0 {
        return complete_join(group, turn);
    }
    group.new_member_added = false;
    group.join_phase = JoinPhase::Initial { delay_ms, remaining_ms };
    turn.schedule(Timer::Join(group.id.clone()), delay_ms.into());
}

/// The Join timer is due.
pub(crate) fn join_phase_over(group: &mut Group, turn: &mut Turn<'_>) {
    if !group.is(GroupState::PreparingRebalance) {
        return;
    }
    match group.join_phase {
        JoinPhase::Initial { delay_ms, remaining_ms } if group.new_member_added && remaining_ms > 0 => {
            let next_ms = turn.config.initial_rebalance_delay_ms.min(remaining_ms);
            wait_for_more(group, next_ms, remaining_ms.saturating_sub(delay_ms).max(0), turn);
        }
        _ => complete_join(group, turn),
    }
}

/// Ends the first phase if everybody is there; an initial rebalance always waits its time.
pub(crate) fn maybe_complete_join_phase(group: &mut Group, turn: &mut Turn<'_>) {
    if group.is(GroupState::PreparingRebalance)
        && group.previous_state() != GroupState::Empty
        && group.has_all_members_joined()
    {
        complete_join(group, turn);
    }
}

/// Ends the first phase: who has not joined is out, who has is in the next generation.
pub(crate) fn complete_join(group: &mut Group, turn: &mut Turn<'_>) {
    turn.timers.cancel(&Timer::Join(group.id.clone()));
    for member_id in group.member_ids() {
        let absent =
            group.member(&member_id).is_some_and(|m| m.join_waiter.is_none() && m.instance_id.is_none());
        if absent {
            group.remove(&member_id);
            turn.timers.cancel(&Timer::Session(group.id.clone(), member_id));
        }
    }
    if !group.elect_joined_leader() && group.size() > 0 {
        // Only silent static members are left: their sessions decide.
        group.join_phase = JoinPhase::Rejoin;
        return turn.schedule(Timer::Join(group.id.clone()), i64::from(group.rebalance_timeout_ms()).max(1));
    }
    group.generation = group.generation.saturating_add(1);
    group.clear_pending_sync();
    if group.size() == 0 {
        group.protocol_name = None;
        group.leader = None;
        group.note_subscription();
        group.transition(GroupState::Empty, turn.now_ms);
        let record = records::group_metadata(group, &group.assignment());
        return turn.append(&group.id, record, Continuation::Nothing);
    }
    group.protocol_name = group.select_protocol();
    group.note_subscription();
    group.transition(GroupState::CompletingRebalance, turn.now_ms);
    answer_joins(group, turn);
    turn.schedule(Timer::Sync(group.id.clone()), group.rebalance_timeout_ms().into());
}

fn answer_joins(group: &mut Group, turn: &mut Turn<'_>) {
    for member_id in group.member_ids() {
        if let Some(waiter) = group.take_join_waiter(&member_id) {
            let response = current_generation(group, &member_id, group.is_leader(&member_id));
            turn.respond(waiter, Response::Join(response));
        }
        if let Some(member) = group.member_mut(&member_id) {
            member.is_new = false;
        }
        session(group, &member_id, turn);
        group.add_pending_sync(&member_id);
    }
}

/// Starts a member's session anew.
pub(crate) fn session(group: &Group, member_id: &str, turn: &mut Turn<'_>) {
    if let Some(member) = group.member(member_id) {
        turn.schedule(
            Timer::Session(group.id.clone(), member_id.to_owned()),
            member.session_timeout_ms.into(),
        );
    }
}

/// Takes everybody's assignment away and sends the waiting away with an error.
pub(crate) fn reset_assignment(group: &mut Group, error: GroupError, turn: &mut Turn<'_>) {
    for member_id in group.member_ids() {
        if let Some(member) = group.member_mut(&member_id) {
            member.assignment = Bytes::new();
        }
        if let Some(waiter) = group.take_sync_waiter(&member_id) {
            turn.sync(waiter, Err(error));
            session(group, &member_id, turn);
        }
    }
}

/// Gives everybody who waits its assignment.
pub(crate) fn send_assignments(group: &mut Group, turn: &mut Turn<'_>) {
    for member_id in group.member_ids() {
        let Some(waiter) = group.take_sync_waiter(&member_id) else { continue };
        let response = group.member(&member_id).map(|member| SyncResponse {
            protocol_type: group.protocol_type.clone(),
            protocol_name: group.protocol_name.clone(),
            assignment: member.assignment.clone(),
        });
        turn.sync(waiter, response.ok_or(GroupError::UnknownMemberId));
        // Its session may have run out unnoticed while it was parked.
        session(group, &member_id, turn);
    }
}

/// A member is gone, its waiters are answered: the group goes on without it.
pub(crate) fn member_left(group: &mut Group, turn: &mut Turn<'_>) {
    match group.state() {
        GroupState::Stable | GroupState::CompletingRebalance => prepare_rebalance(group, turn),
        GroupState::PreparingRebalance => maybe_complete_join_phase(group, turn),
        GroupState::Empty | GroupState::Dead => {}
    }
}

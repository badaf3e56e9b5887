//! JoinGroup: a member wants into the group's next generation.

use crate::event::JoinRequest;
use crate::group::Group;
use crate::member::Member;
use crate::rebalance::{maybe_complete_join_phase, prepare_or_complete};
use crate::static_member;
use crate::timers::Timer;
use crate::turn::Turn;
use crate::{Config, GroupError, GroupState, JoinResponse, Response, WaiterId};

/// What is wrong with the request whatever the group is.
pub(crate) fn validate(request: &JoinRequest, config: &Config) -> Option<GroupError> {
    let sessions = config.min_session_timeout_ms..=config.max_session_timeout_ms;
    if request.group_id.is_empty() {
        Some(GroupError::InvalidGroupId)
    } else if !sessions.contains(&request.session_timeout_ms) {
        Some(GroupError::InvalidSessionTimeout)
    } else {
        None
    }
}

/// A member joins the group, which exists.
pub(crate) fn join(group: &mut Group, waiter: WaiterId, request: JoinRequest, turn: &mut Turn<'_>) {
    if group.is(GroupState::Dead) {
        turn.join_failed(waiter, &request.member_id, GroupError::CoordinatorNotAvailable);
    } else if !has_room(group, &request.member_id, turn.config) {
        turn.join_failed(waiter, "", GroupError::GroupMaxSizeReached);
        kick_out(group, &request.member_id, turn);
    } else if !group.supports(&request.protocol_type, &request.protocols) {
        turn.join_failed(waiter, &request.member_id, GroupError::InconsistentGroupProtocol);
    } else if request.member_id.is_empty() {
        join_new(group, waiter, request, turn);
    } else {
        join_known(group, waiter, request, turn);
    }
}

/// Whether the group takes one more. While it rebalances, those who have rejoined count, so that a group that has
/// become too large loses whoever comes last.
fn has_room(group: &Group, member_id: &str, config: &Config) -> bool {
    let known = group.member(member_id);
    match group.state() {
        GroupState::Empty | GroupState::Dead => true,
        GroupState::PreparingRebalance => {
            known.is_some_and(|member| member.join_waiter.is_some())
                || group.awaiting_join_count() < config.max_group_size
        }
        GroupState::CompletingRebalance | GroupState::Stable => {
            known.is_some() || group.size() < config.max_group_size
        }
    }
}

fn kick_out(group: &mut Group, member_id: &str, turn: &mut Turn<'_>) {
    if let Some(waiter) = group.take_sync_waiter(member_id) {
        turn.sync(waiter, Err(GroupError::UnknownMemberId));
    }
    group.remove(member_id);
    turn.timers.cancel(&Timer::Session(group.id.clone(), member_id.to_owned()));
    maybe_complete_join_phase(group, turn);
}

/// A member without an id.
fn join_new(group: &mut Group, waiter: WaiterId, request: JoinRequest, turn: &mut Turn<'_>) {
    let name = request.group_instance_id.as_ref().unwrap_or(&request.client_id);
    let new_id = format!("{name}-{}", request.fresh_uuid);
    let existing = request.group_instance_id.as_ref().and_then(|id| group.static_member_id(id)).cloned();
    if let Some(old_id) = existing {
        return static_member::replace(group, &old_id, &new_id, waiter, request, turn);
    }
    if request.group_instance_id.is_some() || !request.requires_known_member_id {
        return add(group, &new_id, waiter, request, turn);
    }
    if group.pending_join_count() >= turn.config.max_pending_members {
        return turn.join_failed(waiter, "", GroupError::GroupMaxSizeReached);
    }
    group.add_pending_join(&new_id);
    turn.schedule(Timer::Session(group.id.clone(), new_id.clone()), request.session_timeout_ms.into());
    turn.join_failed(waiter, &new_id, GroupError::MemberIdRequired);
}

/// A member with an id.
fn join_known(group: &mut Group, waiter: WaiterId, request: JoinRequest, turn: &mut Turn<'_>) {
    let member_id = request.member_id.clone();
    if group.is_pending_join(&member_id) && request.group_instance_id.is_none() {
        return add(group, &member_id, waiter, request, turn);
    }
    if let Err(error) = group.validate(&member_id, request.group_instance_id.as_deref()) {
        return turn.join_failed(waiter, &member_id, error);
    }
    let same_metadata = group.member(&member_id).is_some_and(|member| member.protocols == request.protocols);
    let is_leader = group.is_leader(&member_id);
    match group.state() {
        GroupState::PreparingRebalance => rejoin(group, waiter, request, turn),
        // The answer got lost: it is given again.
        GroupState::CompletingRebalance if same_metadata => {
            let response = current_generation(group, &member_id, is_leader);
            turn.respond(waiter, Response::Join(response));
        }
        // A leader that joins asks for a rebalance: it knows of changes that its metadata does not show.
        GroupState::Stable if same_metadata && !is_leader => {
            let response = current_generation(group, &member_id, false);
            turn.respond(waiter, Response::Join(response));
        }
        GroupState::CompletingRebalance | GroupState::Stable => rejoin(group, waiter, request, turn),
        GroupState::Empty | GroupState::Dead => {
            turn.join_failed(waiter, &member_id, GroupError::UnknownMemberId);
        }
    }
}

fn add(group: &mut Group, member_id: &str, waiter: WaiterId, request: JoinRequest, turn: &mut Turn<'_>) {
    if group.is(GroupState::PreparingRebalance) && group.previous_state() == GroupState::Empty {
        group.new_member_added = true;
    }
    group.add(Member::new(member_id, request, waiter));
    // A client that gives up on a long rebalance and joins anew leaves a member behind that nobody hears of again.
    let timeout = turn.config.new_member_join_timeout_ms;
    turn.schedule(Timer::Session(group.id.clone(), member_id.to_owned()), timeout);
    prepare_or_complete(group, turn);
}

fn rejoin(group: &mut Group, waiter: WaiterId, request: JoinRequest, turn: &mut Turn<'_>) {
    let rebalance_timeout_ms = request.rebalance_timeout_ms();
    group.update(&request.member_id, request.protocols, rebalance_timeout_ms, request.session_timeout_ms);
    park(group, &request.member_id, waiter, turn);
    prepare_or_complete(group, turn);
}

/// Parks the join; one that was parked before is told to come again.
pub(crate) fn park(group: &mut Group, member_id: &str, waiter: WaiterId, turn: &mut Turn<'_>) {
    if let Some(before) = group.park_join(member_id, waiter) {
        turn.join_failed(before, member_id, GroupError::RebalanceInProgress);
    }
}

/// The answer to a member of the current generation.
pub(crate) fn current_generation(group: &Group, member_id: &str, with_members: bool) -> JoinResponse {
    JoinResponse {
        error: None,
        generation_id: group.generation,
        protocol_type: group.protocol_type.clone(),
        protocol_name: group.protocol_name.clone(),
        leader: group.leader.clone().unwrap_or_default(),
        skip_assignment: false,
        member_id: member_id.to_owned(),
        members: if with_members { group.joined_members() } else { Vec::new() },
    }
}

impl JoinResponse {
    /// The answer that refuses.
    pub(crate) fn failed(member_id: &str, error: GroupError) -> Self {
        Self {
            error: Some(error),
            generation_id: -1,
            protocol_type: None,
            protocol_name: None,
            leader: String::new(),
            skip_assignment: false,
            member_id: member_id.to_owned(),
            members: Vec::new(),
        }
    }
}

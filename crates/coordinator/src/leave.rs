//! LeaveGroup: members go of their own will, or an administrator removes static ones.

use crate::event::{LeaveRequest, LeavingMember};
use crate::group::Group;
use crate::rebalance::member_left;
use crate::timers::Timer;
use crate::turn::Turn;
use crate::{GroupError, GroupState, LeaveResponse, LeftMember};

/// Members leave an existing group.
pub(crate) fn leave(
    group: &mut Group,
    request: LeaveRequest,
    turn: &mut Turn<'_>,
) -> Result<LeaveResponse, GroupError> {
    if group.is(GroupState::Dead) {
        return Err(GroupError::CoordinatorNotAvailable);
    }
    let mut any_left = false;
    let mut leave_one = |member: LeavingMember| {
        let error = remove(group, &member, turn).err();
        any_left |= error.is_none();
        LeftMember { member_id: member.member_id, group_instance_id: member.group_instance_id, error }
    };
    let members = request.members.into_iter().map(&mut leave_one).collect();
    if any_left {
        member_left(group, turn);
    }
    Ok(LeaveResponse { members })
}

fn remove(group: &mut Group, leaving: &LeavingMember, turn: &mut Turn<'_>) -> Result<(), GroupError> {
    let instance_id = leaving.group_instance_id.as_deref();
    if leaving.member_id.is_empty() {
        let member_id = instance_id.and_then(|id| group.static_member_id(id)).cloned();
        dismiss(group, &member_id.ok_or(GroupError::UnknownMemberId)?, turn);
        return Ok(());
    }
    if !group.is_pending_join(&leaving.member_id) {
        group.validate(&leaving.member_id, instance_id)?;
    }
    dismiss(group, &leaving.member_id, turn);
    Ok(())
}

/// Takes a member out; whatever it waits for is answered, so that a client that still lives joins again.
pub(crate) fn dismiss(group: &mut Group, member_id: &str, turn: &mut Turn<'_>) {
    if let Some(waiter) = group.take_join_waiter(member_id) {
        turn.join_failed(waiter, "", GroupError::UnknownMemberId);
    }
    if let Some(waiter) = group.take_sync_waiter(member_id) {
        turn.sync(waiter, Err(GroupError::UnknownMemberId));
    }
    group.remove(member_id);
    turn.timers.cancel(&Timer::Session(group.id.clone(), member_id.to_owned()));
}

/// The answer when there is no such group.
pub(crate) fn from_nowhere(request: LeaveRequest) -> LeaveResponse {
    let unknown = |member: LeavingMember| LeftMember {
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
        error: Some(GroupError::UnknownMemberId),
    };
    LeaveResponse { members: request.members.into_iter().map(unknown).collect() }
}

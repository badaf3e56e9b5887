//! Heartbeat: a member says that it lives, and learns whether it must join again.

use crate::event::Heartbeat;
use crate::group::Group;
use crate::rebalance::session;
use crate::turn::Turn;
use crate::{GroupError, GroupState};

/// A member of an existing group.
pub(crate) fn heartbeat(group: &Group, request: &Heartbeat, turn: &mut Turn<'_>) -> Result<(), GroupError> {
    if group.is(GroupState::Dead) {
        return Err(GroupError::CoordinatorNotAvailable);
    }
    group.validate(&request.member_id, request.group_instance_id.as_deref())?;
    if request.generation_id != group.generation {
        return Err(GroupError::IllegalGeneration);
    }
    match group.state() {
        GroupState::Empty | GroupState::Dead => Err(GroupError::UnknownMemberId),
        GroupState::PreparingRebalance => {
            session(group, &request.member_id, turn);
            Err(GroupError::RebalanceInProgress)
        }
        GroupState::CompletingRebalance | GroupState::Stable => {
            session(group, &request.member_id, turn);
            Ok(())
        }
    }
}

//! Time is up: for a silent member, for a member that never asked for its assignment.

use crate::GroupState;
use crate::group::Group;
use crate::leave::dismiss;
use crate::rebalance::{member_left, prepare_rebalance};
use crate::turn::Turn;

/// A member's session is over.
pub(crate) fn session_over(group: &mut Group, member_id: &str, turn: &mut Turn<'_>) {
    let excused = group.member(member_id).is_some_and(crate::member::Member::is_parked);
    let known = group.member(member_id).is_some() || group.is_pending_join(member_id);
    if excused || !known || group.is(GroupState::Dead) {
        return;
    }
    let was_pending = group.is_pending_join(member_id);
    dismiss(group, member_id, turn);
    // A member that never came back with its id is in no generation: only a rebalance that waits for it moves on.
    if !was_pending || group.is(GroupState::PreparingRebalance) {
        member_left(group, turn);
    }
}

/// The Sync timer is due: who has not asked for its assignment is out.
pub(crate) fn sync_phase_over(group: &mut Group, turn: &mut Turn<'_>) {
    if !matches!(group.state(), GroupState::CompletingRebalance | GroupState::Stable) {
        return;
    }
    let silent: Vec<String> = group.pending_sync().iter().cloned().collect();
    if silent.is_empty() {
        return;
    }
    for member_id in silent {
        dismiss(group, &member_id, turn);
    }
    prepare_rebalance(group, turn);
}

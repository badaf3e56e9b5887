//! ConsumerGroupHeartbeat: a member joins, says what it has, and learns what it shall have.

use super::assignment::{Assigned, without_epochs};
use super::change::Change;
use super::context::Context;
use super::group::ConsumerGroup;
use super::member::Member;
use super::membership::{self, Claim};
use super::refused::Refused;
use super::request::{ConsumerHeartbeat, HeartbeatAnswer};
use super::update::{RebalanceTimer, Update};

/// What a heartbeat leads to, if its records can be written.
pub(crate) struct Outcome {
    pub(crate) changes: Vec<Change>,
    pub(crate) answer: HeartbeatAnswer,
    pub(crate) rebalance_timer: RebalanceTimer,
    pub(crate) rebalance_timeout_ms: i32,
    /// The group's epoch, if the group has looked at its topics.
    pub(crate) refreshed: Option<i32>,
    pub(crate) resolve: bool,
}

/// A heartbeat of somebody who does not leave.
pub(crate) fn heartbeat(
    context: &Context<'_>,
    group: &ConsumerGroup,
    request: &ConsumerHeartbeat,
) -> Result<Outcome, Refused> {
    let instance_id = request.instance_id.as_deref();
    membership::check_size(context, group, &request.member_id, instance_id)?;
    let member_id = if request.member_id.is_empty() { &request.fresh_uuid } else { &request.member_id };
    let claim = Claim {
        member_id,
        instance_id,
        epoch: Some(request.member_epoch),
        owned: request.owned.as_ref(),
        may_join: request.is_join(),
    };
    let mut changes = Vec::new();
    let before = membership::find(group, &claim, &mut changes)?;
    let after = described(&before, request);
    let update = Update { context, group, before: &before, after, owned: request.owned.as_ref() };
    let said = update.describe(&mut changes)?;
    let target = update.retarget(&said, &mut changes)?;
    let (current, rebalance_timer) = update.reconcile(&target, &said, &mut changes)?;
    let show = request.is_join() || request.is_full() || current.assigned != before.current.assigned;
    let assigned: &Assigned = &current.assigned;
    Ok(Outcome {
        answer: HeartbeatAnswer {
            member_id: before.id.clone(),
            member_epoch: current.epoch,
            heartbeat_interval_ms: context.heartbeat_interval_ms(),
            assignment: show.then(|| without_epochs(assigned)),
        },
        rebalance_timer,
        rebalance_timeout_ms: update.after.metadata.rebalance_timeout_ms,
        refreshed: said.refreshed.then_some(said.group_epoch),
        resolve: said.resolve,
        changes,
    })
}

/// The member with what it said; what it did not say stays.
fn described(before: &Member, request: &ConsumerHeartbeat) -> Member {
    let mut after = before.clone();
    let metadata = &mut after.metadata;
    let replace = |old: &mut Option<String>, new: &Option<String>| {
        if new.is_some() {
            old.clone_from(new);
        }
    };
    replace(&mut metadata.instance_id, &request.instance_id);
    replace(&mut metadata.rack_id, &request.rack_id);
    replace(&mut metadata.assignor, &request.assignor);
    if let Some(timeout) = request.rebalance_timeout_ms {
        metadata.rebalance_timeout_ms = timeout;
    }
    if let Some(topics) = &request.topics {
        metadata.topics = topics.iter().cloned().collect();
    }
    if let Some(regex) = &request.regex {
        metadata.regex.clone_from(regex);
    }
    metadata.client_id.clone_from(&request.client_id);
    metadata.client_host.clone_from(&request.client_host);
    metadata.classic = None;
    after
}

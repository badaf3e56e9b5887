//! Members go: of their own will, or because their time is up.

use std::collections::BTreeSet;

use super::change::{Change, Epoch};
use super::context::Context;
use super::group::ConsumerGroup;
use super::member::{Current, LEAVE_STATIC_EPOCH};
use super::membership::{self, check_instance};
use super::refused::Refused;
use super::regex;
use super::request::ConsumerHeartbeat;
use crate::GroupError;

/// What leaving means.
pub(crate) enum Leave {
    /// The member is gone.
    For(String),
    /// The static member is expected back: it keeps its place.
    ForAWhile(String, Vec<Change>),
}

/// A heartbeat of somebody who leaves.
pub(crate) fn leave(group: &ConsumerGroup, request: &ConsumerHeartbeat) -> Result<Leave, Refused> {
    let Some(instance_id) = &request.instance_id else {
        return match group.has_member(&request.member_id) {
            true => Ok(Leave::For(request.member_id.clone())),
            false => Err(Refused::unknown_member(&request.member_id, &group.id)),
        };
    };
    let member = group.static_member_id(instance_id).and_then(|id| group.member(id)).ok_or_else(|| {
        Refused::new(GroupError::UnknownMemberId, format!("Instance id {instance_id} is unknown."))
    })?;
    check_instance(&member, &request.member_id, instance_id)?;
    if request.member_epoch != LEAVE_STATIC_EPOCH {
        return Ok(Leave::For(member.id));
    }
    let mut current = Current { epoch: LEAVE_STATIC_EPOCH, ..member.current };
    current.revoking.clear();
    // Whoever comes back has had its partitions from the first.
    current.assigned.values_mut().flat_map(|partitions| partitions.values_mut()).for_each(|epoch| *epoch = 0);
    let changes = vec![Change::Current(member.id.clone(), Some(current))];
    Ok(Leave::ForAWhile(member.id, changes))
}

/// Takes members out, and asks for a new assignment.
pub(crate) fn remove(context: &Context<'_>, group: &ConsumerGroup, member_ids: &[String]) -> Vec<Change> {
    let mut changes = Vec::new();
    member_ids.iter().for_each(|member_id| membership::remove(member_id, &mut changes));
    let leaving: BTreeSet<&str> = member_ids.iter().map(String::as_str).collect();
    regex::forget(group, &leaving, &mut changes);
    let topics_hash = regex::hash_without(context, group, &leaving);
    let epoch = group.epoch().saturating_add(1);
    changes.push(Change::Epoch(Some(Epoch { epoch, topics_hash })));
    changes
}

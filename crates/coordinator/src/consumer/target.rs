//! The target assignment: who shall have what.

use std::collections::BTreeMap;

use super::assignment::Partitions;
use super::assignor::{self, MemberSpec, Spec};
use super::change::{Change, TargetEpoch};
use super::context::Context;
use super::group::ConsumerGroup;
use super::member::Member;
use super::refused::Refused;
use super::subscription::{members_with, preferred_assignor, topic_ids};

/// A target assignment's epoch, and one member's part of it.
pub(crate) struct Target {
    pub(crate) epoch: i32,
    pub(crate) partitions: Partitions,
}

/// Computes the target assignment if the group's epoch says so and the interval between two has passed.
pub(crate) fn update(
    context: &Context<'_>,
    group: &ConsumerGroup,
    group_epoch: i32,
    updated: &Member,
    changes: &mut Vec<Change>,
) -> Result<Target, Refused> {
    if group.target_epoch() >= group_epoch || !may_compute(context, group) {
        return Ok(last(group, updated));
    }
    let mut targets = compute(context, group, updated)?;
    let partitions = targets.get(&updated.id).cloned().unwrap_or_default();
    targets.retain(|member_id, target| group.target(member_id) != Some(target));
    changes.extend(targets.into_iter().map(|(id, target)| Change::Target(id, Some(target))));
    let epoch = TargetEpoch { epoch: group_epoch, computed_at_ms: context.now_ms };
    changes.push(Change::TargetEpoch(Some(epoch)));
    Ok(Target { epoch: group_epoch, partitions })
}

/// The last target assignment; a static member that comes back has that of the one that it replaces.
pub(crate) fn last(group: &ConsumerGroup, updated: &Member) -> Target {
    let partitions = group.target(target_id(group, updated)).cloned().unwrap_or_default();
    Target { epoch: group.target_epoch(), partitions }
}

fn target_id<'a>(group: &'a ConsumerGroup, updated: &'a Member) -> &'a str {
    let replaced = updated.metadata.instance_id.as_deref().and_then(|id| group.static_member_id(id));
    replaced.unwrap_or(&updated.id)
}

/// An interval of 0 is the way out when the clock was set back.
fn may_compute(context: &Context<'_>, group: &ConsumerGroup) -> bool {
    let (last_ms, interval_ms) = (group.target_computed_at_ms(), context.assignment_interval_ms());
    last_ms == 0 || interval_ms == 0 || context.now_ms >= last_ms.saturating_add(interval_ms.into())
}

fn compute(
    context: &Context<'_>,
    group: &ConsumerGroup,
    updated: &Member,
) -> Result<BTreeMap<String, Partitions>, Refused> {
    let assignor = preferred_assignor(context, members_with(group, updated)).unwrap_or(assignor::UNIFORM);
    let members = members_with(group, updated)
        .map(|(id, metadata)| {
            let last_id = if id == updated.id { target_id(group, updated) } else { id };
            let spec = MemberSpec {
                instance_id: metadata.instance_id.clone(),
                topics: topic_ids(context, group, metadata),
                last: group.target(last_id).cloned().unwrap_or_default(),
            };
            (id.to_owned(), spec)
        })
        .collect();
    let spec = Spec { members, partitions: &|topic| context.topics.by_id(topic).map_or(0, |t| t.partitions) };
    assignor::assign(assignor, &spec)
}

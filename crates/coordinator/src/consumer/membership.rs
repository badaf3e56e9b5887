//! Who a heartbeat or a classic join comes from: a member, a new one, one that takes a static member's place, or
//! somebody who is fenced.

use super::assignment::{Partitions, holds};
use super::change::Change;
use super::context::Context;
use super::group::ConsumerGroup;
use super::member::{Current, JOIN_EPOCH, LEAVE_STATIC_EPOCH, Member};
use super::refused::Refused;
use crate::GroupError;

/// Who says that it is a member.
pub(crate) struct Claim<'a> {
    pub(crate) member_id: &'a str,
    pub(crate) instance_id: Option<&'a str>,
    /// Its epoch; `None` for a member of the classic protocol, whose generation is looked at later.
    pub(crate) epoch: Option<i32>,
    pub(crate) owned: Option<&'a Partitions>,
    /// It may be new.
    pub(crate) may_join: bool,
}

/// A group of the largest size takes nobody new; who takes a static member's place is not new.
pub(crate) fn check_size(
    context: &Context<'_>,
    group: &ConsumerGroup,
    member_id: &str,
    instance_id: Option<&str>,
) -> Result<(), Refused> {
    let max = context.config.max_consumer_group_size;
    let is_known = group.has_member(member_id)
        || instance_id.is_some_and(|instance_id| group.static_member_id(instance_id).is_some());
    if is_known || group.size() < max {
        return Ok(());
    }
    let message = format!("The consumer group has reached its maximum capacity of {max} members.");
    Err(Refused::new(GroupError::GroupMaxSizeReached, message))
}

/// The member as it is now. For one that takes a static member's place, the records of that are added.
pub(crate) fn find(
    group: &ConsumerGroup,
    claim: &Claim<'_>,
    changes: &mut Vec<Change>,
) -> Result<Member, Refused> {
    match claim.instance_id {
        None => find_dynamic(group, claim),
        Some(instance_id) => find_static(group, claim, instance_id, changes),
    }
}

fn find_dynamic(group: &ConsumerGroup, claim: &Claim<'_>) -> Result<Member, Refused> {
    let member = match group.member(claim.member_id) {
        Some(member) => member,
        None if claim.may_join => Member::new(claim.member_id),
        None => return Err(Refused::unknown_member(claim.member_id, &group.id)),
    };
    check_epoch(&member, claim)?;
    Ok(member)
}

fn find_static(
    group: &ConsumerGroup,
    claim: &Claim<'_>,
    instance_id: &str,
    changes: &mut Vec<Change>,
) -> Result<Member, Refused> {
    let existing = group.static_member_id(instance_id).and_then(|id| group.member(id));
    let existing = match (existing, claim.may_join) {
        (Some(existing), _) => existing,
        (None, true) => {
            return Ok(group.member(claim.member_id).unwrap_or_else(|| Member::new(claim.member_id)));
        }
        (None, false) => {
            let message = format!("Instance id {instance_id} is unknown.");
            return Err(Refused::new(GroupError::UnknownMemberId, message));
        }
    };
    if claim.may_join {
        let both_new_protocol = claim.epoch.is_some() && !existing.is_classic();
        if both_new_protocol && existing.current.epoch != LEAVE_STATIC_EPOCH {
            let message = format!(
                "Static member {} with instance id {instance_id} cannot join the group because the instance id is \
                 owned by {} member.",
                claim.member_id, existing.id
            );
            return Err(Refused::new(GroupError::UnreleasedInstanceId, message));
        }
        return Ok(replace(group, existing, claim.member_id, changes));
    }
    check_instance(&existing, claim.member_id, instance_id)?;
    check_epoch(&existing, claim)?;
    Ok(existing)
}

/// Whether the static member is who it says it is.
pub(crate) fn check_instance(existing: &Member, member_id: &str, instance_id: &str) -> Result<(), Refused> {
    if existing.id == member_id {
        return Ok(());
    }
    let message = format!(
        "Static member {member_id} with instance id {instance_id} was fenced by member {}.",
        existing.id
    );
    Err(Refused::new(GroupError::FencedInstanceId, message))
}

/// The old member under its new id, from its first epoch on, with what the old one had.
fn replace(group: &ConsumerGroup, old: Member, new_id: &str, changes: &mut Vec<Change>) -> Member {
    remove(&old.id, changes);
    let target = group.target(&old.id).cloned().unwrap_or_default();
    let current = Current { epoch: JOIN_EPOCH, previous_epoch: JOIN_EPOCH, ..old.current };
    let member = Member { id: new_id.to_owned(), metadata: old.metadata, current };
    changes.push(Change::Member(member.id.clone(), Some(member.metadata.clone())));
    changes.push(Change::Target(member.id.clone(), Some(target)));
    changes.push(Change::Current(member.id.clone(), Some(member.current.clone())));
    member
}

/// The end of a member's records.
pub(crate) fn remove(member_id: &str, changes: &mut Vec<Change>) {
    changes.push(Change::Current(member_id.to_owned(), None));
    changes.push(Change::Target(member_id.to_owned(), None));
    changes.push(Change::Member(member_id.to_owned(), None));
}

/// The epoch must be the member's; or the one before, when the answer with the new one may have been lost: then the
/// member has nothing that it was not given.
fn check_epoch(member: &Member, claim: &Claim<'_>) -> Result<(), Refused> {
    let Some(epoch) = claim.epoch.filter(|epoch| *epoch != JOIN_EPOCH) else { return Ok(()) };
    let current = &member.current;
    let has_only_its_own = claim.owned.is_some_and(|owned| {
        owned.iter().all(|(topic, set)| set.iter().all(|index| holds(&current.assigned, *topic, *index)))
    });
    let than = match epoch.cmp(&current.epoch) {
        std::cmp::Ordering::Equal => return Ok(()),
        std::cmp::Ordering::Less if epoch == current.previous_epoch && has_only_its_own => return Ok(()),
        std::cmp::Ordering::Less => "smaller",
        std::cmp::Ordering::Greater => "greater",
    };
    Err(Refused::fenced(format!(
        "The consumer group member has a {than} member epoch ({epoch}) than the one known by the group coordinator \
         ({}). The member must abandon all its partitions and rejoin.",
        current.epoch
    )))
}

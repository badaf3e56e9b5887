//! The three steps that a heartbeat and a classic join share: what the member says of itself, the target assignment
//! when that changed something, and the member's next step towards it.

use super::assignment::Partitions;
use super::change::{Change, Epoch};
use super::context::Context;
use super::group::ConsumerGroup;
use super::member::{Current, Member, MemberState};
use super::reconcile::Step;
use super::refused::Refused;
use super::regex;
use super::subscription::{hash_of, members_with, topic_ids, topics_of};
use super::target::{self, Target};

/// How long a group trusts what it knows of its topics, unless it is told of a change, in ms.
pub(crate) const TOPICS_TRUSTED_MS: i64 = 2_147_483_647;

/// A member before and after what it said.
pub(crate) struct Update<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) group: &'a ConsumerGroup,
    pub(crate) before: &'a Member,
    pub(crate) after: Member,
    pub(crate) owned: Option<&'a Partitions>,
}

/// What the first step found.
pub(crate) struct Described {
    pub(crate) group_epoch: i32,
    /// What the member reads has changed.
    pub(crate) subscription_changed: bool,
    /// The group has looked at its topics.
    pub(crate) refreshed: bool,
    /// The group's regular expressions are to be looked up.
    pub(crate) resolve: bool,
}

/// What became of the member's time to give partitions back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RebalanceTimer {
    Untouched,
    Start,
    Stop,
}

impl Update<'_> {
    /// The member as it is now, and the group's epoch if that changes what has to be assigned.
    pub(crate) fn describe(&self, changes: &mut Vec<Change>) -> Result<Described, Refused> {
        let (before, after) = (self.before, &self.after);
        if after.metadata != before.metadata || !self.group.has_member(&before.id) {
            let record = Change::Member(after.id.clone(), Some(after.metadata.clone()));
            // A member that takes a static member's place has its record already.
            let known =
                changes.iter_mut().find(|one| matches!(one, Change::Member(id, Some(_)) if *id == after.id));
            match known {
                Some(known) => *known = record,
                None => changes.push(record),
            }
        }
        let names_changed = after.metadata.topics != before.metadata.topics;
        let (regex, resolve) = regex::update(self.context, self.group, before, after, changes)?;
        // A member of the classic protocol has no expression, so one that it takes the place of is known to be gone.
        let regex_counts = match after.is_classic() {
            true => regex.is_change(),
            false => regex == regex::RegexUpdate::ChangedAndResolved,
        };
        let bump = names_changed || regex_counts;
        let mut described = Described {
            group_epoch: self.group.epoch(),
            subscription_changed: names_changed || regex.is_change(),
            refreshed: bump || self.group.must_refresh(self.context.now_ms),
            resolve,
        };
        if described.refreshed {
            described.group_epoch = self.refresh(bump, changes);
        }
        Ok(described)
    }

    /// Looks at the group's topics; gives the group's epoch.
    fn refresh(&self, bump: bool, changes: &mut Vec<Change>) -> i32 {
        let topics = topics_of(self.group, members_with(self.group, &self.after));
        let topics_hash = hash_of(self.context, &topics);
        let mut epoch = self.group.epoch();
        if bump || topics_hash != self.group.topics_hash() {
            epoch = epoch.saturating_add(1);
            changes.push(Change::Epoch(Some(Epoch { epoch, topics_hash })));
        }
        if self.group.has_partition_metadata() {
            changes.push(Change::NoPartitionMetadata);
        }
        epoch
    }

    /// The target assignment, computed anew if the group's epoch is ahead of it.
    pub(crate) fn retarget(
        &self,
        described: &Described,
        changes: &mut Vec<Change>,
    ) -> Result<Target, Refused> {
        target::update(self.context, self.group, described.group_epoch, &self.after, changes)
    }

    /// The member's next step towards its target.
    pub(crate) fn reconcile(
        &self,
        target: &Target,
        described: &Described,
        changes: &mut Vec<Change>,
    ) -> Result<(Current, RebalanceTimer), Refused> {
        let member = &self.after;
        if !described.subscription_changed && member.is_reconciled_to(target.epoch) {
            return Ok((member.current.clone(), RebalanceTimer::Untouched));
        }
        let step = Step {
            group: self.group,
            target_epoch: target.epoch,
            target: &target.partitions,
            subscribed: topic_ids(self.context, self.group, &member.metadata),
            subscription_changed: described.subscription_changed,
            owned: self.owned,
        };
        let next = step.next(member)?;
        if next == member.current {
            return Ok((next, RebalanceTimer::Untouched));
        }
        changes.push(Change::Current(member.id.clone(), Some(next.clone())));
        let timer = match next.state {
            _ if member.is_classic() => RebalanceTimer::Untouched,
            MemberState::UnrevokedPartitions => RebalanceTimer::Start,
            _ => RebalanceTimer::Stop,
        };
        Ok((next, timer))
    }
}

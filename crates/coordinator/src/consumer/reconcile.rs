//! A member's next step towards its target assignment.
//!
//! It gives back what is not its own any more (and stays in its epoch until it has said so), then has the target's
//! epoch and whatever of its partitions is free, and at last the rest as others give it back. So no partition is ever
//! with two members, and nobody waits for a member that has nothing to give.

use std::collections::{BTreeMap, BTreeSet};

use millstream_wire::Uuid;

use super::assignment::{Assigned, Partitions, holds};
use super::group::ConsumerGroup;
use super::member::{Current, Member, MemberState};
use super::refused::Refused;

/// What a step is taken by.
pub(crate) struct Step<'a> {
    pub(crate) group: &'a ConsumerGroup,
    pub(crate) target_epoch: i32,
    pub(crate) target: &'a Partitions,
    /// The ids of the topics that the member subscribes to.
    pub(crate) subscribed: BTreeSet<Uuid>,
    pub(crate) subscription_changed: bool,
    /// The partitions that the member says it has; nothing when it says nothing new.
    pub(crate) owned: Option<&'a Partitions>,
}

impl Step<'_> {
    /// What the member has after this step.
    pub(crate) fn next(&self, member: &Member) -> Result<Current, Refused> {
        let current = &member.current;
        match current.state {
            MemberState::Stable if current.epoch != self.target_epoch => Ok(self.advance(current, current.epoch)),
            MemberState::Stable if self.subscription_changed => Ok(self.drop_unsubscribed(current)),
            MemberState::Stable => Ok(current.clone()),
            MemberState::UnrevokedPartitions if self.still_owns(&current.revoking) => {
                Ok(if self.subscription_changed { self.drop_unsubscribed(current) } else { current.clone() })
            }
            MemberState::UnrevokedPartitions | MemberState::UnreleasedPartitions => {
                Ok(self.advance(current, current.epoch))
            }
            MemberState::Unknown(_) if self.owned.is_none_or(|owned| !owned.is_empty()) => Err(Refused::fenced(
                "The consumer group member is in a unknown state. The member must abandon all its partitions and \
                 rejoin."
                    .to_owned(),
            )),
            MemberState::Unknown(_) => Ok(self.advance(current, self.target_epoch)),
        }
    }

    /// Whether the member still has any of these; it has if it does not say.
    fn still_owns(&self, revoking: &Assigned) -> bool {
        self.owned.is_none_or(|owned| {
            owned.iter().any(|(topic, set)| set.iter().any(|partition| holds(revoking, *topic, *partition)))
        })
    }

    /// Takes away what the member does not subscribe to any more, in the epoch it has.
    fn drop_unsubscribed(&self, current: &Current) -> Current {
        let (assigned, dropped): (Assigned, Assigned) =
            current.assigned.clone().into_iter().partition(|(topic, _)| self.subscribed.contains(topic));
        if dropped.is_empty() {
            return current.clone();
        }
        let mut revoking = current.revoking.clone();
        for (topic, partitions) in dropped {
            revoking.entry(topic).or_default().extend(partitions);
        }
        let next = Current { assigned, previous_epoch: current.epoch, ..current.clone() };
        if self.still_owns(&revoking) {
            Current { state: MemberState::UnrevokedPartitions, revoking, ..next }
        } else {
            next
        }
    }

    /// Moves on towards the target; `epoch` is the one to stay in while partitions have to be given back.
    fn advance(&self, current: &Current, epoch: i32) -> Current {
        let Split { mut kept, revoking, free, any_unreleased } = self.split(current);
        if !revoking.is_empty() && self.still_owns(&revoking) {
            return Current {
                epoch,
                previous_epoch: current.epoch,
                state: MemberState::UnrevokedPartitions,
                assigned: kept,
                revoking,
            };
        }
        for (topic, partitions) in free {
            let epochs = partitions.into_iter().map(|partition| (partition, self.target_epoch));
            kept.entry(topic).or_default().extend(epochs);
        }
        let state = if any_unreleased { MemberState::UnreleasedPartitions } else { MemberState::Stable };
        Current {
            epoch: self.target_epoch,
            previous_epoch: current.epoch,
            state,
            assigned: kept,
            revoking: Assigned::new(),
        }
    }

    fn split(&self, current: &Current) -> Split {
        let mut split = Split::default();
        let nothing = BTreeSet::new();
        for (topic, partitions) in &current.assigned {
            let target = self.target_of(*topic).unwrap_or(&nothing);
            let (kept, revoking): (BTreeMap<i32, i32>, BTreeMap<i32, i32>) =
                partitions.iter().partition(|(partition, _)| target.contains(partition));
            insert(&mut split.kept, *topic, kept);
            insert(&mut split.revoking, *topic, revoking);
        }
        for topic in self.target.keys() {
            let target = self.target_of(*topic).unwrap_or(&nothing);
            let wanted = target.iter().filter(|partition| !holds(&split.kept, *topic, **partition));
            // What the member itself has yet to give back is free for it: nobody else can have it.
            let (free, unreleased): (BTreeSet<i32>, BTreeSet<i32>) = wanted.partition(|partition| {
                !self.group.is_owned(*topic, **partition) || holds(&current.revoking, *topic, **partition)
            });
            split.any_unreleased |= !unreleased.is_empty();
            if !free.is_empty() {
                split.free.insert(*topic, free);
            }
        }
        split
    }

    /// A topic that the member does not subscribe to any more counts as not in its target.
    fn target_of(&self, topic: Uuid) -> Option<&BTreeSet<i32>> {
        self.target.get(&topic).filter(|_| self.subscribed.contains(&topic))
    }
}

/// A member's partitions, seen from its target.
#[derive(Default)]
struct Split {
    kept: Assigned,
    revoking: Assigned,
    /// In the target, and nobody has them.
    free: Partitions,
    /// In the target, and somebody still has them.
    any_unreleased: bool,
}

fn insert(assigned: &mut Assigned, topic: Uuid, partitions: BTreeMap<i32, i32>) {
    if !partitions.is_empty() {
        assigned.insert(topic, partitions);
    }
}

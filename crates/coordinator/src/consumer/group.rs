//! A consumer group (KIP-848): what its records say, and what is looked up in them.
//!
//! Invariants:
//! - It changes by [`ConsumerGroup::apply`] alone.
//! - A partition has at most one owner: a member that is assigned it, or has yet to give it back.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_wire::Uuid;

use super::assignment::Partitions;
use super::change::{Change, Epoch, Resolved, TargetEpoch};
use super::member::{Current, Member, MemberMetadata};
use super::view::ConsumerGroupState;

/// The epochs of a group that has no records of them.
const FIRST_EPOCH: i32 = 1;

/// When the group must look at its topics again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refresh {
    Now,
    /// At this time, or if the group turns out to be older than this epoch.
    Later {
        at_ms: i64,
        epoch: i32,
    },
}

/// One group.
#[derive(Debug, Clone)]
pub(crate) struct ConsumerGroup {
    pub(crate) id: String,
    epoch: Option<Epoch>,
    target_epoch: Option<TargetEpoch>,
    members: BTreeMap<String, Box<MemberMetadata>>,
    current: BTreeMap<String, Box<Current>>,
    targets: BTreeMap<String, Partitions>,
    regexes: BTreeMap<String, Resolved>,
    has_partition_metadata: bool,
    // What follows is made of the above.
    /// Instance id to member id.
    static_members: BTreeMap<String, String>,
    /// Who has a topic's partition.
    owners: BTreeMap<Uuid, BTreeMap<i32, Arc<str>>>,
    /// How many members subscribe to a topic by name.
    topics: BTreeMap<String, usize>,
    /// How many members subscribe by a regular expression.
    subscribed_regexes: BTreeMap<String, usize>,
    refresh: Refresh,
}

impl ConsumerGroup {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            epoch: None,
            target_epoch: None,
            members: BTreeMap::new(),
            current: BTreeMap::new(),
            targets: BTreeMap::new(),
            regexes: BTreeMap::new(),
            has_partition_metadata: false,
            static_members: BTreeMap::new(),
            owners: BTreeMap::new(),
            topics: BTreeMap::new(),
            subscribed_regexes: BTreeMap::new(),
            refresh: Refresh::Now,
        }
    }

    /// Makes a change, and gives the change that takes it back.
    pub(crate) fn apply(&mut self, change: Change) -> Change {
        match change {
            Change::Epoch(epoch) => Change::Epoch(std::mem::replace(&mut self.epoch, epoch)),
            Change::NoPartitionMetadata => self.set_partition_metadata(false),
            Change::HasPartitionMetadata => self.set_partition_metadata(true),
            Change::TargetEpoch(target) => {
                Change::TargetEpoch(std::mem::replace(&mut self.target_epoch, target))
            }
            Change::Target(member_id, target) => {
                let before = set(&mut self.targets, &member_id, target);
                Change::Target(member_id, before)
            }
            Change::Regex(regex, resolved) => {
                let before = set(&mut self.regexes, &regex, resolved);
                Change::Regex(regex, before)
            }
            Change::Member(member_id, metadata) => self.set_member(member_id, metadata),
            Change::Current(member_id, current) => self.set_current(member_id, current),
        }
    }

    fn set_partition_metadata(&mut self, is_there: bool) -> Change {
        let before = std::mem::replace(&mut self.has_partition_metadata, is_there);
        if before { Change::HasPartitionMetadata } else { Change::NoPartitionMetadata }
    }

    fn set_member(&mut self, member_id: String, metadata: Option<MemberMetadata>) -> Change {
        if let Some(metadata) = &metadata {
            metadata.topics.iter().for_each(|topic| count(&mut self.topics, topic));
            if !metadata.regex.is_empty() {
                count(&mut self.subscribed_regexes, &metadata.regex);
            }
        }
        let instance_id = metadata.as_ref().and_then(|metadata| metadata.instance_id.clone());
        let before = set(&mut self.members, &member_id, metadata.map(Box::new)).map(|before| *before);
        if let Some(before) = &before {
            before.topics.iter().for_each(|topic| discount(&mut self.topics, topic));
            discount(&mut self.subscribed_regexes, &before.regex);
            if let Some(instance_id) = &before.instance_id
                && self.static_members.get(instance_id) == Some(&member_id)
            {
                self.static_members.remove(instance_id);
            }
        }
        if let Some(instance_id) = instance_id {
            self.static_members.insert(instance_id, member_id.clone());
        }
        Change::Member(member_id, before)
    }

    fn set_current(&mut self, member_id: String, current: Option<Current>) -> Change {
        let before = self.current.remove(&member_id).map(|before| *before);
        for (topic, partition) in before.iter().flat_map(partitions_of) {
            if let Some(owners) = self.owners.get_mut(&topic)
                && owners.get(&partition).is_some_and(|owner| **owner == *member_id)
            {
                owners.remove(&partition);
                if owners.is_empty() {
                    self.owners.remove(&topic);
                }
            }
        }
        if let Some(current) = current {
            let owner = Arc::<str>::from(member_id.as_str());
            for (topic, partition) in partitions_of(&current) {
                self.owners.entry(topic).or_default().insert(partition, Arc::clone(&owner));
            }
            self.current.insert(member_id.clone(), Box::new(current));
        }
        Change::Current(member_id, before)
    }

    /// The group's epoch: it rises when the assignment has to be computed anew.
    pub(crate) fn epoch(&self) -> i32 {
        self.epoch.map_or(FIRST_EPOCH, |epoch| epoch.epoch)
    }

    pub(crate) fn topics_hash(&self) -> i64 {
        self.epoch.map_or(0, |epoch| epoch.topics_hash)
    }

    /// The epoch of the target assignment.
    pub(crate) fn target_epoch(&self) -> i32 {
        self.target_epoch.map_or(FIRST_EPOCH, |target| target.epoch)
    }

    pub(crate) fn target_computed_at_ms(&self) -> i64 {
        self.target_epoch.map_or(0, |target| target.computed_at_ms)
    }

    pub(crate) fn target(&self, member_id: &str) -> Option<&Partitions> {
        self.targets.get(member_id)
    }

    pub(crate) fn has_partition_metadata(&self) -> bool {
        self.has_partition_metadata
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(crate) fn size(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn has_member(&self, member_id: &str) -> bool {
        self.members.contains_key(member_id)
    }

    pub(crate) fn member(&self, member_id: &str) -> Option<Member> {
        let metadata = self.members.get(member_id)?.as_ref().clone();
        let current = self.current.get(member_id).map(|current| current.as_ref().clone()).unwrap_or_default();
        Some(Member { id: member_id.to_owned(), metadata, current })
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &MemberMetadata)> {
        self.members.iter().map(|(id, metadata)| (id.as_str(), metadata.as_ref()))
    }

    pub(crate) fn member_ids(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    pub(crate) fn static_member_id(&self, instance_id: &str) -> Option<&str> {
        self.static_members.get(instance_id).map(String::as_str)
    }

    /// Whether a member has the partition, or has yet to give it back.
    pub(crate) fn is_owned(&self, topic: Uuid, partition: i32) -> bool {
        self.owners.get(&topic).is_some_and(|owners| owners.contains_key(&partition))
    }

    pub(crate) fn regex_subscribers(&self, regex: &str) -> usize {
        self.subscribed_regexes.get(regex).copied().unwrap_or(0)
    }

    pub(crate) fn subscribed_regexes(&self) -> &BTreeMap<String, usize> {
        &self.subscribed_regexes
    }

    pub(crate) fn resolved(&self, regex: &str) -> Option<&Resolved> {
        self.regexes.get(regex)
    }

    pub(crate) fn regexes(&self) -> &BTreeMap<String, Resolved> {
        &self.regexes
    }

    /// Whether a member reads the topic.
    pub(crate) fn is_subscribed(&self, topic: &str) -> bool {
        self.topics.contains_key(topic)
            || self.regexes.values().any(|resolved| resolved.topics.contains(topic))
    }

    pub(crate) fn must_refresh(&self, now_ms: i64) -> bool {
        match self.refresh {
            Refresh::Now => true,
            Refresh::Later { at_ms, epoch } => now_ms >= at_ms || self.epoch() < epoch,
        }
    }

    pub(crate) fn refreshed(&mut self, next_at_ms: i64, epoch: i32) {
        self.refresh = Refresh::Later { at_ms: next_at_ms, epoch };
    }

    pub(crate) fn refresh_now(&mut self) {
        self.refresh = Refresh::Now;
    }

    pub(crate) fn state(&self) -> ConsumerGroupState {
        let target_epoch = self.target_epoch();
        if self.members.is_empty() {
            ConsumerGroupState::Empty
        } else if self.epoch() > target_epoch {
            ConsumerGroupState::Assigning
        } else if self
            .member_ids()
            .iter()
            .all(|id| self.member(id).is_none_or(|member| member.is_reconciled_to(target_epoch)))
        {
            ConsumerGroupState::Stable
        } else {
            ConsumerGroupState::Reconciling
        }
    }

    /// What ends the group's records, in Kafka's order; offsets are another matter.
    pub(crate) fn tombstones(&self) -> Vec<Change> {
        let each = |make: fn(String) -> Change| self.members.keys().cloned().map(make);
        let mut changes: Vec<Change> = each(|id| Change::Current(id, None)).collect();
        changes.extend(each(|id| Change::Target(id, None)));
        changes.push(Change::TargetEpoch(None));
        changes.extend(each(|id| Change::Member(id, None)));
        changes.extend(self.regexes.keys().map(|regex| Change::Regex(regex.clone(), None)));
        changes.push(Change::NoPartitionMetadata);
        changes.push(Change::Epoch(None));
        changes
    }
}

fn set<T>(map: &mut BTreeMap<String, T>, key: &str, value: Option<T>) -> Option<T> {
    match value {
        Some(value) => map.insert(key.to_owned(), value),
        None => map.remove(key),
    }
}

fn count(counts: &mut BTreeMap<String, usize>, key: &str) {
    *counts.entry(key.to_owned()).or_default() += 1;
}

fn discount(counts: &mut BTreeMap<String, usize>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// The partitions that a member has, those included that it must give back.
fn partitions_of(current: &Current) -> impl Iterator<Item = (Uuid, i32)> {
    let all = current.assigned.iter().chain(&current.revoking);
    all.flat_map(|(topic, set)| set.keys().map(|partition| (*topic, *partition)))
}

//! Which partitions: as a target, and as a member has them.

use std::collections::{BTreeMap, BTreeSet};

use millstream_wire::Uuid;

/// Partitions by topic; no topic has an empty set.
pub(crate) type Partitions = BTreeMap<Uuid, BTreeSet<i32>>;

/// Partitions by topic, each with the epoch at which its member got it.
pub(crate) type Assigned = BTreeMap<Uuid, BTreeMap<i32, i32>>;

/// Without the epochs.
pub(crate) fn without_epochs(assigned: &Assigned) -> Partitions {
    assigned.iter().map(|(topic, partitions)| (*topic, partitions.keys().copied().collect())).collect()
}

/// Each with the same epoch.
pub(crate) fn with_epoch(partitions: &Partitions, epoch: i32) -> Assigned {
    let each = |set: &BTreeSet<i32>| set.iter().map(|partition| (*partition, epoch)).collect();
    partitions.iter().map(|(topic, set)| (*topic, each(set))).collect()
}

/// Whether the partition is among them.
pub(crate) fn holds(assigned: &Assigned, topic: Uuid, partition: i32) -> bool {
    assigned.get(&topic).is_some_and(|partitions| partitions.contains_key(&partition))
}

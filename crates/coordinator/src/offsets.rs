//! The offsets that are durable: group, topic, partition. Those of open transactions lie beside, by producer, until
//! the transaction ends.

use std::collections::{BTreeMap, BTreeSet};

use crate::appends::TopicPartition;
use crate::{CommittedOffset, partition_for};

type ByTopic = BTreeMap<String, BTreeMap<i32, Stored>>;

/// An offset and its place in the order of commits.
#[derive(Debug)]
struct Stored {
    number: u64,
    offset: CommittedOffset,
}

/// All groups' offsets.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    groups: BTreeMap<String, ByTopic>,
    /// By producer and group.
    pending: BTreeMap<i64, BTreeMap<String, BTreeMap<TopicPartition, Stored>>>,
    /// The producers that have an offset of this group's partition pending.
    unstable: BTreeMap<String, BTreeMap<TopicPartition, BTreeSet<i64>>>,
    commits: u64,
}

/// A transaction's end, as one partition of `__consumer_offsets` is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionEnd {
    /// Whose transaction it was.
    pub producer_id: i64,
    /// Whether its offsets count.
    pub committed: bool,
    /// The partition of `__consumer_offsets` that the marker lies in.
    pub partition: i32,
    /// How many partitions `__consumer_offsets` has.
    pub partitions: i32,
}

impl Offsets {
    pub(crate) fn get(&self, group_id: &str, topic: &str, partition: i32) -> Option<&CommittedOffset> {
        self.groups.get(group_id)?.get(topic)?.get(&partition).map(|stored| &stored.offset)
    }

    pub(crate) fn of_group(&self, group_id: &str) -> impl Iterator<Item = (&str, i32, &CommittedOffset)> {
        self.groups.get(group_id).into_iter().flatten().flat_map(|(topic, partitions)| {
            partitions.iter().map(|(partition, stored)| (topic.as_str(), *partition, &stored.offset))
        })
    }

    /// The partitions of which an open transaction has an offset of this group.
    pub(crate) fn unstable(&self, group_id: &str) -> impl Iterator<Item = &TopicPartition> {
        self.unstable.get(group_id).into_iter().flat_map(BTreeMap::keys)
    }

    /// Whether an open transaction has an offset of this group's partition.
    pub(crate) fn is_unstable(&self, group_id: &str, topic: &str, partition: i32) -> bool {
        let of_group = self.unstable.get(group_id);
        of_group.is_some_and(|partitions| partitions.contains_key(&(topic.to_owned(), partition)))
    }

    pub(crate) fn put(&mut self, group_id: &str, partition: TopicPartition, offset: CommittedOffset) {
        let stored = self.numbered(offset);
        self.store(group_id, partition, stored);
    }

    /// Notes an offset that counts if this producer's transaction is committed.
    pub(crate) fn put_pending(
        &mut self,
        producer_id: i64,
        group_id: &str,
        partition: TopicPartition,
        offset: CommittedOffset,
    ) {
        let stored = self.numbered(offset);
        let unstable = self.unstable.entry(group_id.to_owned()).or_default();
        unstable.entry(partition.clone()).or_default().insert(producer_id);
        let groups = self.pending.entry(producer_id).or_default();
        groups.entry(group_id.to_owned()).or_default().insert(partition, stored);
    }

    /// A transaction has ended: its offsets of the groups of that partition take their place, unless a later commit
    /// has it, or are dropped.
    pub(crate) fn end_transaction(&mut self, end: TransactionEnd) {
        let Some(groups) = self.pending.get_mut(&end.producer_id) else { return };
        let ended = groups.extract_if(.., |group, _| partition_for(group, end.partitions) == end.partition);
        let ended: Vec<_> = ended.collect();
        if groups.is_empty() {
            self.pending.remove(&end.producer_id);
        }
        for (group_id, offsets) in ended {
            for (partition, stored) in offsets {
                self.settle(end.producer_id, &group_id, &partition);
                if end.committed {
                    self.store(&group_id, partition, stored);
                }
            }
        }
    }

    pub(crate) fn remove(&mut self, group_id: &str, topic: &str, partition: i32) {
        self.remove_pending(group_id, &(topic.to_owned(), partition));
        let Some(topics) = self.groups.get_mut(group_id) else { return };
        if let Some(partitions) = topics.get_mut(topic) {
            partitions.remove(&partition);
            if partitions.is_empty() {
                topics.remove(topic);
            }
        }
        if topics.is_empty() {
            self.groups.remove(group_id);
        }
    }

    pub(crate) fn remove_group(&mut self, group_id: &str) {
        let unstable: Vec<_> = self.unstable(group_id).cloned().collect();
        for partition in unstable {
            self.remove_pending(group_id, &partition);
        }
        self.groups.remove(group_id);
    }

    fn numbered(&mut self, offset: CommittedOffset) -> Stored {
        self.commits += 1;
        Stored { number: self.commits, offset }
    }

    fn store(&mut self, group_id: &str, (topic, partition): TopicPartition, stored: Stored) {
        let partitions = self.groups.entry(group_id.to_owned()).or_default().entry(topic).or_default();
        if partitions.get(&partition).is_none_or(|before| before.number < stored.number) {
            partitions.insert(partition, stored);
        }
    }

    /// The producer has nothing pending of this partition any more.
    fn settle(&mut self, producer_id: i64, group_id: &str, partition: &TopicPartition) {
        let Some(partitions) = self.unstable.get_mut(group_id) else { return };
        if let Some(producers) = partitions.get_mut(partition) {
            producers.remove(&producer_id);
            if producers.is_empty() {
                partitions.remove(partition);
            }
        }
        if partitions.is_empty() {
            self.unstable.remove(group_id);
        }
    }

    fn remove_pending(&mut self, group_id: &str, partition: &TopicPartition) {
        let Some(partitions) = self.unstable.get_mut(group_id) else { return };
        let producers = partitions.remove(partition).unwrap_or_default();
        if partitions.is_empty() {
            self.unstable.remove(group_id);
        }
        for producer_id in producers {
            let groups = self.pending.get_mut(&producer_id);
            if let Some(offsets) = groups.and_then(|groups| groups.get_mut(group_id)) {
                offsets.remove(partition);
            }
        }
    }
}

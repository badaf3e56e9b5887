//! The offsets that are durable: group, topic, partition.

use std::collections::BTreeMap;

use crate::CommittedOffset;
use crate::appends::TopicPartition;

type ByTopic = BTreeMap<String, BTreeMap<i32, CommittedOffset>>;

/// All groups' offsets.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    groups: BTreeMap<String, ByTopic>,
}

impl Offsets {
    pub(crate) fn get(&self, group_id: &str, topic: &str, partition: i32) -> Option<&CommittedOffset> {
        self.groups.get(group_id)?.get(topic)?.get(&partition)
    }

    pub(crate) fn of_group(&self, group_id: &str) -> impl Iterator<Item = (&str, i32, &CommittedOffset)> {
        self.groups.get(group_id).into_iter().flatten().flat_map(|(topic, partitions)| {
            partitions.iter().map(|(partition, offset)| (topic.as_str(), *partition, offset))
        })
    }

    pub(crate) fn put(
        &mut self,
        group_id: &str,
        (topic, partition): TopicPartition,
        offset: CommittedOffset,
    ) {
        let topics = self.groups.entry(group_id.to_owned()).or_default();
        topics.entry(topic).or_default().insert(partition, offset);
    }

    pub(crate) fn remove(&mut self, group_id: &str, topic: &str, partition: i32) {
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
        self.groups.remove(group_id);
    }
}

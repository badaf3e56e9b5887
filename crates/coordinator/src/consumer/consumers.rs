//! All consumer groups, with the topics and settings that they go by.

use std::collections::BTreeMap;

use millstream_wire::coordinator_records::CoordinatorKey;

use super::change::Change;
use super::context::{Context, GroupSettings};
use super::group::ConsumerGroup;
use super::replay;
use super::topics::{ExistingTopic, Topics};
use crate::{Config, RecordError};

/// The groups by id. No id here is that of a classic group.
#[derive(Debug, Default)]
pub(crate) struct Consumers {
    groups: BTreeMap<String, Box<ConsumerGroup>>,
    topics: Topics,
    settings: BTreeMap<String, GroupSettings>,
}

impl Consumers {
    pub(crate) fn has(&self, group_id: &str) -> bool {
        self.groups.contains_key(group_id)
    }

    pub(crate) fn get(&self, group_id: &str) -> Option<&ConsumerGroup> {
        self.groups.get(group_id).map(AsRef::as_ref)
    }

    pub(crate) fn get_mut(&mut self, group_id: &str) -> Option<&mut ConsumerGroup> {
        self.groups.get_mut(group_id).map(AsMut::as_mut)
    }

    pub(crate) fn insert(&mut self, group: ConsumerGroup) {
        self.groups.insert(group.id.clone(), Box::new(group));
    }

    pub(crate) fn forget(&mut self, group_id: &str) -> Option<ConsumerGroup> {
        self.groups.remove(group_id).map(|group| *group)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &ConsumerGroup> {
        self.groups.values().map(AsRef::as_ref)
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.groups.keys().cloned().collect()
    }

    pub(crate) fn topics(&self) -> &Topics {
        &self.topics
    }

    /// What the group's decisions are made by.
    pub(crate) fn context<'a>(&'a self, now_ms: i64, config: &'a Config, group_id: &str) -> Context<'a> {
        let settings = self.settings.get(group_id).copied().unwrap_or_default();
        Context { now_ms, topics: &self.topics, config, settings }
    }

    pub(crate) fn set(&mut self, group_id: String, settings: GroupSettings) {
        if settings == GroupSettings::default() {
            self.settings.remove(&group_id);
        } else {
            self.settings.insert(group_id, settings);
        }
    }

    /// Topics are new or have changed: whoever reads one of them looks again at the next heartbeat.
    pub(crate) fn topics_changed(&mut self, version: i64, topics: &[ExistingTopic]) {
        self.topics.put(version, topics);
        self.look_again(topics.iter().map(|topic| topic.name.as_str()));
    }

    pub(crate) fn topics_deleted<'a>(&mut self, names: impl Iterator<Item = &'a str> + Clone) {
        names.clone().for_each(|name| self.topics.remove(name));
        self.look_again(names);
    }

    fn look_again<'a>(&mut self, names: impl Iterator<Item = &'a str> + Clone) {
        for group in self.groups.values_mut() {
            if names.clone().any(|name| group.is_subscribed(name)) {
                group.refresh_now();
            }
        }
    }

    /// Takes in one record while loading. Gives its group, and whether that was made by it; `None` when it is of
    /// another kind.
    pub(crate) fn replay(
        &mut self,
        key: CoordinatorKey,
        value: Option<&[u8]>,
    ) -> Result<Option<(String, bool)>, RecordError> {
        let Some((group_id, change)) = replay::change(key, value)? else { return Ok(None) };
        let is_known = self.has(&group_id);
        if value.is_none() && !is_known {
            return Ok(None);
        }
        let is_end = change == Change::Epoch(None);
        let group =
            self.groups.entry(group_id.clone()).or_insert_with(|| Box::new(ConsumerGroup::new(&group_id)));
        group.apply(change);
        if is_end {
            self.groups.remove(&group_id);
        }
        Ok(Some((group_id, !is_known)))
    }
}

//! The driver: takes an event, hands it to the event's file, gives back the effects.

use crate::{CommittedOffset, Config, DescribedGroup, Effect, Event, ListedGroup, RecordError};

/// Groups and offsets of one or more partitions of `__consumer_offsets`.
#[derive(Debug)]
pub struct Coordinator {
    config: Config,
}

impl Coordinator {
    /// An empty coordinator.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Takes in one event at `now_ms` (ms since 1970; must not go back much) and says what to do.
    pub fn handle(&mut self, now_ms: i64, event: Event) -> Vec<Effect> {
        let _ = (now_ms, event, &self.config);
        todo!()
    }

    /// When [`Event::Tick`] is due next, in ms since 1970.
    pub fn next_deadline(&self) -> Option<i64> {
        todo!()
    }

    /// Takes in one record of `__consumer_offsets` while loading; in the order of the log.
    pub fn replay(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), RecordError> {
        let _ = (key, value);
        todo!()
    }

    /// Loading is over: starts the sessions of the members that were found.
    pub fn loaded(&mut self, now_ms: i64) -> Vec<Effect> {
        let _ = now_ms;
        todo!()
    }

    /// The durable offset of one partition.
    pub fn offset(&self, group_id: &str, topic: &str, partition: i32) -> Option<&CommittedOffset> {
        let _ = (group_id, topic, partition);
        todo!()
    }

    /// All durable offsets of a group, by topic and partition.
    pub fn offsets(&self, group_id: &str) -> impl Iterator<Item = (&str, i32, &CommittedOffset)> {
        let _ = group_id;
        std::iter::empty()
    }

    /// Every group.
    pub fn list(&self) -> Vec<ListedGroup> {
        todo!()
    }

    /// One group, or `None` when it does not exist (DescribeGroups before 6 answers with state Dead).
    pub fn describe(&self, group_id: &str) -> Option<DescribedGroup> {
        let _ = group_id;
        todo!()
    }
}

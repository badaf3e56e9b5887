//! Where an offset belongs: group, topic, partition.

use std::borrow::Borrow;
use std::cmp::Ordering;

use lean_string::LeanString;

/// A group's partition of a topic. Its texts are shared with the places made of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) group: LeanString,
    pub(super) topic: LeanString,
    pub(super) partition: i32,
}

impl Place {
    pub(super) fn new(group: &str, topic: &str, partition: i32) -> Self {
        Self { group: group.into(), topic: topic.into(), partition }
    }

    /// The place before all those of a group.
    pub(super) fn before(group: &str) -> Self {
        Self::new(group, "", i32::MIN)
    }

    /// The place behind all those of a group: before those of the next text that there is.
    pub(super) fn behind(group: &str) -> Self {
        let mut next = LeanString::from(group);
        next.push('\0');
        Self { group: next, topic: LeanString::new(), partition: i32::MIN }
    }
}

/// A place's parts: what it is looked up by, without making one.
pub(super) trait Parts {
    fn parts(&self) -> (&str, &str, i32);
}

impl Parts for Place {
    fn parts(&self) -> (&str, &str, i32) {
        (&self.group, &self.topic, self.partition)
    }
}

impl Parts for (&str, &str, i32) {
    fn parts(&self) -> (&str, &str, i32) {
        *self
    }
}

impl<'a> Borrow<dyn Parts + 'a> for Place {
    fn borrow(&self) -> &(dyn Parts + 'a) {
        self
    }
}

impl PartialEq for dyn Parts + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Parts + '_ {}

impl PartialOrd for dyn Parts + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn Parts + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

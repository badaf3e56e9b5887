//! How many partitions each member has, while they are dealt out.

use std::collections::BTreeSet;

/// By member number.
pub(super) struct Loads(Vec<usize>);

impl Loads {
    pub(super) fn new(members: usize) -> Self {
        Self(vec![0; members])
    }

    pub(super) fn of(&self, member: usize) -> usize {
        self.0.get(member).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, member: usize) {
        if let Some(load) = self.0.get_mut(member) {
            *load += 1;
        }
    }

    pub(super) fn remove(&mut self, member: usize) {
        if let Some(load) = self.0.get_mut(member) {
            *load = load.saturating_sub(1);
        }
    }

    /// The one with the least; the first of several.
    pub(super) fn least(&self, members: &[usize]) -> Option<usize> {
        members.iter().copied().min_by_key(|member| (self.of(*member), *member))
    }

    /// The one with the most; the last of several.
    pub(super) fn most(&self, members: &BTreeSet<usize>) -> Option<usize> {
        members.iter().copied().max_by_key(|member| (self.of(*member), *member))
    }

    /// The difference between the most and the least.
    pub(super) fn spread(&self, members: &[usize]) -> usize {
        let loads = || members.iter().map(|member| self.of(*member));
        loads().max().unwrap_or(0) - loads().min().unwrap_or(0)
    }
}

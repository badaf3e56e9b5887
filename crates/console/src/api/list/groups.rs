//! The groups: those that are furthest behind first, if nobody says.

use std::cmp::Ordering;

use serde::Serialize;

use super::{Ask, Listed, Page};
use crate::{
    health::{self, Health},
    model::{Group, Model},
};

/// A group in the list.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    id: String,
    state: String,
    protocol: String,
    members: u32,
    /// Topics that it has committed offsets for.
    topics: usize,
    lag: u64,
    health: Health,
}

impl From<Group> for Row {
    fn from(group: Group) -> Self {
        let lag = group.lag.iter().map(|lag| lag.records).sum();
        Self {
            health: health::of_group(&group.state, group.members, lag, 0.0),
            topics: group.lag.len(),
            id: group.id,
            state: group.state,
            protocol: group.protocol,
            members: group.members,
            lag,
        }
    }
}

impl Listed for Row {
    fn has(&self, passes: impl Fn(&str) -> bool) -> bool {
        [&self.id, &self.state, &self.protocol].into_iter().any(|text| passes(text))
    }

    fn by(column: &str, a: &Self, b: &Self) -> Ordering {
        let by = match column {
            "id" => Ordering::Equal,
            "state" => a.state.cmp(&b.state),
            "protocol" => a.protocol.cmp(&b.protocol),
            "members" => a.members.cmp(&b.members),
            "topics" => a.topics.cmp(&b.topics),
            "lag" => a.lag.cmp(&b.lag),
            _ => b.lag.cmp(&a.lag),
        };
        by.then_with(|| a.id.cmp(&b.id))
    }
}

pub(super) fn part(model: &dyn Model, ask: &Ask) -> Page<Row> {
    Page::of(model.groups().into_iter().map(Row::from).collect(), ask)
}

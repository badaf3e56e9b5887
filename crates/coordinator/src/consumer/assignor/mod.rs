//! The assignors of the server: `uniform` and `range`, as Kafka 4.3 has them.

mod balancer;
mod range;
mod uniform;
mod uniform_mixed;

use std::collections::{BTreeMap, BTreeSet};

use millstream_wire::Uuid;

use super::assignment::Partitions;
use super::refused::Refused;
use crate::GroupError;

/// Balanced over all topics, and as few moves as that allows: the default.
pub(crate) const UNIFORM: &str = "uniform";
/// Neighbours of a topic stay together, and the same numbers of each topic.
pub(crate) const RANGE: &str = "range";

/// The names of all assignors.
pub const ASSIGNORS: [&str; 2] = [UNIFORM, RANGE];

/// What an assignor knows of a member.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemberSpec {
    pub(crate) instance_id: Option<String>,
    /// The topics that it subscribes to, all of which exist.
    pub(crate) topics: BTreeSet<Uuid>,
    /// Its last target assignment.
    pub(crate) last: Partitions,
}

/// A group to assign to.
pub(crate) struct Spec<'a> {
    pub(crate) members: BTreeMap<String, MemberSpec>,
    /// How many partitions a topic has.
    pub(crate) partitions: &'a dyn Fn(Uuid) -> i32,
}

impl Spec<'_> {
    /// The topics of all members, if all have the same.
    fn same_topics(&self) -> Option<&BTreeSet<Uuid>> {
        let first = &self.members.values().next()?.topics;
        self.members.values().all(|member| member.topics == *first).then_some(first)
    }

    /// A member's last partitions of topics that it still subscribes to, without those that are gone.
    fn kept(&self, member: &MemberSpec) -> Partitions {
        let mut kept = Partitions::new();
        for (topic, partitions) in member.last.iter().filter(|(topic, _)| member.topics.contains(*topic)) {
            let count = (self.partitions)(*topic);
            let there: BTreeSet<i32> = partitions.iter().copied().filter(|index| *index < count).collect();
            if !there.is_empty() {
                kept.insert(*topic, there);
            }
        }
        kept
    }
}

/// Who shall have what. Every member is in the answer.
pub(crate) fn assign(name: &str, spec: &Spec<'_>) -> Result<BTreeMap<String, Partitions>, Refused> {
    match (name, spec.same_topics()) {
        (UNIFORM, Some(topics)) => Ok(uniform::assign(spec, topics)),
        (UNIFORM, None) => Ok(uniform_mixed::assign(spec)),
        (RANGE, _) => Ok(range::assign(spec)),
        _ => {
            let message = format!("the assignor {name} is not known here");
            Err(Refused::new(GroupError::UnknownServerError, message))
        }
    }
}

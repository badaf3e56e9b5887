//! How a consumer group looks from outside: ConsumerGroupDescribe.

use super::assignment::{Partitions, without_epochs};
use super::context::Context;
use super::group::ConsumerGroup;
use super::subscription::preferred_assignor;
use crate::subscription::CONSUMER;
use crate::{GroupType, ListedGroup};

/// The states of a consumer group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsumerGroupState {
    /// No members; maybe offsets.
    Empty,
    /// The target assignment has to be computed.
    Assigning,
    /// Members are on their way to the target assignment.
    Reconciling,
    /// Everybody has its target.
    Stable,
}

impl ConsumerGroupState {
    /// Kafka's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Assigning => "Assigning",
            Self::Reconciling => "Reconciling",
            Self::Stable => "Stable",
        }
    }
}

/// One group of ConsumerGroupDescribe (key 69).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedConsumerGroup {
    /// The group.
    pub group_id: String,
    /// Its state.
    pub state: ConsumerGroupState,
    /// Its epoch.
    pub epoch: i32,
    /// The epoch of its target assignment.
    pub target_epoch: i32,
    /// When its target assignment was computed, in ms since 1970; not positive for never.
    pub target_computed_at_ms: i64,
    /// The assignor in use.
    pub assignor: String,
    /// The members.
    pub members: Vec<DescribedConsumer>,
}

/// One member of ConsumerGroupDescribe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedConsumer {
    /// The member's id.
    pub member_id: String,
    /// The static member's `group.instance.id`.
    pub instance_id: Option<String>,
    /// The client's rack.
    pub rack_id: Option<String>,
    /// The member's epoch.
    pub epoch: i32,
    /// The client's name.
    pub client_id: String,
    /// The client's address.
    pub client_host: String,
    /// The topics that it subscribes to by name.
    pub topics: Vec<String>,
    /// The regular expression that it subscribes by, or empty.
    pub regex: String,
    /// What it has, and what it has yet to give back.
    pub assignment: Partitions,
    /// What it shall have.
    pub target: Partitions,
    /// Whether it speaks the classic protocol.
    pub is_classic: bool,
}

/// The group's row in a list.
pub(crate) fn listed(group: &ConsumerGroup) -> ListedGroup {
    ListedGroup {
        group_id: group.id.clone(),
        protocol_type: CONSUMER.to_owned(),
        state: group.state().name(),
        group_type: GroupType::Consumer,
    }
}

/// The group in full.
pub(crate) fn described(context: &Context<'_>, group: &ConsumerGroup) -> DescribedConsumerGroup {
    let members = group.member_ids().into_iter().filter_map(|id| {
        let member = group.member(&id)?;
        let mut assignment = without_epochs(&member.current.assigned);
        for (topic, partitions) in &member.current.revoking {
            assignment.entry(*topic).or_default().extend(partitions.keys());
        }
        Some(DescribedConsumer {
            epoch: member.current.epoch,
            is_classic: member.is_classic(),
            instance_id: member.metadata.instance_id,
            rack_id: member.metadata.rack_id,
            client_id: member.metadata.client_id,
            client_host: member.metadata.client_host,
            topics: member.metadata.topics.into_iter().collect(),
            regex: member.metadata.regex,
            assignment,
            target: group.target(&id).cloned().unwrap_or_default(),
            member_id: id,
        })
    });
    DescribedConsumerGroup {
        group_id: group.id.clone(),
        state: group.state(),
        epoch: group.epoch(),
        target_epoch: group.target_epoch(),
        target_computed_at_ms: group.target_computed_at_ms(),
        assignor: preferred_assignor(context, group.members()).unwrap_or_default().to_owned(),
        members: members.collect(),
    }
}

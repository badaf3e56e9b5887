//! How a group looks from outside: ListGroups and DescribeGroups.

use std::fmt;

use bytes::Bytes;

use crate::group::Group;

/// The classic protocol's states, printed as Kafka prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupState {
    /// No members; maybe offsets.
    Empty,
    /// Waiting for the members to join the next generation.
    PreparingRebalance,
    /// Waiting for the leader's assignment.
    CompletingRebalance,
    /// Everybody has an assignment.
    Stable,
    /// Not there.
    Dead,
}

impl GroupState {
    /// Kafka's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
        }
    }
}

impl fmt::Display for GroupState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which protocol a group's members speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupType {
    /// JoinGroup and SyncGroup.
    Classic,
    /// ConsumerGroupHeartbeat (KIP-848).
    Consumer,
}

impl GroupType {
    /// Kafka's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Consumer => "consumer",
        }
    }
}

/// A row of ListGroups (key 16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGroup {
    /// The group.
    pub group_id: String,
    /// `consumer`, or empty for a group that only keeps offsets.
    pub protocol_type: String,
    /// Its state's name.
    pub state: &'static str,
    /// Its protocol.
    pub group_type: GroupType,
}

/// One group of DescribeGroups (key 15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedGroup {
    /// The group.
    pub group_id: String,
    /// Its state.
    pub state: GroupState,
    /// `consumer`, or empty.
    pub protocol_type: String,
    /// The chosen protocol; empty unless the group is stable.
    pub protocol: String,
    /// Its generation.
    pub generation: i32,
    /// When it has entered its state, in ms since 1970; unknown for records of old versions.
    pub state_since_ms: Option<i64>,
    /// The members; their metadata and assignments only when the group is stable.
    pub members: Vec<DescribedMember>,
}

/// One member of DescribeGroups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedMember {
    /// The member's id.
    pub member_id: String,
    /// The static member's `group.instance.id`.
    pub group_instance_id: Option<String>,
    /// The client's name.
    pub client_id: String,
    /// The client's address.
    pub client_host: String,
    /// Its metadata for the chosen protocol.
    pub metadata: Bytes,
    /// Its assignment.
    pub assignment: Bytes,
}

/// The group's row in a list.
pub(crate) fn listed(group: &Group) -> ListedGroup {
    ListedGroup {
        group_id: group.id.clone(),
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        state: group.state().name(),
        group_type: GroupType::Classic,
    }
}

/// The group in full.
pub(crate) fn described(group: &Group) -> DescribedGroup {
    let protocol = group.protocol_name.as_deref().filter(|_| group.is(GroupState::Stable));
    let members = group.members().map(|member| DescribedMember {
        member_id: member.id.clone(),
        group_instance_id: member.instance_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        metadata: protocol.map(|protocol| member.metadata(protocol)).unwrap_or_default(),
        assignment: member.assignment.clone(),
    });
    DescribedGroup {
        group_id: group.id.clone(),
        state: group.state(),
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        protocol: protocol.unwrap_or_default().to_owned(),
        generation: group.generation,
        state_since_ms: group.state_since_ms,
        members: members.collect(),
    }
}

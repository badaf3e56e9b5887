//! A consumer group in full: where it stands in each partition, and who reads for it.

use serde::Serialize;

/// A group, when somebody looks at it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GroupDetail {
    /// Kafka's name of its state.
    pub state: String,
    /// Kafka's name of its type: `classic` (JoinGroup) or `consumer` (KIP-848).
    pub protocol: String,
    /// How partitions are shared out: the chosen protocol or assignor, such as `range`; empty when nobody has chosen.
    pub assignor: String,
    /// The generation of a classic group, the epoch of a consumer group. It grows with each rebalance.
    pub epoch: i32,
    /// When the state was entered, in milliseconds since 1970 UTC; for a stable group that is its last rebalance.
    /// `None` where nobody keeps it.
    pub since_ms: Option<i64>,
    /// Every partition that it has committed for or that a member has, by topic and number.
    pub partitions: Vec<GroupPartition>,
    /// Its members, by id.
    pub members: Vec<Member>,
}

/// Where a group stands in a partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GroupPartition {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset that it goes on from; `None` when it has not committed any.
    pub committed: Option<i64>,
    /// The first offset that can be read.
    pub start: i64,
    /// One past the last offset that can be read.
    pub end: i64,
    /// Records between `committed` and `end`; `None` without a commit.
    pub lag: Option<u64>,
    /// When it committed last, in milliseconds since 1970 UTC.
    pub committed_ms: Option<i64>,
    /// The member that reads it, by id.
    pub member: Option<String>,
}

/// A member of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The id that it has in the group.
    pub id: String,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// Its `client.id`.
    pub client_id: String,
    /// Its host.
    pub host: String,
    /// The epoch that it has reached; `None` for the classic protocol.
    pub epoch: Option<i32>,
    /// What it reads.
    pub assignment: Vec<Assigned>,
    /// What it will read once the group is stable, if that is something else.
    pub target: Option<Vec<Assigned>>,
}

/// Partitions of a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Assigned {
    /// The topic.
    pub topic: String,
    /// The partitions, in order.
    pub partitions: Vec<i32>,
}

//! What happens to the coordinator: requests of members, news from the log, the passing of time.
//!
//! The request types are plain: the broker's API files translate each protocol version to them.

use bytes::Bytes;

use crate::transaction::Producer;
use crate::{
    AppendFailure, AppendToken, ConsumerHeartbeat, ExistingTopic, GroupSettings, TransactionEnd, WaiterId,
};

/// One thing that happened. A request carries the waiter that its answer goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A member wants into the group, or back into its next generation.
    Join(WaiterId, JoinRequest),
    /// A member asks for its assignment; the leader brings everybody's.
    Sync(WaiterId, SyncRequest),
    /// A member says that it lives.
    Heartbeat(WaiterId, Heartbeat),
    /// Members leave.
    Leave(WaiterId, LeaveRequest),
    /// A consumer commits offsets.
    Commit(WaiterId, CommitRequest),
    /// A producer commits offsets as part of its transaction: they count when that is committed (KIP-98).
    CommitInTransaction(WaiterId, Producer, CommitRequest),
    /// The marker that ends a transaction is durable in a partition of `__consumer_offsets`.
    TransactionEnded(TransactionEnd),
    /// A group is deleted with its offsets; DeleteGroups (key 42) asks once for each of its groups.
    DeleteGroup(WaiterId, String),
    /// Offsets of one group are deleted (KIP-496).
    DeleteOffsets(WaiterId, DeleteOffsets),
    /// Topics are gone; their offsets go with them.
    TopicsDeleted(Vec<String>),
    /// Time to drop offsets that are older than this many ms (`offsets.retention.minutes`), and groups that have
    /// neither members nor offsets; due every `offsets.retention.check.interval.ms`.
    ExpireOffsets(i64),
    /// A member of a consumer group (KIP-848) joins, lives or leaves.
    ConsumerHeartbeat(WaiterId, ConsumerHeartbeat),
    /// Topics are new or have more partitions, as of this offset of the metadata. Before anything else happens, all
    /// topics are told once.
    TopicsChanged(i64, Vec<ExistingTopic>),
    /// A group's own settings (`ConfigResource` GROUP) are these from now on.
    GroupSettings(String, GroupSettings),
    /// The records of an [`Effect::Append`](crate::Effect::Append) are durable, or never will be. In whatever order
    /// these are reported, a group's are acted on in the order of its appends.
    Appended(AppendToken, Result<(), AppendFailure>),
    /// [`Coordinator::next_deadline`](crate::Coordinator::next_deadline) has come.
    Tick,
}

/// One protocol (assignor) that a member offers, in its order of preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// The assignor's name, e.g. `range`.
    pub name: String,
    /// The member's metadata for it (a consumer's subscription).
    pub metadata: Bytes,
}

/// JoinGroup (key 11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    /// The group.
    pub group_id: String,
    /// The member's id, or empty when it has none yet.
    pub member_id: String,
    /// The static member's `group.instance.id` (KIP-345).
    pub group_instance_id: Option<String>,
    /// The request header's client id.
    pub client_id: String,
    /// The peer's address as Kafka prints it, e.g. `/127.0.0.1`.
    pub client_host: String,
    /// How long the member may be silent, in ms.
    pub session_timeout_ms: i32,
    /// How long a rebalance waits for the member, in ms; `None` (version 0) takes the session timeout.
    pub rebalance_timeout_ms: Option<i32>,
    /// `consumer` for consumers.
    pub protocol_type: String,
    /// The offered protocols, best first.
    pub protocols: Vec<Protocol>,
    /// A random UUID in text form: the new member's id is made of it if one is needed.
    pub fresh_uuid: String,
    /// Version 4 and up: a new member must come back with the id it is given (KIP-394).
    pub requires_known_member_id: bool,
    /// Version 9 and up: a returning static leader may be told to skip the assignment (KIP-814).
    pub supports_skipping_assignment: bool,
}

/// SyncGroup (key 14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRequest {
    /// The group.
    pub group_id: String,
    /// The generation that the member joined.
    pub generation_id: i32,
    /// The member.
    pub member_id: String,
    /// The static member's `group.instance.id`.
    pub group_instance_id: Option<String>,
    /// The protocol type, from version 5 on.
    pub protocol_type: Option<String>,
    /// The chosen protocol, from version 5 on.
    pub protocol_name: Option<String>,
    /// From the leader: (member id, assignment); from others: nothing.
    pub assignments: Vec<(String, Bytes)>,
}

/// Heartbeat (key 12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// The group.
    pub group_id: String,
    /// The generation that the member is in.
    pub generation_id: i32,
    /// The member.
    pub member_id: String,
    /// The static member's `group.instance.id`.
    pub group_instance_id: Option<String>,
}

/// LeaveGroup (key 13); versions 0 to 2 leave with one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveRequest {
    /// The group.
    pub group_id: String,
    /// Who leaves.
    pub members: Vec<LeavingMember>,
}

/// One leaving member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeavingMember {
    /// The member's id, or empty when an administrator removes a static member by its instance id.
    pub member_id: String,
    /// The static member's `group.instance.id`.
    pub group_instance_id: Option<String>,
}

/// OffsetCommit (key 8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRequest {
    /// The group.
    pub group_id: String,
    /// The member's generation, or -1 for a consumer outside of group management.
    pub generation_id: i32,
    /// The member, or empty.
    pub member_id: String,
    /// The static member's `group.instance.id`.
    pub group_instance_id: Option<String>,
    /// How long to keep the offsets, in ms (versions 2 to 4); `None` for the broker's retention.
    pub retention_ms: Option<i64>,
    /// Version 9 and up: an unknown group is GROUP_ID_NOT_FOUND; before, ILLEGAL_GENERATION.
    pub knows_group_id_not_found: bool,
    /// The offsets. Topics and partitions that do not exist are the broker's to refuse before.
    pub topics: Vec<CommitTopic>,
}

/// The offsets of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitTopic {
    /// The topic's name.
    pub name: String,
    /// The topic's id, or zeros.
    pub topic_id: [u8; 16],
    /// Its offsets.
    pub partitions: Vec<CommitPartition>,
}

/// The offset of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitPartition {
    /// The partition.
    pub partition: i32,
    /// The next offset to read.
    pub offset: i64,
    /// The leader epoch of the last record read, or -1.
    pub leader_epoch: i32,
    /// The consumer's own note.
    pub metadata: Option<String>,
}

/// OffsetDelete (key 47).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteOffsets {
    /// The group.
    pub group_id: String,
    /// What to delete.
    pub topics: Vec<OffsetsTopic>,
}

/// Some partitions of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetsTopic {
    /// The topic's name.
    pub name: String,
    /// The topic's id, or zeros.
    pub topic_id: [u8; 16],
    /// The partitions.
    pub partitions: Vec<i32>,
}

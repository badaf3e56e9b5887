//! What the coordinator wants done: answers to send, records to make durable.

use bytes::Bytes;

use crate::transaction::Producer;
use crate::{GroupError, HeartbeatAnswer, Refused};

/// Names a parked request; chosen by the caller, used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WaiterId(pub u64);

/// Names an append; comes back with [`Event::Appended`](crate::Event::Appended).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppendToken(pub u64);

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send the answer.
    Respond {
        /// Whose request it answers.
        waiter: WaiterId,
        /// The answer.
        response: Response,
    },
    /// Write the records to the group's partition of `__consumer_offsets` ([`partition_for`](crate::partition_for))
    /// as one batch, in the order in which the effects come, and report it as durable.
    Append {
        /// Comes back with the result.
        token: AppendToken,
        /// Whose records they are.
        group_id: String,
        /// Keys and values in Kafka's format.
        records: Vec<Record>,
    },
    /// The same, as part of a transaction.
    AppendInTransaction {
        /// Comes back with the result.
        token: AppendToken,
        /// Whose records they are.
        group_id: String,
        /// Whose transaction it is.
        producer: Producer,
        /// Keys and values in Kafka's format.
        records: Vec<Record>,
    },
}

/// One record of `__consumer_offsets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The key with its type number.
    pub key: Bytes,
    /// The value with its version, or nothing for a tombstone.
    pub value: Option<Bytes>,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// To [`Event::Join`](crate::Event::Join).
    Join(JoinResponse),
    /// To [`Event::Sync`](crate::Event::Sync).
    Sync(Result<SyncResponse, GroupError>),
    /// To [`Event::Heartbeat`](crate::Event::Heartbeat).
    Heartbeat(Result<(), GroupError>),
    /// To [`Event::Leave`](crate::Event::Leave).
    Leave(Result<LeaveResponse, GroupError>),
    /// To [`Event::Commit`](crate::Event::Commit); an error holds for every partition of the request.
    Commit(Result<CommitResponse, GroupError>),
    /// To [`Event::DeleteGroup`](crate::Event::DeleteGroup).
    DeleteGroup(Result<(), GroupError>),
    /// To [`Event::DeleteOffsets`](crate::Event::DeleteOffsets).
    DeleteOffsets(Result<DeleteOffsetsResponse, GroupError>),
    /// To [`Event::ConsumerHeartbeat`](crate::Event::ConsumerHeartbeat).
    ConsumerHeartbeat(Result<HeartbeatAnswer, Refused>),
}

/// JoinGroup's answer. Kafka fills the member id in errors too, so the error is a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinResponse {
    /// Why the join failed.
    pub error: Option<GroupError>,
    /// The generation, or -1.
    pub generation_id: i32,
    /// The group's protocol type.
    pub protocol_type: Option<String>,
    /// The chosen protocol.
    pub protocol_name: Option<String>,
    /// The leader's member id; empty in errors.
    pub leader: String,
    /// The leader need not assign: the group has an assignment (KIP-814).
    pub skip_assignment: bool,
    /// The member's own id.
    pub member_id: String,
    /// To the leader: everybody; to others: nothing.
    pub members: Vec<JoinedMember>,
}

/// A member as the leader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedMember {
    /// The member's id.
    pub member_id: String,
    /// The static member's `group.instance.id`.
    pub group_instance_id: Option<String>,
    /// The member's metadata for the chosen protocol.
    pub metadata: Bytes,
}

/// SyncGroup's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncResponse {
    /// The group's protocol type.
    pub protocol_type: Option<String>,
    /// The chosen protocol.
    pub protocol_name: Option<String>,
    /// The member's assignment.
    pub assignment: Bytes,
}

/// LeaveGroup's answer, a row for each leaving member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveResponse {
    /// The rows, in the request's order.
    pub members: Vec<LeftMember>,
}

/// How one member's leave went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftMember {
    /// The id of the request.
    pub member_id: String,
    /// The instance id of the request.
    pub group_instance_id: Option<String>,
    /// Why it failed.
    pub error: Option<GroupError>,
}

/// OffsetCommit's answer, in the request's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitResponse {
    /// The topics.
    pub topics: Vec<OffsetTopicResult>,
}

/// OffsetDelete's answer, in the request's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteOffsetsResponse {
    /// The topics.
    pub topics: Vec<OffsetTopicResult>,
}

/// The partitions of one topic with their errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetTopicResult {
    /// The topic's name.
    pub name: String,
    /// The topic's id as given.
    pub topic_id: [u8; 16],
    /// Partition, and why it failed.
    pub partitions: Vec<(i32, Option<GroupError>)>,
}

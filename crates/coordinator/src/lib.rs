//! Consumer groups, their offsets, and transactions as pure state machines: (state, event) to (state, effects).
//!
//! The classic group protocol (JoinGroup, SyncGroup, Heartbeat, LeaveGroup), the protocol of KIP-848 (`consumer`) and
//! committed offsets behave as Apache Kafka 4.3's coordinator does. Nothing here waits, reads a clock, draws a random number or touches a disk: time
//! and fresh ids come in with an [`Event`], answers and records to write go out as [`Effect`]s, and whoever writes
//! the records says so with [`Event::Appended`]. So every interleaving can be replayed in a test.
//!
//! [`Coordinator`] is the driver; each event has a file of its own (`join`, `sync`, `heartbeat`, `leave`, `expire`,
//! `commit`, `delete`). What is durable lies in `__consumer_offsets` in Kafka's own record format (`records`), and
//! [`Coordinator::replay`] builds the state from it.
//!
//! Invariants:
//! - A waiter is answered at most once, and at the latest when its timeouts have passed.
//! - A generation's assignment comes from that generation's leader and goes out only after it is durable.
//! - A group's generation never goes back.
//! - An offset is seen by a fetch only after it is durable.

mod appends;
mod commit;
mod config;
mod consumer;
mod coordinator;
mod delete;
mod effect;
mod error;
mod event;
mod expire;
mod group;
mod heartbeat;
mod join;
mod leave;
mod member;
mod offset;
mod offsets;
mod partition;
mod rebalance;
mod records;
mod replay;
mod static_member;
mod subscription;
mod sync;
mod timers;
pub mod transaction;
mod turn;
mod view;

pub use config::{Config, Migration};
pub use consumer::{
    ASSIGNORS, ConsumerGroupState, ConsumerHeartbeat, DescribedConsumer, DescribedConsumerGroup,
    ExistingTopic, GroupSettings, HeartbeatAnswer, Refused,
};
pub use coordinator::Coordinator;
pub use effect::{
    AppendToken, CommitResponse, DeleteOffsetsResponse, Effect, JoinResponse, JoinedMember, LeaveResponse,
    LeftMember, OffsetTopicResult, Record, Response, SyncResponse, WaiterId,
};
pub use error::{AppendFailure, GroupError, RecordError};
pub use event::{
    CommitPartition, CommitRequest, CommitTopic, DeleteOffsets, Event, Heartbeat, JoinRequest, LeaveRequest,
    LeavingMember, OffsetsTopic, Protocol, SyncRequest,
};
pub use offset::CommittedOffset;
pub use offsets::TransactionEnd;
pub use partition::{OFFSETS_TOPIC, OFFSETS_TOPIC_PARTITIONS, partition_for};
pub use view::{DescribedGroup, DescribedMember, GroupState, GroupType, ListedGroup};

#[cfg(test)]
mod tests;

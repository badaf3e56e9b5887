//! What happens to the transaction coordinator: requests of producers, news from the logs, the passing of time.

use crate::{AppendFailure, AppendToken, WaiterId};

use super::MarkersToken;

/// A partition of a topic.
pub type TopicPartition = (String, i32);

/// A producer: an id and how often it was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Producer {
    /// The producer id.
    pub id: i64,
    /// The epoch.
    pub epoch: i16,
}

/// One thing that happened. A request carries the waiter that its answer goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A producer takes a transactional id, or comes back after an error.
    Init(WaiterId, InitProducer),
    /// Partitions become part of the transaction, which begins with the first.
    AddPartitions(WaiterId, AddPartitions),
    /// The producer commits or aborts.
    End(WaiterId, EndTransaction),
    /// The record of an [`Effect::Append`](super::Effect::Append) is durable, or never will be.
    Appended(AppendToken, Result<(), AppendFailure>),
    /// Every marker of an [`Effect::WriteMarkers`](super::Effect::WriteMarkers) is durable, or one cannot be written
    /// now: it is asked for again later.
    MarkersWritten(MarkersToken, bool),
    /// The answer to an [`Effect::TakeProducerId`](super::Effect::TakeProducerId); nothing when none could be had.
    ProducerId(Option<i64>),
    /// Time to forget transactional ids that nobody has used for `transactional.id.expiration.ms`.
    ExpireIds,
    /// [`Coordinator::next_deadline`](super::Coordinator::next_deadline) has come.
    Tick,
}

/// InitProducerId (key 22) with a transactional id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitProducer {
    /// The transactional id.
    pub transactional_id: String,
    /// How long a transaction may stay open, in ms.
    pub timeout_ms: i32,
    /// Who the producer was before, if it recovers from an error (KIP-360).
    pub expected: Option<Producer>,
}

/// AddPartitionsToTxn (key 24) and AddOffsetsToTxn (key 25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddPartitions {
    /// The transactional id.
    pub transactional_id: String,
    /// Who asks.
    pub producer: Producer,
    /// What is added.
    pub partitions: Vec<TopicPartition>,
    /// The level of `transaction.version` that the client speaks: 2 when the produce request adds them.
    pub client_version: i16,
}

/// EndTxn (key 26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndTransaction {
    /// The transactional id.
    pub transactional_id: String,
    /// Who asks.
    pub producer: Producer,
    /// Commit, or abort.
    pub commit: bool,
    /// The level of `transaction.version` that the client speaks: 2 from EndTxn 5 on.
    pub client_version: i16,
}

//! What the transaction coordinator wants done: answers, records in `__transaction_state`, markers in partitions.

use crate::{AppendToken, Record, WaiterId};

use super::{Producer, TopicPartition, TransactionError};

/// Names a set of markers; comes back with [`Event::MarkersWritten`](super::Event::MarkersWritten).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MarkersToken(pub u64);

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
    /// Write the record to the id's partition of `__transaction_state`
    /// ([`partition_for`](crate::partition_for)), and report it as durable.
    Append {
        /// Comes back with the result.
        token: AppendToken,
        /// Whose record it is.
        transactional_id: String,
        /// Key and value in Kafka's format.
        record: Record,
    },
    /// Write a marker to each partition, and report when all are durable.
    WriteMarkers {
        /// Comes back with the result.
        token: MarkersToken,
        /// What the markers say, and where.
        markers: Markers,
    },
    /// Reserve a producer id.
    TakeProducerId,
}

/// The end of a transaction, as its partitions are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markers {
    /// Whose partition of `__transaction_state` gives the markers their coordinator epoch.
    pub transactional_id: String,
    /// The producer, with the epoch that the markers carry.
    pub producer: Producer,
    /// Commit, or abort.
    pub commit: bool,
    /// The partitions, sorted. One that does not exist any more needs no marker.
    pub partitions: Vec<TopicPartition>,
    /// The level of `transaction.version` of the transaction: from 2 on the markers' epoch is above its records'.
    pub version: i16,
}

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// To [`Event::Init`](super::Event::Init): who the producer is from now on.
    Init(Result<Producer, TransactionError>),
    /// To [`Event::AddPartitions`](super::Event::AddPartitions), for every partition alike.
    AddPartitions(Result<(), TransactionError>),
    /// To [`Event::End`](super::Event::End): who the producer is from now on, where the protocol says so.
    End(Result<Option<Producer>, TransactionError>),
}

//! Transactions as a pure state machine: (state, event) to (state, effects).
//!
//! A transactional id has one producer at a time, known by id and epoch, and at most one transaction. It behaves as
//! Apache Kafka 4.3's coordinator, for clients of the first protocol (partitions are added by requests, KIP-98) and of
//! the second (partitions are added by the produce request itself, each transaction bumps the epoch, KIP-890). As with
//! groups, time and fresh producer ids come in with an [`Event`], records to write and markers to set go out as
//! [`Effect`]s.
//!
//! A transaction's life: `Empty -> Ongoing -> PrepareCommit | PrepareAbort -> CompleteCommit | CompleteAbort`, and
//! from there again `Ongoing`. What happens is told in the events' files: `init`, `add_partitions`, `end`, `complete`,
//! `expire`. Every step is a record in `__transaction_state` first (`records`) and takes effect when that is durable.
//!
//! Invariants:
//! - A transactional id has at most one step on its way to the disk; whoever comes meanwhile is told to come again.
//! - Once a Prepare record is durable the outcome is fixed: markers are written until every partition has one, also
//!   after a restart.
//! - An epoch of a producer id never goes back, and no producer of an older epoch changes anything.
//! - A waiter is answered at most once.

mod add_partitions;
mod complete;
mod coordinator;
mod effect;
mod end;
mod error;
mod event;
mod expire;
mod init;
mod metadata;
mod records;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod verify;
mod view;

pub use coordinator::{Config, Coordinator};
pub use effect::{Effect, Markers, MarkersToken, Response};
pub use error::TransactionError;
pub use event::{AddPartitions, EndTransaction, Event, InitProducer, Producer, TopicPartition};
pub use state::TransactionState;
pub use view::{DescribedTransaction, ListedTransaction};

/// The topic of transactional ids and their transactions.
pub const TRANSACTION_TOPIC: &str = "__transaction_state";

/// The feature level from which on an ended transaction bumps its producer's epoch (KIP-890).
pub(crate) const BUMPS_EPOCHS: i16 = 2;

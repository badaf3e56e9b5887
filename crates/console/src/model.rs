//! What the page wants to see of the house, as one small trait that somebody else implements.
//!
//! The console never meets the broker or the engine. It asks a [`Model`] for plain values, twice a second and once
//! for all connected pages together, and makes rates, histories and health out of them itself.
//!
//! Invariants for an implementation:
//! - counters only grow while the process lives (a rate is the difference of two snapshots);
//! - [`Model::snapshot`], [`Model::broker`], [`Model::partitions`], [`Model::result`] and [`Model::progress`] answer from memory, within a
//!   millisecond, and so does what is asked for lists, in a time that grows with them;
//! - nothing has to be escaped or shortened: the console treats every string as text and bounds what it sends.

mod broker;
mod client;
mod cluster;
mod config;
mod files;
mod group;
mod query;
mod record;
mod retention;
mod transaction;

pub use broker::{
    Broker, BrokerGroup, BrokerTopic, CommittedOffset, FetchSessions, LimitHits, PartitionState, Process,
    Requests, Times,
};
pub use client::ClientConnection;
pub use cluster::{Cluster, Connection, Doors, Flowed, Group, Lag, Snapshot, Topic};
pub use config::{Config, ConfigLayer, ConfigOwner};
pub use files::{File, PartitionFiles, SegmentFiles};
pub use group::{Assigned, GroupDetail, GroupPartition, Member};
pub use query::{Column, ColumnKind, Endpoint, Progress, ProgressPoint, Query, QueryState, ResultTable};
pub use record::{Cursor, Record, Tail};
pub use retention::{Departure, Partition, Retention, Segment, TopicPartitions};
pub use transaction::{OpenTransaction, Transaction, Transactions};

use futures::future::BoxFuture;
use std::sync::Arc;

/// The house as the page sees it. Object safe: the server holds an `Arc<dyn Model>`.
pub trait Model: Send + Sync + 'static {
    /// All that is running, with its counters as they are now.
    fn snapshot(&self) -> Snapshot;

    /// The broker as Kafka's own metrics tell it, for `/metrics`; Kafka's own topics are in it too.
    fn broker(&self) -> Broker;

    /// The newest records of a topic, at most `limit`, newest first.
    ///
    /// `after` is the cursor of the previous call, so that only what came since is looked at; `None` takes the
    /// newest records there are. When more than `limit` came, the older ones are skipped (not read) and counted in
    /// [`Tail::arrived`]: a busy topic is sampled, never followed record by record.
    fn tail<'a>(
        &'a self,
        topic: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Tail, ModelError>>;

    /// What a topic keeps in its first `most` partitions, and what it lets go next.
    fn partitions(&self, topic: &str, most: usize) -> Result<TopicPartitions, ModelError>;

    /// Every consumer group.
    fn groups(&self) -> Vec<Group>;

    /// A group in full.
    fn group(&self, id: &str) -> Result<GroupDetail, ModelError>;

    /// Every transactional id, and the transactions that partitions wait for.
    fn transactions(&self) -> Transactions;

    /// Every open connection of a Kafka client.
    fn connections(&self) -> Vec<ClientConnection>;

    /// Every setting of a topic, a group or this broker, by name.
    fn configs(&self, of: &ConfigOwner) -> Result<Vec<Config>, ModelError>;

    /// The files of a partition. It asks the disk.
    fn files<'a>(
        &'a self,
        topic: &'a str,
        partition: i32,
    ) -> BoxFuture<'a, Result<PartitionFiles, ModelError>>;

    /// The current result of a query, in the order in which to show it. It is asked for twice a second by every page
    /// that looks: the table of a result that has not changed is to be the one that was built before.
    fn result(&self, query: &str) -> Result<Arc<ResultTable>, ModelError>;

    /// How the last micro-batches of a query went, oldest first.
    fn progress(&self, query: &str) -> Result<Progress, ModelError>;

    /// Stops a query, as `StreamingQuery.stop` would. Done when it no longer runs.
    fn stop_query<'a>(&'a self, query: &'a str) -> BoxFuture<'a, Result<(), ModelError>>;
}

/// Why a [`Model`] has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No topic of this name: it was deleted, or the address bar is out of date.
    #[error("there is no topic {0:?}")]
    NoSuchTopic(String),
    /// The topic has no partition of this number, or its log could not be opened.
    #[error("topic {0:?} has no partition {1} that can be looked into")]
    NoSuchPartition(String, i32),
    /// No group of this name.
    #[error("there is no group {0:?}")]
    NoSuchGroup(String),
    /// No query with this id.
    #[error("there is no query {0:?}")]
    NoSuchQuery(String),
    /// It exists, but cannot answer now. The text is shown to the user.
    #[error("{0}")]
    Unavailable(String),
}

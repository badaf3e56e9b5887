//! Topics as the engine sees them: the trait through which it reads and writes them, and an in-memory implementation.
//!
//! The binary hands in implementations for its own broker and for foreign clusters. Rows go straight into Arrow
//! columns ([`TopicRows`]): the implementer decodes a batch and pushes each record once.

mod memory;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

pub use memory::MemoryTopics;
pub use rows::TopicRows;

/// Which cluster a source or sink talks to, as its options say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cluster {
    /// `kafka.bootstrap.servers`: `host:port[,host:port]`.
    pub bootstrap: String,
    /// The other `kafka.*` options, without that prefix, lower-case.
    pub properties: BTreeMap<String, String>,
}

/// Which partitions a source reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Selection {
    /// Option `subscribe`: these topics, all partitions.
    Topics(Vec<String>),
    /// Option `subscribePattern`: all topics whose whole name matches this regular expression.
    Pattern(String),
    /// Option `assign`: exactly these partitions.
    Assign(BTreeMap<String, Vec<i32>>),
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number.
    pub partition: i32,
}

/// A point in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetAt {
    /// The first offset that can be read.
    Earliest,
    /// One past the last offset that can be read (the high watermark).
    Latest,
    /// The first offset whose timestamp is at or after this one (milliseconds since 1970), or latest if there is none.
    Timestamp(i64),
}

/// A record to append.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRow {
    /// The record's key.
    pub key: Option<Bytes>,
    /// The record's value.
    pub value: Option<Bytes>,
    /// The partition that it must go to; by the key's hash (murmur2) or round robin if not given.
    pub partition: Option<i32>,
    /// The record's headers.
    pub headers: Vec<(String, Option<Bytes>)>,
}

/// What a topic store can answer instead of doing what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// No such topic or partition; the message names it.
    #[error("{0}")]
    Unknown(String),
    /// The offset is no longer (or not yet) there.
    #[error("offset {offset} of {topic}-{partition} is out of range [{earliest}, {latest}]")]
    OutOfRange {
        /// The topic's name.
        topic: String,
        /// The partition's number.
        partition: i32,
        /// The offset that was asked for.
        offset: i64,
        /// The first offset that is there.
        earliest: i64,
        /// One past the last.
        latest: i64,
    },
    /// The cluster cannot be reached or answered with an error; trying again later may help.
    #[error("{0}")]
    Unavailable(String),
    /// The cluster refused for good.
    #[error("{0}")]
    Refused(String),
}

/// Reads and writes topics. Object safe; all calls may be made concurrently.
#[async_trait]
pub trait TopicStore: Send + Sync + std::fmt::Debug {
    /// The partitions of a selection, sorted. A subscribed topic that is not there is
    /// [`TopicError::Unknown`] (unless the cluster creates it at this occasion); a pattern may match nothing.
    async fn partitions(
        &self,
        cluster: &Cluster,
        selection: &Selection,
    ) -> Result<Vec<TopicPartition>, TopicError>;

    /// One offset for each partition, in the order given.
    async fn offsets(
        &self,
        cluster: &Cluster,
        partitions: &[TopicPartition],
        at: OffsetAt,
    ) -> Result<Vec<i64>, TopicError>;

    /// Reads records with `from <= offset < to` into `rows` until `rows.is_full()` or `to` is reached, and returns the
    /// offset to go on at (`to` when done). Offsets may have gaps; at least one step forward is made on each call.
    async fn read(
        &self,
        cluster: &Cluster,
        partition: &TopicPartition,
        from: i64,
        to: i64,
        rows: &mut TopicRows,
    ) -> Result<i64, TopicError>;

    /// Appends rows to a topic and returns when they are acknowledged by all in-sync replicas.
    async fn append(&self, cluster: &Cluster, topic: &str, rows: Vec<NewRow>) -> Result<(), TopicError>;

    /// Returns as soon as one of the partitions has records at or after its position here (at once if it has now).
    /// It may also return early; dropping the future cancels the wait.
    async fn changed(&self, cluster: &Cluster, positions: &[(TopicPartition, i64)])
    -> Result<(), TopicError>;
}

//! The door for the rest of the process: topics without a socket.
//!
//! The engine's sources and sinks, the page and the commands' server side reach the broker through [`Topics`], with
//! the same rules as a Kafka client: reads end at the high watermark, an append is answered when it is durable,
//! a topic is created through the metadata log. Records cross this door as whole batches in Kafka's own bytes.

use bytes::Bytes;
use tokio::sync::watch;

/// A topic, as it stands now.
#[derive(Debug, Clone)]
pub struct TopicView {
    /// The topic's name.
    pub name: String,
    /// The topic's id.
    pub id: [u8; 16],
    /// Whether it is one of Kafka's own (`__consumer_offsets`).
    pub internal: bool,
    /// Its partitions, by index from 0.
    pub partitions: Vec<PartitionView>,
}

/// A partition, as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionView {
    /// The partition's index.
    pub index: i32,
    /// The first offset that can be read.
    pub log_start_offset: i64,
    /// One past the last offset that can be read.
    pub high_watermark: i64,
    /// Bytes of its segments on disk.
    pub size: u64,
}

/// Whole record batches as they lie in the log.
#[derive(Debug, Clone)]
pub struct ReadRecords {
    /// Batches; the first holds the offset asked for, and may begin before it. Empty at the high watermark.
    pub batches: Bytes,
    /// One past the last offset that can be read.
    pub high_watermark: i64,
    /// The first offset that can be read.
    pub log_start_offset: i64,
}

/// Why something asked through [`Topics`] was not done.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum TopicError {
    /// There is no such topic.
    #[error("there is no topic {topic}")]
    UnknownTopic {
        /// The name asked for.
        topic: String,
    },
    /// The topic has no such partition.
    #[error("topic {topic} has no partition {partition}")]
    UnknownPartition {
        /// The topic.
        topic: String,
        /// The index asked for.
        partition: i32,
    },
    /// The offset is not in the log.
    #[error("offset {offset} of {topic}-{partition} is outside of {log_start_offset}..{high_watermark}")]
    OffsetOutOfRange {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The offset asked for.
        offset: i64,
        /// The first offset that can be read.
        log_start_offset: i64,
        /// One past the last offset that can be read.
        high_watermark: i64,
    },
    /// There is a topic of this name already.
    #[error("topic {topic} exists already")]
    TopicExists {
        /// The name asked for.
        topic: String,
    },
    /// The name, the number of partitions or a setting cannot be accepted.
    #[error("{reason}")]
    Invalid {
        /// What is wrong, in a sentence.
        reason: String,
    },
    /// The disk failed; the partition takes no more writes until the process is started again.
    #[error("the log of {topic}-{partition} cannot be used: {reason}")]
    Storage {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// What the log said.
        reason: String,
    },
    /// The broker is shutting down.
    #[error("the broker is shutting down")]
    Closing,
}

/// The topics of a running broker. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Topics {}

impl Topics {
    /// Every topic, by name.
    pub fn list(&self) -> Vec<TopicView> {
        unimplemented!()
    }

    /// One topic by name.
    pub fn get(&self, topic: &str) -> Result<TopicView, TopicError> {
        let _ = topic;
        unimplemented!()
    }

    /// Creates a topic; `partitions` of `None` takes `num.partitions`. `configs` are Kafka's topic settings.
    pub async fn create(
        &self,
        topic: &str,
        partitions: Option<i32>,
        configs: &[(String, String)],
    ) -> Result<TopicView, TopicError> {
        let _ = (topic, partitions, configs);
        unimplemented!()
    }

    /// Deletes a topic and its records.
    pub async fn delete(&self, topic: &str) -> Result<(), TopicError> {
        let _ = topic;
        unimplemented!()
    }

    /// Reads whole batches from `offset` on, about `max_bytes` of them and at least one if there is one.
    pub async fn read(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
        max_bytes: usize,
    ) -> Result<ReadRecords, TopicError> {
        let _ = (topic, partition, offset, max_bytes);
        unimplemented!()
    }

    /// Appends record batches (format 2) and waits until they are durable. Gives the first record's offset.
    pub async fn append(&self, topic: &str, partition: i32, batches: Bytes) -> Result<i64, TopicError> {
        let _ = (topic, partition, batches);
        unimplemented!()
    }

    /// The first offset whose record is not older than `timestamp` (milliseconds since 1970), if there is one.
    pub async fn offset_for_timestamp(
        &self,
        topic: &str,
        partition: i32,
        timestamp: i64,
    ) -> Result<Option<i64>, TopicError> {
        let _ = (topic, partition, timestamp);
        unimplemented!()
    }

    /// A counter that moves when something becomes readable in any partition, or a topic comes or goes.
    /// Subscribe, look, then wait: nothing is missed.
    pub fn appended(&self) -> watch::Receiver<u64> {
        unimplemented!()
    }

    /// The high watermark of one partition, as it moves.
    pub fn high_watermark(&self, topic: &str, partition: i32) -> Result<watch::Receiver<i64>, TopicError> {
        let _ = (topic, partition);
        unimplemented!()
    }
}

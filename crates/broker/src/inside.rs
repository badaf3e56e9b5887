//! The door for the rest of the process: topics without a socket.
//!
//! The engine's sources and sinks, the page and the commands' server side reach the broker through [`Topics`], with
//! the same rules as a Kafka client: reads end at the high watermark, an append is answered when it is durable,
//! a topic is created through the metadata log. Records cross this door as whole batches in Kafka's own bytes.

use std::sync::Arc;

use bytes::Bytes;
use millstream_cluster::MetadataError;
use millstream_cluster::controller::{ControllerError, TopicRef};
use millstream_log::{Origin, ReadError, TimestampQuery};
use millstream_wire::ErrorCode;
use millstream_wire::records::validate::validate;
use millstream_wire::records::{Batches, Budget};
use tokio::sync::watch;

use crate::fetched::record_count;
use crate::led_topic::LedTopic;
use crate::partition::{Partition, now_ms};
use crate::shared::Shared;

/// The Produce version by whose rules an append from inside is checked: magic 2, every codec.
const PRODUCE_VERSION: i16 = 13;

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
    /// False when its log could not be opened; nothing is known of it then, and the numbers are 0.
    pub is_online: bool,
    /// The first offset that can be read.
    pub log_start_offset: i64,
    /// One past the last offset that can be read.
    pub high_watermark: i64,
    /// Bytes of its segments on disk.
    pub size: u64,
    /// How many segments it has.
    pub segments: usize,
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
    /// The disk failed, or holds a damaged log; the partition takes no writes until the process is started again.
    #[error("the log of {topic}-{partition} cannot be used: {reason}")]
    Storage {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// What the log said.
        reason: String,
    },
    /// The metadata log cannot be written.
    #[error("{reason}")]
    Metadata {
        /// What went wrong, in a sentence.
        reason: String,
    },
    /// The topic was deleted, its disk failed, or the broker is shutting down.
    #[error("the partition was closed before the records were on disk")]
    Closing,
}

/// The topics of a running broker. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Topics {
    shared: Arc<Shared>,
}

impl Topics {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Every topic, by name.
    pub fn list(&self) -> Vec<TopicView> {
        self.shared.catalog.topics().iter().map(|topic| view(topic)).collect()
    }

    /// One topic by name.
    ///
    /// # Errors
    /// [`TopicError::UnknownTopic`].
    pub fn get(&self, topic: &str) -> Result<TopicView, TopicError> {
        Ok(view(&*self.topic(topic)?))
    }

    /// One partition that can be used.
    ///
    /// # Errors
    /// [`TopicError::UnknownTopic`], [`TopicError::UnknownPartition`], [`TopicError::Storage`] when it is offline.
    pub fn get_partition(&self, topic: &str, partition: i32) -> Result<PartitionView, TopicError> {
        Ok(partition_view(partition, Some(&*self.partition(topic, partition)?)))
    }

    /// Creates a topic; `partitions` of `None` takes `num.partitions`. `configs` are Kafka's topic settings.
    ///
    /// # Errors
    /// [`TopicError::TopicExists`], [`TopicError::Invalid`], [`TopicError::Metadata`].
    pub async fn create(
        &self,
        topic: &str,
        partitions: Option<i32>,
        configs: &[(String, String)],
    ) -> Result<TopicView, TopicError> {
        let mut new = self.shared.new_topic(topic);
        new.partitions = partitions.unwrap_or(new.partitions);
        new.configs.extend(configs.iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
        for created in self.shared.catalog.create_topics(vec![new], false).await? {
            created.map_err(|error| refused(topic, &error))?;
        }
        self.get(topic)
    }

    /// Deletes a topic and its records.
    ///
    /// # Errors
    /// [`TopicError::UnknownTopic`], [`TopicError::Invalid`] for one of Kafka's own, [`TopicError::Metadata`].
    pub async fn delete(&self, topic: &str) -> Result<(), TopicError> {
        if self.topic(topic)?.internal {
            return Err(TopicError::Invalid { reason: format!("topic {topic} is Kafka's own") });
        }
        for deleted in self.shared.catalog.delete_topics(vec![TopicRef::Name(topic.to_owned())]).await? {
            deleted.map_err(|error| refused(topic, &error))?;
        }
        self.shared.groups.metadata_changed();
        Ok(())
    }

    /// Reads whole batches from `offset` on, about `max_bytes` of them and at least one if there is one.
    ///
    /// # Errors
    /// [`TopicError::OffsetOutOfRange`], and those of a lookup and of the disk.
    pub async fn read(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
        max_bytes: usize,
    ) -> Result<ReadRecords, TopicError> {
        let partition = self.partition(topic, partition)?;
        let high_watermark = partition.high_watermark();
        let log_start_offset = partition.log.log_start_offset();
        let out_of_range = || TopicError::OffsetOutOfRange {
            topic: topic.to_owned(),
            partition: partition.index,
            offset,
            log_start_offset,
            high_watermark,
        };
        if offset < log_start_offset || offset > high_watermark {
            return Err(out_of_range());
        }
        let batches = partition.read(offset, max_bytes, true).await.map_err(|error| match error {
            ReadError::OffsetOutOfRange { .. } => out_of_range(),
            other => storage(&partition, &other),
        })?;
        let size = u64::try_from(batches.len()).unwrap_or(u64::MAX);
        partition.counters.fetched(record_count(&batches), size);
        Ok(ReadRecords { batches, high_watermark, log_start_offset })
    }

    /// Appends record batches (format 2) and waits until they are durable. Gives the first record's offset.
    ///
    /// # Errors
    /// [`TopicError::Invalid`] for bytes that are not batches or that the topic does not take; batches in front of a
    /// bad one are appended. And those of a lookup and of the disk.
    pub async fn append(&self, topic: &str, partition: i32, batches: Bytes) -> Result<i64, TopicError> {
        let led = self.topic(topic)?;
        let partition = self.partition(topic, partition)?;
        let (mut first, mut last) = (None, None);
        for batch in Batches::new(batches) {
            let batch = batch.map_err(|error| TopicError::Invalid { reason: error.to_string() })?;
            let mut valid = validate(batch.bytes, PRODUCE_VERSION, &led.rules, Budget::default(), now_ms())
                .map_err(|error| TopicError::Invalid { reason: error.to_string() })?;
            let appended = partition
                .append(&mut valid.bytes, Origin::Client, &self.shared.flusher)
                .map_err(|error| storage(&partition, &error))?;
            first = first.or(Some(appended.base_offset));
            last = Some(appended.last_offset);
        }
        let Some((first, last)) = first.zip(last) else {
            return Err(TopicError::Invalid { reason: "there is no record batch to append".to_owned() });
        };
        if partition.wait_for(last).await { Ok(first) } else { Err(TopicError::Closing) }
    }

    /// The first offset whose record is not older than `timestamp` (milliseconds since 1970), if there is one.
    ///
    /// # Errors
    /// Those of a lookup and of the disk.
    pub async fn offset_for_timestamp(
        &self,
        topic: &str,
        partition: i32,
        timestamp: i64,
    ) -> Result<Option<i64>, TopicError> {
        let partition = self.partition(topic, partition)?;
        let found = partition.offset_for_timestamp(TimestampQuery::At(timestamp)).await;
        Ok(found.map_err(|error| storage(&partition, &error))?.map(|found| found.offset))
    }

    /// A counter that moves when something becomes readable in any partition, or a topic comes or goes.
    /// Subscribe, look, then wait: nothing is missed.
    pub fn appended(&self) -> watch::Receiver<u64> {
        self.shared.catalog.pulse.subscribe()
    }

    /// The high watermark of one partition, as it moves; an error when the partition is closed.
    ///
    /// # Errors
    /// Those of a lookup.
    pub fn high_watermark(&self, topic: &str, partition: i32) -> Result<watch::Receiver<i64>, TopicError> {
        Ok(self.partition(topic, partition)?.subscribe())
    }

    fn topic(&self, topic: &str) -> Result<Arc<LedTopic>, TopicError> {
        self.shared.catalog.topic(topic).ok_or_else(|| TopicError::UnknownTopic { topic: topic.to_owned() })
    }

    fn partition(&self, topic: &str, partition: i32) -> Result<Arc<Partition>, TopicError> {
        self.topic(topic)?.partition(partition).cloned().map_err(|error| match error {
            ErrorCode::KAFKA_STORAGE_ERROR => TopicError::Storage {
                topic: topic.to_owned(),
                partition,
                reason: "it could not be opened at the start, which said why".to_owned(),
            },
            _ => TopicError::UnknownPartition { topic: topic.to_owned(), partition },
        })
    }
}

fn view(topic: &LedTopic) -> TopicView {
    let partitions = (0..).zip(&topic.partitions);
    TopicView {
        name: topic.name.to_string(),
        id: *topic.id.as_bytes(),
        internal: topic.internal,
        partitions: partitions
            .map(|(index, partition)| partition_view(index, partition.as_deref()))
            .collect(),
    }
}

fn partition_view(index: i32, partition: Option<&Partition>) -> PartitionView {
    PartitionView {
        index,
        is_online: partition.is_some(),
        log_start_offset: partition.map_or(0, |partition| partition.log.log_start_offset()),
        high_watermark: partition.map_or(0, Partition::high_watermark),
        size: partition.map_or(0, |partition| partition.log.size_in_bytes()),
        segments: partition.map_or(0, |partition| partition.log.segment_count()),
    }
}

fn refused(topic: &str, error: &ControllerError) -> TopicError {
    match error {
        ControllerError::TopicAlreadyExists(_) => TopicError::TopicExists { topic: topic.to_owned() },
        ControllerError::UnknownTopic(_) => TopicError::UnknownTopic { topic: topic.to_owned() },
        other => TopicError::Invalid { reason: other.to_string() },
    }
}

fn storage(partition: &Partition, error: &dyn std::error::Error) -> TopicError {
    TopicError::Storage {
        topic: partition.topic.to_string(),
        partition: partition.index,
        reason: error.to_string(),
    }
}

impl From<MetadataError> for TopicError {
    fn from(error: MetadataError) -> Self {
        Self::Metadata { reason: error.to_string() }
    }
}

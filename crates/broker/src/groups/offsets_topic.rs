//! `__consumer_offsets`: made on first use, as Kafka makes it, and appended to a batch at a time.

use std::sync::Arc;

use millstream_cluster::MetadataError;
use millstream_cluster::controller::ControllerError;
use millstream_coordinator::transaction::Producer;
use millstream_coordinator::{AppendFailure, OFFSETS_TOPIC, Record, partition_for};
use millstream_log::{AppendError, Origin};
use millstream_wire::ErrorCode;
use millstream_wire::records::batch::{NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE};
use millstream_wire::records::{BatchBuilder, Codec};

use super::Groups;
use crate::catalog::Catalog;
use crate::flusher::Flusher;
use crate::led_topic::LedTopic;
use crate::partition::{Partition, now_ms};
use crate::shared::Shared;

/// Why the topic is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoOffsetsTopic {
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    #[error(transparent)]
    Refused(#[from] ControllerError),
}

impl Groups {
    /// Makes `__consumer_offsets` if it is not there.
    pub(crate) async fn ensure_offsets_topic(&self, shared: &Shared) -> Result<(), NoOffsetsTopic> {
        if self.catalog.topic(OFFSETS_TOPIC).is_some() {
            return Ok(());
        }
        for created in self.catalog.create_topics(vec![shared.new_topic(OFFSETS_TOPIC)], false).await? {
            match created {
                // Another connection was faster.
                Ok(_) | Err(ControllerError::TopicAlreadyExists(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl Groups {
    /// The partition of `__consumer_offsets` that holds the group's records.
    pub(crate) fn partition_of(&self, group: &str) -> (String, i32) {
        let topic = self.catalog.topic(OFFSETS_TOPIC);
        let partitions = topic.map_or(1, |topic| i32::try_from(topic.partitions.len()).unwrap_or(1));
        (OFFSETS_TOPIC.to_owned(), partition_for(group, partitions))
    }
}

/// The partition that holds the group's records.
pub(super) fn of<'a>(topic: &'a LedTopic, group: &str) -> Result<&'a Arc<Partition>, ErrorCode> {
    let partitions = i32::try_from(topic.partitions.len()).unwrap_or(1);
    topic.partition(partition_for(group, partitions))
}

/// Appends a group's records as one batch, of a producer's transaction if there is one. Gives the partition and the last record's offset.
pub(super) fn append(
    catalog: &Catalog,
    flusher: &Flusher,
    group: &str,
    producer: Option<Producer>,
    records: &[Record],
) -> Result<(Arc<Partition>, i64), AppendFailure> {
    let topic = catalog.topic(OFFSETS_TOPIC).ok_or(AppendFailure::Unavailable)?;
    let partition = of(&topic, group).map_err(|_| AppendFailure::Storage)?;
    let now = now_ms();
    // As Apache Kafka's group coordinator numbers batches of no producer.
    let mut batch = BatchBuilder::new(Codec::None).producer(NO_PRODUCER_ID, NO_PRODUCER_EPOCH, 0);
    if let Some(Producer { id, epoch }) = producer {
        batch = batch.producer(id, epoch, NO_SEQUENCE).transactional();
    }
    for record in records {
        let appended = batch.append(now, Some(&record.key), record.value.as_deref(), &[]);
        appended.map_err(|_| AppendFailure::TooLarge)?;
    }
    let mut batch = batch.finish().map_err(|_| AppendFailure::TooLarge)?;
    if batch.len() > topic.rules.max_message_bytes {
        return Err(AppendFailure::TooLarge);
    }
    match partition.append(&mut batch, Origin::Internal, flusher) {
        Ok(appended) => Ok((Arc::clone(partition), appended.last_offset)),
        Err(AppendError::TooLarge { .. }) => Err(AppendFailure::TooLarge),
        Err(error) => {
            tracing::error!(group, %error, "a group's records could not be written");
            Err(AppendFailure::Storage)
        }
    }
}

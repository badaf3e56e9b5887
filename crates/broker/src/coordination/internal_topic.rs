//! An internal topic, `__consumer_offsets` or `__transaction_state`: made on first use, as Kafka makes it, and appended
//! to a batch at a time. A key's records are in one partition, which its hash gives.

use std::sync::Arc;

use bytes::BytesMut;
use millstream_cluster::MetadataError;
use millstream_cluster::controller::ControllerError;
use millstream_coordinator::transaction::Producer;
use millstream_coordinator::{AppendFailure, OFFSETS_TOPIC, Record, partition_for};
use millstream_log::{AppendError, Origin};
use millstream_wire::ErrorCode;
use millstream_wire::records::batch::{NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE};
use millstream_wire::records::{BatchBuilder, Codec};

use crate::catalog::Catalog;
use crate::flusher::Flusher;
use crate::led_topic::LedTopic;
use crate::partition::{Partition, now_ms};
use crate::shared::Shared;

/// Why the topic is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotMade {
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    #[error(transparent)]
    Refused(#[from] ControllerError),
}

/// An internal topic, by its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InternalTopic(pub(crate) &'static str);

impl InternalTopic {
    /// Makes the topic if it is not there.
    pub(crate) async fn ensure(self, catalog: &Arc<Catalog>, shared: &Shared) -> Result<(), NotMade> {
        if catalog.topic(self.0).is_some() {
            return Ok(());
        }
        for created in catalog.create_topics(vec![shared.new_topic(self.0)], false).await? {
            match created {
                // Another connection was faster.
                Ok(_) | Err(ControllerError::TopicAlreadyExists(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Whether the key's records can be read and written: its partition may be offline, and then nothing is known of
    /// them.
    pub(crate) fn is_available(self, catalog: &Catalog, key: &str) -> bool {
        catalog.topic(self.0).is_none_or(|topic| partition_of(&topic, key).is_ok())
    }

    /// The index of the key's partition.
    pub(crate) fn index_of(self, catalog: &Catalog, key: &str) -> i32 {
        partition_for(key, catalog.topic(self.0).map_or(1, |topic| count(&topic)))
    }

    /// The epoch in which this broker leads the key's partition.
    pub(crate) fn leader_epoch(self, catalog: &Catalog, key: &str) -> Option<i32> {
        Some(partition_of(&*catalog.topic(self.0)?, key).ok()?.leader_epoch)
    }

    /// Appends a key's records as one batch, of a producer's transaction if there is one. Gives the partition and the
    /// last record's offset.
    pub(crate) fn append(
        self,
        (catalog, flusher): (&Catalog, &Flusher),
        key: &str,
        producer: Option<Producer>,
        records: &[Record],
    ) -> Result<(Arc<Partition>, i64), AppendFailure> {
        let topic = catalog.topic(self.0).ok_or(AppendFailure::Unavailable)?;
        let partition = partition_of(&topic, key).map_err(|_| AppendFailure::Storage)?;
        let mut batch = self.batch(producer, records).ok_or(AppendFailure::TooLarge)?;
        if batch.len() > topic.rules.max_message_bytes {
            return Err(AppendFailure::TooLarge);
        }
        match partition.append(&mut batch, Origin::Internal, flusher) {
            Ok(appended) => Ok((Arc::clone(partition), appended.last_offset)),
            Err(AppendError::TooLarge { .. }) => Err(AppendFailure::TooLarge),
            Err(error) => {
                tracing::error!(topic = self.0, key, %error, "its records could not be written");
                Err(AppendFailure::Storage)
            }
        }
    }

    /// None if the records do not fit into a batch.
    fn batch(self, producer: Option<Producer>, records: &[Record]) -> Option<BytesMut> {
        let now = now_ms();
        let batch = BatchBuilder::new(Codec::None);
        let mut batch = match producer {
            Some(Producer { id, epoch }) => batch.producer(id, epoch, NO_SEQUENCE).transactional(),
            // As Apache Kafka numbers the batches of no producer: its group coordinator's, not the other one's.
            None if self.0 == OFFSETS_TOPIC => batch.producer(NO_PRODUCER_ID, NO_PRODUCER_EPOCH, 0),
            None => batch,
        };
        for record in records {
            batch.append(now, Some(&record.key), record.value.as_deref(), &[]).ok()?;
        }
        batch.finish().ok()
    }
}

fn count(topic: &LedTopic) -> i32 {
    i32::try_from(topic.partitions.len()).unwrap_or(1)
}

fn partition_of<'a>(topic: &'a LedTopic, key: &str) -> Result<&'a Arc<Partition>, ErrorCode> {
    topic.partition(partition_for(key, count(topic)))
}

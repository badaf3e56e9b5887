//! `__transaction_state`: made on first use, as Kafka makes it, and appended to a record at a time.

use std::sync::Arc;

use millstream_cluster::controller::ControllerError;
use millstream_coordinator::transaction::TRANSACTION_TOPIC;
use millstream_coordinator::{AppendFailure, Record, partition_for};
use millstream_log::{AppendError, Origin};
use millstream_wire::ErrorCode;
use millstream_wire::records::{BatchBuilder, Codec};

use super::Transactions;
use crate::catalog::Catalog;
use crate::flusher::Flusher;
use crate::groups::NoOffsetsTopic;
use crate::led_topic::LedTopic;
use crate::partition::{Partition, now_ms};
use crate::shared::Shared;

impl Transactions {
    /// Makes `__transaction_state` if it is not there.
    pub(crate) async fn ensure_state_topic(&self, shared: &Shared) -> Result<(), NoOffsetsTopic> {
        if self.catalog.topic(TRANSACTION_TOPIC).is_some() {
            return Ok(());
        }
        for created in self.catalog.create_topics(vec![shared.new_topic(TRANSACTION_TOPIC)], false).await? {
            match created {
                // Another connection was faster.
                Ok(_) | Err(ControllerError::TopicAlreadyExists(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Whether the id's records can be read and written: its partition of `__transaction_state` may be offline, and
    /// then nothing is known of its transaction.
    pub(crate) fn is_available(&self, transactional_id: &str) -> bool {
        self.catalog.topic(TRANSACTION_TOPIC).is_none_or(|topic| of(&topic, transactional_id).is_ok())
    }

    /// The epoch in which this broker leads the id's partition: what its markers carry.
    pub(super) fn coordinator_epoch(&self, transactional_id: &str) -> i32 {
        let topic = self.catalog.topic(TRANSACTION_TOPIC);
        topic.and_then(|topic| Some(of(&topic, transactional_id).ok()?.leader_epoch)).unwrap_or(0)
    }
}

/// The partition that holds the id's records.
fn of<'a>(topic: &'a LedTopic, transactional_id: &str) -> Result<&'a Arc<Partition>, ErrorCode> {
    let partitions = i32::try_from(topic.partitions.len()).unwrap_or(1);
    topic.partition(partition_for(transactional_id, partitions))
}

/// Appends a record. Gives the partition and the record's offset.
pub(super) fn append(
    catalog: &Catalog,
    flusher: &Flusher,
    transactional_id: &str,
    record: &Record,
) -> Result<(Arc<Partition>, i64), AppendFailure> {
    let topic = catalog.topic(TRANSACTION_TOPIC).ok_or(AppendFailure::Unavailable)?;
    let partition = of(&topic, transactional_id).map_err(|_| AppendFailure::Storage)?;
    let mut batch = BatchBuilder::new(Codec::None);
    let appended = batch.append(now_ms(), Some(&record.key), record.value.as_deref(), &[]);
    appended.map_err(|_| AppendFailure::TooLarge)?;
    let mut batch = batch.finish().map_err(|_| AppendFailure::TooLarge)?;
    if batch.len() > topic.rules.max_message_bytes {
        return Err(AppendFailure::TooLarge);
    }
    match partition.append(&mut batch, Origin::Internal, flusher) {
        Ok(appended) => Ok((Arc::clone(partition), appended.last_offset)),
        Err(AppendError::TooLarge { .. }) => Err(AppendFailure::TooLarge),
        Err(error) => {
            tracing::error!(transactional_id, %error, "a transaction's record could not be written");
            Err(AppendFailure::Storage)
        }
    }
}

//! Markers: the batch at the end of a transaction in each of its partitions. A partition of `__consumer_offsets` takes
//! it through the groups, whose pending offsets it settles.

use std::sync::Arc;

use futures::future::join_all;
use millstream_coordinator::OFFSETS_TOPIC;
use millstream_coordinator::transaction::{Markers, Producer};
use millstream_log::{AppendError, Origin, ProducerError};
use millstream_wire::ErrorCode;
use millstream_wire::records::EndMarker;

use super::Transactions;
use crate::groups::MarkerWritten;
use crate::partition::{Partition, now_ms};

/// From this level of `transaction.version` on, a marker's epoch is above that of the records before it.
const OWN_EPOCHS: i16 = 2;

/// What a partition is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marker {
    pub(crate) producer: Producer,
    pub(crate) end: EndMarker,
    /// The level of `transaction.version` of the transaction.
    pub(crate) version: i16,
}

/// Why a partition does not have its marker.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MarkerFailure {
    #[error("there is no such partition")]
    NoPartition,
    #[error("the partition is offline or takes no writes")]
    Unavailable,
    #[error(transparent)]
    Refused(#[from] ProducerError),
}

impl MarkerFailure {
    /// What WriteTxnMarkers answers.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::NoPartition => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            Self::Unavailable => ErrorCode::KAFKA_STORAGE_ERROR,
            Self::Refused(ProducerError::CoordinatorFenced { .. }) => {
                ErrorCode::TRANSACTION_COORDINATOR_FENCED
            }
            Self::Refused(_) => ErrorCode::INVALID_PRODUCER_EPOCH,
        }
    }
}

/// A marker in the page cache.
enum Begun {
    InLog { partition: Arc<Partition>, offset: i64 },
    OfGroups(MarkerWritten),
}

impl Transactions {
    /// Writes a marker to each partition. True when every partition that there still is has its marker on disk.
    pub(super) async fn write_markers(&self, markers: &Markers) -> bool {
        let coordinator_epoch = self.coordinator_epoch(&markers.transactional_id);
        let end = EndMarker { committed: markers.commit, coordinator_epoch };
        let marker = Marker { producer: markers.producer, end, version: markers.version };
        let written =
            markers.partitions.iter().map(|(topic, index)| self.write_marker(topic, *index, marker));
        let written = join_all(written).await;
        let mut all = true;
        for (result, (topic, index)) in written.iter().zip(&markers.partitions) {
            match result {
                // A partition that is gone has nothing to end.
                Ok(()) | Err(MarkerFailure::NoPartition) => {}
                Err(MarkerFailure::Refused(error)) => {
                    tracing::warn!(topic, partition = index, %error, "the transaction was ended by somebody else");
                }
                Err(error @ MarkerFailure::Unavailable) => {
                    tracing::debug!(topic, partition = index, %error, "a marker waits");
                    all = false;
                }
            }
        }
        all
    }

    /// Writes a marker, and waits until it is on disk.
    pub(crate) fn write_marker(
        &self,
        topic: &str,
        index: i32,
        marker: Marker,
    ) -> impl Future<Output = Result<(), MarkerFailure>> + use<> {
        let begun = self.begin_marker(topic, index, marker);
        async move {
            let durable = match begun? {
                Begun::InLog { partition, offset } => partition.wait_for(offset).await,
                Begun::OfGroups(written) => written.await.unwrap_or(false),
            };
            if durable { Ok(()) } else { Err(MarkerFailure::Unavailable) }
        }
    }

    fn begin_marker(&self, topic: &str, index: i32, marker: Marker) -> Result<Begun, MarkerFailure> {
        let led = self.catalog.topic(topic).ok_or(MarkerFailure::NoPartition)?;
        let partition = led.partition(index).map_err(|code| match code {
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => MarkerFailure::NoPartition,
            _ => MarkerFailure::Unavailable,
        })?;
        let Producer { id, epoch } = marker.producer;
        let batch = marker.end.batch(id, epoch, now_ms());
        let mut batch = batch.map_err(|_| MarkerFailure::Unavailable)?;
        let origin = Origin::Marker { own_epoch: marker.version >= OWN_EPOCHS };
        let append = |batch: &mut [u8]| {
            partition.append(batch, origin, &self.flusher).map(|appended| appended.last_offset)
        };
        let begun = if topic == OFFSETS_TOPIC {
            let partitions = i32::try_from(led.partitions.len()).unwrap_or(1);
            self.groups
                .end_transaction(partition, partitions, id, marker.end.committed, || append(&mut batch))
                .map(Begun::OfGroups)
        } else {
            append(&mut batch).map(|offset| Begun::InLog { partition: Arc::clone(partition), offset })
        };
        begun.map_err(|error| match error {
            AppendError::Producer(error) => MarkerFailure::Refused(error),
            error => {
                tracing::warn!(topic, partition = index, %error, "a marker could not be written");
                MarkerFailure::Unavailable
            }
        })
    }
}

//! Reading a coordinator's partition from its first record to its last, when the broker starts.

use millstream_coordinator::RecordError;
use millstream_log::{ReadError, ReadLimits};
use millstream_wire::records::{BadBatch, Batches, Budget, EndMarker, RecordBatch, RecordsError};

use crate::partition::Partition;

/// Bytes read at a time.
const READ_BYTES: usize = 1 << 20;

/// Why a partition could not be replayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Batch(#[from] BadBatch),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// A batch to take in.
pub(crate) struct Replayed(RecordBatch);

impl Replayed {
    /// The producer in whose transaction the batch is, if it is in one.
    pub(crate) fn in_transaction_of(&self) -> Option<i64> {
        let header = &self.0.header;
        header.attributes.is_transactional().then_some(header.producer_id)
    }

    /// Whether the batch is the marker that ends a transaction.
    pub(crate) fn end_marker(&self) -> Result<Option<EndMarker>, ReplayError> {
        Ok(EndMarker::parse(&self.0.bytes)?)
    }

    /// Gives every record with a key, of a batch that is no control batch.
    pub(crate) fn each(
        &self,
        mut take: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), RecordError>,
    ) -> Result<(), ReplayError> {
        if self.0.header.attributes.is_control() {
            return Ok(());
        }
        for record in self.0.records(Budget::default())? {
            let record = record?;
            if let Some(key) = &record.key {
                take(key, record.value.as_deref())?;
            }
        }
        Ok(())
    }
}

/// Gives every batch of the partition to `take`, in order. Blocks on the disk.
pub(crate) fn replay(
    partition: &Partition,
    mut take: impl FnMut(&Replayed) -> Result<(), ReplayError>,
) -> Result<(), ReplayError> {
    let mut offset = partition.log.log_start_offset();
    let end = partition.high_watermark();
    while offset < end {
        let limits = ReadLimits { max_bytes: READ_BYTES, min_one_batch: true, upper_bound: end };
        let bytes = partition.log.read(offset, limits)?;
        if bytes.is_empty() {
            break;
        }
        for batch in Batches::verified(bytes) {
            let batch = batch?;
            offset = batch.header.next_offset();
            take(&Replayed(batch))?;
        }
    }
    Ok(())
}

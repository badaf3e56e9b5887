//! The marker that ends a transaction in a partition: a control batch with one record.

use bytes::{Bytes, BytesMut};

use super::batch::NO_SEQUENCE;
use super::{BatchBuilder, Budget, Codec, RecordBatch, RecordsError};
use crate::raft::{ControlRecordType, EndTxnMarker, control};
use crate::{decode_prefixed, encode_prefixed};

/// How a transaction ended, as its partitions are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndMarker {
    /// Whether its records count.
    pub committed: bool,
    /// Leader epoch of the coordinator's partition of `__transaction_state`.
    pub coordinator_epoch: i32,
}

impl EndMarker {
    /// The batch that tells it of this producer; `now` in ms.
    ///
    /// # Errors
    /// None that this batch can have: it has one small record.
    pub fn batch(self, producer_id: i64, epoch: i16, now: i64) -> Result<BytesMut, RecordsError> {
        let kind = if self.committed { control::COMMIT } else { control::ABORT };
        let unwritable = |_| RecordsError::BadRecord { index: 0, reason: "a marker has no bytes" };
        let key = encode_prefixed(&ControlRecordType { r#type: kind }, 0).map_err(unwritable)?;
        let value = EndTxnMarker { coordinator_epoch: self.coordinator_epoch };
        let value = encode_prefixed(&value, 0).map_err(unwritable)?;
        let mut batch = BatchBuilder::new(Codec::None)
            .producer(producer_id, epoch, NO_SEQUENCE)
            .transactional()
            .control();
        batch.append(now, Some(&key), Some(&value), &[])?;
        batch.finish()
    }

    /// The marker in a control batch; `None` for a control batch of another kind, and for one whose record is gone
    /// with its transaction.
    ///
    /// # Errors
    /// [`RecordsError`] when the batch cannot be read.
    pub fn parse(batch: &Bytes) -> Result<Option<Self>, RecordsError> {
        let batch = RecordBatch::parse(batch)?;
        if !batch.header.attributes.is_control() {
            return Ok(None);
        }
        let Some(record) = batch.records(Budget::default())?.next() else { return Ok(None) };
        let record = record?;
        let unreadable = |_| RecordsError::BadRecord { index: 0, reason: "it is no control record" };
        let key = record.key.unwrap_or_default();
        let (_, kind): (_, ControlRecordType) = decode_prefixed(key).map_err(unreadable)?;
        let committed = match kind.r#type {
            control::COMMIT => true,
            control::ABORT => false,
            _ => return Ok(None),
        };
        let value = record.value.unwrap_or_default();
        let (_, marker): (_, EndTxnMarker) = decode_prefixed(value).map_err(unreadable)?;
        Ok(Some(Self { committed, coordinator_epoch: marker.coordinator_epoch }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_go_there_and_back_in_kafkas_bytes() {
        let marker = EndMarker { committed: true, coordinator_epoch: 3 };
        let batch = marker.batch(7, 2, 1000).unwrap().freeze();
        assert_eq!(EndMarker::parse(&batch).unwrap(), Some(marker));
        let header = RecordBatch::parse(&batch).unwrap().header;
        assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), (7, 2, -1));
        assert!(header.attributes.is_transactional() && header.attributes.is_control());
        // Length 16, attributes, deltas, a key of 4 bytes (version 0, commit), a value of 6 (version 0, epoch 3).
        assert_eq!(batch[61..], [32, 0, 0, 0, 8, 0, 0, 0, 1, 12, 0, 0, 0, 0, 0, 3, 0]);
        let data = BatchBuilder::new(Codec::None).producer(7, 2, 0);
        let mut data = data.transactional();
        data.append(0, None, None, &[]).unwrap();
        assert_eq!(EndMarker::parse(&data.finish().unwrap().freeze()).unwrap(), None);
    }
}

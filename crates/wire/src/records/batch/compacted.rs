//! What compaction makes of a batch that loses records: offsets, producer and sequence stay what they were.

use bytes::BytesMut;

use super::{BatchBuilder, BatchHeader, NO_TIMESTAMP, Record, replace_payload};
use crate::records::{Codec, RecordsError};

/// The batch of `header` with these of its records, in its own codec. Its base and last offset stay, so that offsets
/// and the producer's last sequence are not forgotten; without records only the header is left, as Kafka leaves it.
///
/// `delete_horizon` (ms) is the time from which its tombstones or its marker may go (KIP-534).
///
/// # Errors
/// The header has an unknown codec, a record's offset lies outside of the batch, or the batch has 2 GiB or more.
pub fn compacted(
    header: &BatchHeader,
    records: &[Record],
    delete_horizon: Option<i64>,
) -> Result<BytesMut, RecordsError> {
    if records.is_empty() {
        return emptied(header);
    }
    let mut batch = BatchBuilder::like(header, delete_horizon)?;
    for record in records {
        let delta = i32::try_from(record.offset.wrapping_sub(header.base_offset))
            .map_err(|_| RecordsError::BadField { field: "record offset", value: record.offset })?;
        batch.append_at(
            delta,
            record.timestamp,
            record.key.as_deref(),
            record.value.as_deref(),
            &record.headers,
        )?;
    }
    batch.spanning(header.last_offset_delta).finish()
}

fn emptied(header: &BatchHeader) -> Result<BytesMut, RecordsError> {
    let attributes = header.attributes.with_delete_horizon(false);
    let header = BatchHeader { attributes, base_timestamp: NO_TIMESTAMP, record_count: 0, ..*header };
    replace_payload(&header, Codec::None, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::batch::HEADER_SIZE;
    use crate::records::{Budget, RecordBatch};

    const NOW: i64 = 1_700_000_000_000;

    fn batch(codec: Codec) -> RecordBatch {
        let mut builder = BatchBuilder::new(codec).at(70, 3).producer(9, 1, 4);
        for (at, value) in [Some("a"), None, Some("c")].into_iter().enumerate() {
            let value = value.map(str::as_bytes);
            builder.append(NOW + i64::try_from(at).unwrap(), Some(b"k"), value, &[]).unwrap();
        }
        RecordBatch::parse(&builder.finish().unwrap().freeze()).unwrap()
    }

    fn records(batch: &RecordBatch) -> Vec<Record> {
        batch.header.verify_crc(&batch.bytes).unwrap();
        batch.records(Budget::default()).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn what_stays_keeps_offset_time_and_sequence() {
        for codec in Codec::ALL {
            let whole = batch(codec);
            let all = records(&whole);
            for (kept, horizon) in [(vec![1], Some(NOW + 99)), (vec![0, 2], None), (vec![2], None)] {
                let kept: Vec<Record> = kept.into_iter().map(|at: usize| all[at].clone()).collect();
                let bytes = compacted(&whole.header, &kept, horizon).unwrap().freeze();
                let left = RecordBatch::parse(&bytes).unwrap();
                assert_eq!(records(&left), kept, "{codec:?}");
                let (new, old) = (left.header, whole.header);
                assert_eq!((new.base_offset, new.last_offset()), (old.base_offset, old.last_offset()));
                assert_eq!((new.producer_id, new.producer_epoch), (9, 1));
                assert_eq!((new.base_sequence, new.last_sequence()), (4, 6));
                assert_eq!(new.partition_leader_epoch, 3);
                assert_eq!(new.delete_horizon(), horizon);
                assert_eq!(new.max_timestamp, kept.last().unwrap().timestamp);
                assert_eq!(new.attributes.codec(), Ok(codec));
            }
        }
    }

    #[test]
    fn a_batch_without_records_is_its_header() {
        let whole = batch(Codec::Zstd);
        let bytes = compacted(&whole.header, &[], None).unwrap().freeze();
        let left = RecordBatch::parse(&bytes).unwrap();
        assert_eq!(records(&left), []);
        assert_eq!(bytes.len(), HEADER_SIZE);
        assert_eq!((left.header.next_offset(), left.header.last_sequence()), (73, 6));
        assert_eq!(left.header.max_timestamp, whole.header.max_timestamp);
    }
}

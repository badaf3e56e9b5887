//! Batches of magic 2 for consumers that know only magic 0 or 1 (Fetch 0 to 3), by the rules of Kafka 3.9.
//!
//! Headers and producer fields are lost, control batches are left out, every record keeps its offset, and what was
//! compressed is compressed again with the same codec. Of an uncompressed batch only the records from the fetch offset
//! on are sent: some versions of librdkafka rely on that. A compressed one is sent whole.

use bytes::Bytes;

use super::batch::{BadBatch, Batches, RecordBatch};
use super::message_set::MessageSetBuilder;
use super::{Budget, Codec, RecordsError};

/// Why there is nothing that an old consumer could be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownConvertError {
    /// `UNSUPPORTED_COMPRESSION_TYPE`: the batch is compressed with zstd, which the old formats do not know.
    #[error("a batch compressed with zstd cannot be sent to a consumer of an old version (Fetch before 10)")]
    Zstd,
    /// `CORRUPT_MESSAGE` or, over the budget, `MESSAGE_TOO_LARGE`: what the log gave cannot be read.
    #[error(transparent)]
    Unreadable(#[from] BadBatch),
}

/// Converts whole batches, as the log gives them, to a message set of `magic` 0 or 1 for a fetch at `fetch_offset`.
/// A batch that cannot be converted ends the set; it is an error only in front of it, so that a consumer gets
/// everything that it can have.
///
/// # Errors
/// [`DownConvertError`] when the very first batch cannot be converted.
pub fn down_convert(
    batches: Bytes,
    magic: i8,
    fetch_offset: i64,
    budget: Budget,
) -> Result<Bytes, DownConvertError> {
    let mut out = Vec::with_capacity(batches.len());
    for batch in Batches::new(batches) {
        if let Err(error) = batch
            .map_err(DownConvertError::Unreadable)
            .and_then(|batch| convert_batch(&batch, magic, fetch_offset, budget, &mut out))
        {
            if out.is_empty() {
                return Err(error);
            }
            break;
        }
    }
    Ok(out.into())
}

fn convert_batch(
    batch: &RecordBatch,
    magic: i8,
    fetch_offset: i64,
    budget: Budget,
    out: &mut Vec<u8>,
) -> Result<(), DownConvertError> {
    if batch.header.attributes.is_control() {
        return Ok(());
    }
    let unreadable = |reason: RecordsError| BadBatch { position: batch.position, reason };
    let codec = batch.header.attributes.codec().map_err(unreadable)?;
    if codec == Codec::Zstd {
        return Err(DownConvertError::Zstd);
    }
    let mut set = MessageSetBuilder::new(magic, codec, batch.header.attributes.timestamp_type());
    for record in batch.records(budget).map_err(unreadable)? {
        let record = record.map_err(unreadable)?;
        if codec != Codec::None || record.offset >= fetch_offset {
            set.append(record.offset, record.timestamp, record.key.as_deref(), record.value.as_deref())
                .map_err(unreadable)?;
        }
    }
    Ok(set.finish(out).map_err(unreadable)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::TimestampType;
    use crate::records::batch::{BatchBuilder, Header};
    use crate::records::message_set::{Entries, Message, messages};

    fn batch(codec: Codec, base_offset: i64, values: &[&str]) -> BatchBuilder {
        let mut builder = BatchBuilder::new(codec).at(base_offset, 0).producer(4, 0, 0);
        let header = Header { key: "dropped".into(), value: Some("x".into()) };
        for (timestamp, value) in (1_000..).zip(values) {
            builder
                .append(timestamp, Some(b"k"), Some(value.as_bytes()), std::slice::from_ref(&header))
                .unwrap();
        }
        builder
    }

    fn bytes(builders: Vec<BatchBuilder>) -> Bytes {
        builders.into_iter().flat_map(|builder| builder.finish().unwrap()).collect::<Vec<_>>().into()
    }

    fn read(set: Bytes) -> Vec<(i64, i64, String)> {
        messages(set, Budget::default())
            .map(Result::unwrap)
            .map(|Message { offset, timestamp, value, .. }| {
                (offset, timestamp, String::from_utf8(value.unwrap().to_vec()).unwrap())
            })
            .collect()
    }

    #[test]
    fn an_uncompressed_batch_starts_at_the_fetch_offset_a_compressed_one_is_whole() {
        for codec in [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4] {
            let log = bytes(vec![batch(codec, 10, &["a", "b", "c"]), batch(codec, 13, &["d"])]);
            for (magic, first, second) in [(0, -1, -1), (1, 1_001, 1_002)] {
                let set = down_convert(log.clone(), magic, 11, Budget::default()).unwrap();
                let entries: Vec<_> = Entries::new(set.clone()).map(Result::unwrap).collect();
                assert!(entries.iter().all(|entry| (entry.magic, entry.codec) == (magic, codec)));
                let mut found = read(set);
                if codec != Codec::None {
                    assert_eq!((entries.len(), entries[0].offset), (2, 12));
                    assert_eq!(found.remove(0).0, 10);
                }
                let third = if magic == 0 { -1 } else { 1_000 };
                let expected = [(11, first, "b"), (12, second, "c"), (13, third, "d")];
                assert_eq!(found, expected.map(|(offset, time, value)| (offset, time, value.to_owned())));
            }
        }
    }

    #[test]
    fn control_batches_are_left_out_and_append_times_kept() {
        let log = bytes(vec![
            batch(Codec::None, 0, &["marker"]).control(),
            batch(Codec::Gzip, 1, &["a"]).log_append_time(9_999),
        ]);
        let set = down_convert(log, 1, 0, Budget::default()).unwrap();
        let entry = Entries::new(set.clone()).next().unwrap().unwrap();
        assert_eq!(entry.timestamp_type, TimestampType::LogAppendTime);
        assert_eq!(read(set), [(1, 9_999, "a".to_owned())]);
    }

    #[test]
    fn zstd_is_an_error_only_at_the_front() {
        let (plain, zstd) = (batch(Codec::None, 0, &["a"]), batch(Codec::Zstd, 1, &["b"]));
        let error = down_convert(bytes(vec![zstd.clone()]), 1, 1, Budget::default());
        assert_eq!(error, Err(DownConvertError::Zstd));
        let set = down_convert(bytes(vec![plain, zstd]), 1, 0, Budget::default()).unwrap();
        assert_eq!(read(set), [(0, 1_000, "a".to_owned())]);
    }
}

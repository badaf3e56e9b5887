//! Produce validation: what passes untouched, what is converted, what is refused and why.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

use super::*;
use crate::records::batch::{BatchBuilder, Header, RecordBatch};
use crate::records::message_set::MessageSetBuilder;

const NOW: i64 = 1_700_000_000_000;

fn builder(codec: Codec) -> BatchBuilder {
    let mut builder = BatchBuilder::new(codec).producer(3, 1, 7);
    for (timestamp, value) in (NOW..).zip(["a", "b", "c"]) {
        let header = Header { key: "h".into(), value: None };
        builder.append(timestamp, Some(b"k"), Some(value.as_bytes()), &[header]).unwrap();
    }
    builder
}

fn batch(codec: Codec) -> BytesMut {
    builder(codec).finish().unwrap()
}

fn set(magic: i8, codec: Codec) -> Bytes {
    let mut builder = MessageSetBuilder::new(magic, codec, TimestampType::CreateTime);
    for (offset, value) in (0..).zip(["a", "b", "c"]) {
        builder.append(offset, NOW + offset, Some(b"k"), Some(value.as_bytes())).unwrap();
    }
    let mut out = Vec::new();
    builder.finish(&mut out).unwrap();
    out.into()
}

/// The same batch with some bytes changed and its checksum made to fit.
fn changed(mut bytes: BytesMut, at: usize, to: &[u8]) -> Bytes {
    bytes[at..at + to.len()].copy_from_slice(to);
    let crc = crc32c::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    bytes.freeze()
}

fn check(records: impl Into<Bytes>, version: i16, rules: &ProduceRules) -> Result<ValidBatch, ProduceError> {
    validate(records.into(), version, rules, Budget::bytes(1 << 20), NOW)
}

fn values(batch: &ValidBatch) -> Vec<(i64, Bytes)> {
    let batch = RecordBatch::parse(&batch.bytes.clone().freeze()).unwrap();
    batch.header.verify_crc(&batch.bytes).unwrap();
    batch
        .records(Budget::default())
        .unwrap()
        .map(|record| record.map(|record| (record.timestamp, record.value.unwrap())).unwrap())
        .collect()
}

#[test]
fn a_good_batch_stays_as_it_is() {
    for codec in Codec::ALL {
        let sent = batch(codec);
        let valid = check(sent.clone(), 9, &ProduceRules::default()).unwrap();
        assert_eq!(valid.bytes, sent);
        assert!(!valid.rewritten);
        let header = valid.header;
        assert_eq!((header.record_count, header.max_timestamp), (3, NOW + 2));
        assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), (3, 1, 7));
    }
}

#[test]
fn the_payload_is_not_copied_when_nobody_else_holds_it() {
    let sent = batch(Codec::Gzip).freeze();
    let at = sent.as_ptr();
    assert_eq!(check(sent, 9, &ProduceRules::default()).unwrap().bytes.as_ptr(), at);
}

#[test]
fn another_compression_type_compresses_again() {
    for codec in Codec::ALL {
        for target in Codec::ALL {
            let rules = ProduceRules { compression: Some(target), ..ProduceRules::default() };
            let valid = check(batch(codec), 9, &rules).unwrap();
            assert_eq!(valid.header.attributes.codec(), Ok(target));
            assert_eq!(valid.header.producer_id, 3);
            assert_eq!(valid.rewritten, codec != target);
            assert_eq!(values(&valid), values(&check(batch(codec), 9, &ProduceRules::default()).unwrap()));
        }
    }
}

#[test]
fn old_formats_become_one_batch() {
    for magic in 0..=1 {
        for codec in [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4] {
            let valid = check(set(magic, codec), 2, &ProduceRules::default()).unwrap();
            let (timestamps, values): (Vec<_>, Vec<_>) = values(&valid).into_iter().unzip();
            assert_eq!(values, ["a", "b", "c"]);
            assert_eq!(timestamps, if magic == 0 { [-1; 3] } else { [NOW, NOW + 1, NOW + 2] });
            assert_eq!(valid.header.attributes.codec(), Ok(codec));
            assert_eq!((valid.header.record_count, valid.header.base_offset), (3, 0));
            assert_eq!(valid.header.max_timestamp, if magic == 0 { -1 } else { NOW + 2 });
        }
    }
}

#[test]
fn the_append_time_is_set_where_the_topic_wants_it() {
    let rules = ProduceRules { timestamp_type: TimestampType::LogAppendTime, ..ProduceRules::default() };
    for sent in [batch(Codec::Lz4).freeze(), set(0, Codec::None), set(1, Codec::Gzip)] {
        let valid = check(sent, 2, &rules).unwrap();
        assert!(values(&valid).iter().all(|(timestamp, _)| *timestamp == NOW));
        assert_eq!(valid.header.max_timestamp, NOW);
    }
    // Timestamps do not matter then.
    let mut late = BatchBuilder::new(Codec::None);
    late.append(i64::MAX, None, None, &[]).unwrap();
    assert!(check(late.finish().unwrap(), 3, &rules).is_ok());
}

#[test]
fn a_wrong_largest_timestamp_is_corrected() {
    let sent = changed(batch(Codec::None), 35, &7i64.to_be_bytes());
    assert_eq!(check(sent, 3, &ProduceRules::default()).unwrap().header.max_timestamp, NOW + 2);
}

fn malformed(error: RecordsError) -> ProduceError {
    ProduceError::Malformed(error)
}

fn invalid(reason: &'static str) -> ProduceError {
    ProduceError::Invalid { records: Vec::new(), reason }
}

#[test]
fn what_is_wrong_with_a_batch_is_said() {
    let rules = ProduceRules::default();
    let two = [batch(Codec::None), batch(Codec::None)].concat();
    let older_behind = [&batch(Codec::None)[..], &set(1, Codec::None)].concat();
    let cut = batch(Codec::None).freeze();
    let cut = cut.slice(..cut.len() - 1);
    let twice = |codec| changed(batch(codec), 57, &6i32.to_be_bytes());
    for (sent, version, error) in [
        (Bytes::new(), 3, ProduceError::NotOneBatch("there is no batch")),
        (set(1, Codec::None), 3, ProduceError::NotOneBatch("version 3 and later take magic 2 only")),
        (two.into(), 9, ProduceError::NotOneBatch("there must be exactly one batch")),
        (older_behind.into(), 2, ProduceError::NotOneBatch("there must be exactly one batch")),
        (cut, 9, ProduceError::NotOneBatch("the batch is cut off")),
        (batch(Codec::Zstd).freeze(), 6, ProduceError::UnsupportedCompression(4)),
        (changed(batch(Codec::None), 21, &[0, 5]), 9, ProduceError::UnsupportedCompression(5)),
        (changed(batch(Codec::None), 0, &1i64.to_be_bytes()), 9, invalid("the base offset must be 0")),
        (changed(batch(Codec::None), 21, &[0, 32]), 9, invalid("clients cannot write control records")),
        (
            changed(batch(Codec::None), 53, &[0xff; 4]),
            9,
            invalid("a batch with a producer id needs a sequence number"),
        ),
        (twice(Codec::None), 9, invalid("the last offset delta must be the record count less one")),
    ] {
        assert_eq!(check(sent, version, &rules).unwrap_err(), error);
    }
    let behind = [batch(Codec::None), BytesMut::from(&b"x"[..])].concat();
    let taken = check(Bytes::from(behind), 9, &rules).unwrap();
    assert_eq!(taken.bytes.len(), batch(Codec::None).len(), "bytes behind the batch that are none go");
}

#[test]
fn only_the_broker_sets_the_append_time() {
    let rules = ProduceRules { timestamp_type: TimestampType::LogAppendTime, ..ProduceRules::default() };
    let sent = changed(batch(Codec::None), 21, &[0, 8]);
    assert_eq!(
        check(sent, 9, &rules).unwrap_err(),
        ProduceError::TimestampTypeOfBroker { records: vec![0, 1, 2] }
    );
}

#[test]
fn counts_that_lie_are_found_with_every_codec() {
    for codec in Codec::ALL {
        for (count, found) in [(1i32, 2), (2, 3), (4, 3), (i32::MAX, 3)] {
            let sent = changed(batch(codec), 57, &count.to_be_bytes());
            let sent = changed(BytesMut::from(sent), 23, &(count - 1).to_be_bytes());
            let error = malformed(RecordsError::RecordCount { declared: count, found });
            assert_eq!(check(sent, 9, &ProduceRules::default()).unwrap_err(), error, "{codec}");
        }
    }
}

#[test]
fn checksums_are_checked_inside_and_out() {
    let mut sent = batch(Codec::Gzip);
    *sent.last_mut().unwrap() ^= 1;
    assert!(matches!(
        check(sent, 9, &ProduceRules::default()),
        Err(ProduceError::Corrupt(RecordsError::BadCrc { .. }))
    ));
    for codec in [Codec::None, Codec::Gzip] {
        let mut sent = set(1, codec).to_vec();
        let last = sent.len() - 1;
        sent[last] ^= 1;
        let error = check(sent, 2, &ProduceRules::default()).unwrap_err();
        assert!(matches!(error, ProduceError::Corrupt(RecordsError::BadCrc { .. })), "{error}");
    }
}

#[test]
fn limits_of_the_topic_hold() {
    let size = batch(Codec::None).len();
    let small = ProduceRules { max_message_bytes: size - 1, ..ProduceRules::default() };
    let too_large = ProduceError::TooLarge { size, limit: size - 1 };
    assert_eq!(check(batch(Codec::None), 9, &small).unwrap_err(), too_large);
    // Small enough each, too large as one batch.
    let one = set(1, Codec::None).len() / 3;
    let small = ProduceRules { max_message_bytes: one + 1, ..ProduceRules::default() };
    assert!(matches!(check(set(1, Codec::None), 2, &small), Err(ProduceError::TooLarge { .. })));

    let compacted = ProduceRules { compacted: true, ..ProduceRules::default() };
    assert!(check(batch(Codec::Zstd), 9, &compacted).is_ok());
    let mut keyless = builder(Codec::Zstd);
    keyless.append(NOW, None, Some(b"v"), &[]).unwrap();
    let reason = "a compacted topic takes no record without a key";
    assert_eq!(
        check(keyless.finish().unwrap(), 9, &compacted).unwrap_err(),
        ProduceError::Invalid { records: vec![3], reason }
    );

    let strict =
        ProduceRules { timestamp_before_max_ms: 10, timestamp_after_max_ms: 1, ..ProduceRules::default() };
    let out_of_range = ProduceError::TimestampOutOfRange {
        records: vec![2],
        timestamp: NOW + 2,
        earliest: NOW - 10,
        latest: NOW + 1,
    };
    assert_eq!(check(batch(Codec::Snappy), 9, &strict).unwrap_err(), out_of_range);
    assert_eq!(check(set(1, Codec::Lz4), 2, &strict).unwrap_err(), out_of_range);
    assert!(check(set(0, Codec::Lz4), 2, &strict).is_ok());
    // All wrong records are named; a wrong time is what is said.
    let mut both = BatchBuilder::new(Codec::None);
    for (time, key) in [(NOW, None), (NOW + 5, Some(&b"k"[..])), (NOW + 6, None), (NOW, Some(&b"k"[..]))] {
        both.append(time, key, Some(b"v"), &[]).unwrap();
    }
    let (earliest, latest) = (NOW - 10, NOW + 1);
    let records = vec![0, 1, 2];
    assert_eq!(
        check(both.finish().unwrap(), 9, &ProduceRules { compacted: true, ..strict }).unwrap_err(),
        ProduceError::TimestampOutOfRange { records, timestamp: NOW + 5, earliest, latest }
    );
}

#[test]
fn a_bomb_is_too_large_with_every_codec_and_format() {
    let zeros = vec![0; 2 << 20];
    let over = ProduceError::OverBudget { limit: 1 << 20 };
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let mut bomb = BatchBuilder::new(codec);
        bomb.append(NOW, None, Some(&zeros), &[]).unwrap();
        assert_eq!(check(bomb.finish().unwrap(), 9, &ProduceRules::default()).unwrap_err(), over, "{codec}");
        if codec == Codec::Zstd {
            continue;
        }
        for magic in 0..=1 {
            let mut bomb = MessageSetBuilder::new(magic, codec, TimestampType::CreateTime);
            bomb.append(0, NOW, None, Some(&zeros)).unwrap();
            let mut out = Vec::new();
            bomb.finish(&mut out).unwrap();
            assert_eq!(check(out, 2, &ProduceRules::default()).unwrap_err(), over, "{codec} {magic}");
        }
    }
}

#[test]
fn a_set_must_be_of_one_kind() {
    let rules = ProduceRules::default();
    let mixed = [set(0, Codec::None), set(1, Codec::None)].concat();
    assert_eq!(check(mixed, 2, &rules).unwrap_err(), invalid("all messages must have the same magic"));
    let wrappers = [set(1, Codec::Gzip), set(1, Codec::Gzip)].concat();
    let reason = "there must be one compressed message and no other";
    assert_eq!(check(wrappers, 2, &rules).unwrap_err(), invalid(reason));
    assert_eq!(check(Bytes::new(), 2, &rules).unwrap_err(), invalid("there are no messages"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damage_never_panics_and_what_passes_is_whole(
        at: prop::sample::Index,
        bit in 0u8..8,
        version in 0i16..=13,
        fit: bool,
    ) {
        for codec in Codec::ALL {
            let mut sent = batch(codec);
            let at = at.index(sent.len());
            sent[at] ^= 1 << bit;
            let sent = if fit { changed(sent, 0, &[]) } else { sent.freeze() };
            if let Ok(valid) = check(sent, version, &ProduceRules::default()) {
                prop_assert_eq!(values(&valid).len(), 3);
            }
        }
        for (magic, codec) in [(0, Codec::None), (1, Codec::Gzip), (1, Codec::Lz4), (0, Codec::Snappy)] {
            let mut sent = set(magic, codec).to_vec();
            let at = at.index(sent.len());
            sent[at] ^= 1 << bit;
            let _ = check(sent, version, &ProduceRules::default());
        }
    }
}

//! Batches: there and back, in place changes, damage, and headers that lie.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

use super::*;
use crate::records::{Budget, Codec, RecordsError, TimestampType};

fn batch(codec: Codec, values: &[&str]) -> BytesMut {
    let mut builder = BatchBuilder::new(codec).at(100, 7);
    for (index, value) in values.iter().enumerate() {
        let timestamp = 1_000 + i64::try_from(index).unwrap();
        builder.append(timestamp, None, Some(value.as_bytes()), &[]).unwrap();
    }
    builder.finish().unwrap()
}

fn records(bytes: &Bytes) -> Result<Vec<Record>, RecordsError> {
    RecordBatch::parse(bytes)?.records(Budget::default())?.collect()
}

#[test]
fn a_batch_says_what_was_put_in() {
    let header = |key: &'static str, value| Header { key: key.into(), value };
    let headers = vec![header("a", Some("1".into())), header("a", None), header("", Some(Bytes::new()))];
    for codec in Codec::ALL {
        let mut builder = BatchBuilder::new(codec).at(1 << 40, 3).producer(9, 2, 5).transactional();
        builder.append(50, Some(b"k"), None, &headers).unwrap();
        builder.append_at(4, 40, None, Some(b""), &[]).unwrap();
        let bytes = builder.finish().unwrap().freeze();
        let batch = RecordBatch::parse(&bytes).unwrap();
        batch.header.verify_crc(&bytes).unwrap();
        assert_eq!(batch.header.size_in_bytes(), bytes.len());
        assert_eq!(batch.header.last_offset(), (1 << 40) + 4);
        assert_eq!((batch.header.base_timestamp, batch.header.max_timestamp), (50, 50));
        assert_eq!((batch.header.last_sequence(), batch.header.record_count), (9, 2));
        assert!(batch.header.attributes.is_transactional() && !batch.header.attributes.is_control());
        assert_eq!(
            records(&bytes).unwrap(),
            [
                Record {
                    offset: 1 << 40,
                    timestamp: 50,
                    key: Some("k".into()),
                    value: None,
                    headers: headers.clone()
                },
                Record {
                    offset: (1 << 40) + 4,
                    timestamp: 40,
                    key: None,
                    value: Some(Bytes::new()),
                    headers: vec![]
                },
            ]
        );
    }
}

#[test]
fn a_builder_without_records_gives_no_bytes() {
    assert!(BatchBuilder::new(Codec::Gzip).finish().unwrap().is_empty());
}

#[test]
fn sequences_wrap_as_kafkas() {
    for (sequence, increment, after) in
        [(0, 0, 0), (5, 3, 8), (i32::MAX, 0, i32::MAX), (i32::MAX, 1, 0), (i32::MAX - 1, 4, 2)]
    {
        assert_eq!(sequence_after(sequence, increment), after);
    }
}

#[test]
fn offsets_are_assigned_outside_the_checksum() {
    let mut bytes = batch(Codec::None, &["a", "b"]);
    assign_offset(&mut bytes, 4_000, 12).unwrap();
    let header = BatchHeader::parse(&bytes).unwrap();
    header.verify_crc(&bytes).unwrap();
    assert_eq!((header.base_offset, header.last_offset(), header.next_offset()), (4_000, 4_001, 4_002));
    assert_eq!(header.partition_leader_epoch, 12);
}

#[test]
fn the_append_time_replaces_every_timestamp() {
    let mut bytes = batch(Codec::Lz4, &["a", "b"]);
    set_log_append_time(&mut bytes, 77_777).unwrap();
    let bytes = bytes.freeze();
    let header = BatchHeader::parse(&bytes).unwrap();
    header.verify_crc(&bytes).unwrap();
    assert_eq!(header.attributes.timestamp_type(), TimestampType::LogAppendTime);
    assert!(records(&bytes).unwrap().iter().all(|record| record.timestamp == 77_777));
}

#[test]
fn a_walk_says_where_the_bad_batch_starts() {
    let good = batch(Codec::None, &["a"]);
    let mut damaged = batch(Codec::None, &["b"]);
    *damaged.last_mut().unwrap() ^= 1;
    let all: Bytes = [&good[..], &good, &damaged, &good].concat().into();
    let walked: Vec<_> = Batches::verified(all.clone()).collect();
    assert_eq!(walked.len(), 3);
    let bad = walked[2].clone().unwrap_err();
    assert_eq!(bad.position, 2 * good.len());
    assert!(matches!(bad.reason, RecordsError::BadCrc { .. }));
    assert_eq!(Batches::new(all.clone()).filter(Result::is_ok).count(), 4);

    let torn = Batches::new(all.slice(..good.len() + 30)).last().unwrap().unwrap_err();
    assert_eq!(
        torn,
        BadBatch {
            position: good.len(),
            reason: RecordsError::Truncated { needed: HEADER_SIZE, available: 30 }
        }
    );
}

#[test]
fn a_batch_that_is_all_there_and_too_short_is_not_the_part_of_one() {
    let mut short = batch(Codec::None, &["a"]).freeze()[..28].to_vec();
    short[8..12].copy_from_slice(&16_i32.to_be_bytes());
    let error = |bytes: &[u8]| BatchHeader::parse(bytes).unwrap_err();
    assert_eq!(error(&short), RecordsError::BadLength { length: 16, least: 49 });
    assert_eq!(error(&short[..27]), RecordsError::Truncated { needed: HEADER_SIZE, available: 27 });
}

#[test]
fn impossible_headers_are_refused() {
    let good = batch(Codec::None, &["a"]);
    let cases: [(usize, &[u8], RecordsError); 6] = [
        (
            8,
            &[0x7f, 0xff, 0xff, 0xff],
            RecordsError::Truncated { needed: (1 << 31) + 11, available: good.len() },
        ),
        (8, &[0, 0, 0, 48], RecordsError::BadLength { length: 48, least: 49 }),
        (8, &[0xff; 4], RecordsError::BadLength { length: -1, least: 49 }),
        (16, &[1], RecordsError::BadMagic(1)),
        (23, &[0xff; 4], RecordsError::BadField { field: "last offset delta", value: -1 }),
        (57, &[0xff; 4], RecordsError::BadField { field: "record count", value: -1 }),
    ];
    for (at, bytes, error) in cases {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        assert_eq!(RecordBatch::parse(&bad.freeze()).unwrap_err(), error);
    }
}

#[test]
fn counts_that_lie_are_found() {
    for codec in Codec::ALL {
        for (count, found) in [(1, 2), (3, 2), (i32::MAX, 2), (0, 1)] {
            let mut bytes = batch(codec, &["a", "b"]);
            bytes[57..61].copy_from_slice(&i32::to_be_bytes(count));
            let error = records(&bytes.freeze()).unwrap_err();
            assert_eq!(error, RecordsError::RecordCount { declared: count, found }, "{codec}");
        }
    }
}

#[test]
fn lengths_inside_a_record_are_not_believed() {
    let most: &[u8] = &[0xfe, 0xff, 0xff, 0xff, 0x0f];
    let cases: [(&[&[u8]], &str); 5] = [
        (&[most], "its length is impossible"),
        (&[&[20], &[0, 0, 0], most, &[0; 2]], "a field ends beyond it"),
        (&[&[20], &[0, 0, 0, 1], most, &[0]], "a field ends beyond it"),
        (&[&[14], &[0, 0, 0, 1, 1, 0, 0]], "it is shorter than it says"),
        (&[&[12], &[0, 0, 0, 1, 1, 1]], "its number of headers is negative"),
    ];
    for (parts, reason) in cases {
        let mut header = BatchHeader::parse(&batch(Codec::None, &["a"])).unwrap();
        let payload = parts.concat();
        header.batch_length = 49 + i32::try_from(payload.len()).unwrap();
        let mut bytes = BytesMut::new();
        header.write(&mut bytes);
        bytes.extend_from_slice(&payload);
        let error = records(&bytes.freeze()).unwrap_err();
        assert_eq!(error, RecordsError::BadRecord { index: 0, reason });
        assert!(Walk::new(&payload[..], Codec::None, Budget::default()).next().is_err());
    }
}

#[test]
fn headers_have_a_budget() {
    let header = Header { key: "k".into(), value: None };
    let mut builder = BatchBuilder::new(Codec::None);
    builder.append(0, None, None, &vec![header; 11]).unwrap();
    let batch = RecordBatch::parse(&builder.finish().unwrap().freeze()).unwrap();
    let budget = Budget { headers: 10, ..Budget::default() };
    let error = RecordsError::TooManyHeaders { count: 11, limit: 10 };
    assert_eq!(batch.records(budget).unwrap().next(), Some(Err(error.clone())));
    assert_eq!(Walk::new(&batch.payload()[..], Codec::None, budget).next().unwrap_err(), error);
}

fn any_header() -> impl Strategy<Value = Header> {
    (any::<Vec<u8>>(), any::<Option<Vec<u8>>>())
        .prop_map(|(key, value)| Header { key: key.into(), value: value.map(Bytes::from) })
}

fn any_record() -> impl Strategy<Value = Record> {
    (
        any::<i64>(),
        any::<Option<Vec<u8>>>(),
        any::<Option<Vec<u8>>>(),
        prop::collection::vec(any_header(), 0..4),
    )
        .prop_map(|(timestamp, key, value, headers)| Record {
            offset: 0,
            timestamp,
            key: key.map(Bytes::from),
            value: value.map(Bytes::from),
            headers,
        })
}

fn build(codec: Codec, records: &mut [Record]) -> BytesMut {
    let mut builder = BatchBuilder::new(codec).at(42, 0);
    for (offset, record) in (42..).zip(records) {
        record.offset = offset;
        builder
            .append(record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers)
            .unwrap();
    }
    builder.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn round_trip(mut sent in prop::collection::vec(any_record(), 1..20)) {
        for codec in Codec::ALL {
            let bytes = build(codec, &mut sent).freeze();
            prop_assert_eq!(&records(&bytes).unwrap(), &sent);
            let batch = Batches::verified(bytes).next().unwrap().unwrap();
            let payload = batch.payload();
            let stream = crate::records::compression::open(codec, 2, &payload, Budget::default()).unwrap();
            let mut walk = Walk::new(stream, codec, Budget::default());
            for (delta, record) in (0..).zip(&sent) {
                let shape = walk.next().unwrap();
                prop_assert_eq!((shape.offset_delta, shape.has_key), (delta, record.key.is_some()));
            }
            prop_assert!(walk.is_at_end().unwrap());
        }
    }

    #[test]
    fn damaged_batches_never_panic_and_the_checksum_finds_them(
        mut sent in prop::collection::vec(any_record(), 1..6),
        at: prop::sample::Index,
        bit in 0u8..8,
        cut: prop::sample::Index,
    ) {
        for codec in Codec::ALL {
            let mut bytes = build(codec, &mut sent);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let bytes = bytes.freeze();
            let _ = records(&bytes);
            if let Some(Ok(batch)) = Batches::verified(bytes.clone()).next() {
                // Only base offset and leader epoch lie outside the checksum.
                prop_assert!(at < 8 || (12..16).contains(&at), "{}", at);
                prop_assert_eq!(batch.bytes.len(), bytes.len());
            }
            let _ = records(&bytes.slice(..cut.index(bytes.len())));
        }
    }

    #[test]
    fn noise_never_panics(noise: Vec<u8>, codec in 0i16..8) {
        let mut header = BatchHeader::parse(&batch(Codec::None, &["a"])).unwrap();
        header.batch_length = 49 + i32::try_from(noise.len()).unwrap();
        header.attributes = Attributes(codec);
        let mut bytes = BytesMut::new();
        header.write(&mut bytes);
        bytes.extend_from_slice(&noise);
        let _ = records(&bytes.freeze());
        let mut walk = Walk::new(&noise[..], Codec::None, Budget::default());
        while walk.next().is_ok() {}
    }
}

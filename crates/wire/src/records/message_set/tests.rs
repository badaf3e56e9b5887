//! Message sets: there and back, wrappers, damage.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::records::batch::BadBatch;
use crate::records::{Budget, Codec, RecordsError, TimestampType};

const CODECS: [Codec; 4] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4];

fn set(magic: i8, codec: Codec, timestamp_type: TimestampType, messages: &[Message]) -> Bytes {
    let mut builder = MessageSetBuilder::new(magic, codec, timestamp_type);
    for message in messages {
        builder
            .append(message.offset, message.timestamp, message.key.as_deref(), message.value.as_deref())
            .unwrap();
    }
    let mut out = Vec::new();
    builder.finish(&mut out).unwrap();
    out.into()
}

fn read(bytes: &Bytes) -> Result<Vec<Message>, BadBatch> {
    messages(bytes.clone(), Budget::default()).collect()
}

fn two() -> Vec<Message> {
    vec![
        Message { offset: 10, timestamp: 500, key: None, value: Some("v".into()) },
        Message { offset: 12, timestamp: 400, key: Some("k".into()), value: None },
    ]
}

#[test]
fn wrappers_have_the_last_offset_and_the_largest_timestamp() {
    for magic in 0..=1 {
        let bytes = set(magic, Codec::Gzip, TimestampType::CreateTime, &two());
        let entry = Entry::parse(&bytes).unwrap().unwrap();
        assert_eq!((entry.offset, entry.codec, entry.magic), (12, Codec::Gzip, magic));
        assert_eq!(entry.timestamp, if magic == 0 { -1 } else { 500 });
        assert_eq!(entry.size, bytes.len());
    }
}

#[test]
fn the_brokers_time_replaces_those_inside() {
    for codec in CODECS {
        let bytes = set(1, codec, TimestampType::LogAppendTime, &two());
        let timestamps: Vec<_> = read(&bytes).unwrap().iter().map(|message| message.timestamp).collect();
        assert_eq!(timestamps, if codec == Codec::None { [500, 400] } else { [500, 500] });
    }
}

#[test]
fn a_wrapper_at_offset_0_counts_from_0() {
    let mut bytes = set(1, Codec::Gzip, TimestampType::CreateTime, &two()).to_vec();
    bytes[..8].fill(0);
    let offsets: Vec<_> = read(&bytes.into()).unwrap().iter().map(|message| message.offset).collect();
    assert_eq!(offsets, [0, 2]);
}

#[test]
fn a_wrapper_below_its_messages_is_refused() {
    let mut bytes = set(1, Codec::Gzip, TimestampType::CreateTime, &two()).to_vec();
    bytes[..8].copy_from_slice(&1i64.to_be_bytes());
    let error = read(&bytes.into()).unwrap_err();
    assert!(error.to_string().contains("below that of its last message"), "{error}");
}

#[test]
fn a_partial_message_at_the_end_is_left_out() {
    let bytes = set(1, Codec::None, TimestampType::CreateTime, &two());
    for cut in 1..30 {
        assert_eq!(read(&bytes.slice(..bytes.len() - cut)).unwrap().len(), 1, "{cut}");
    }
}

#[test]
fn wrapped_twice_is_refused() {
    let inner = set(1, Codec::Gzip, TimestampType::CreateTime, &two());
    let value = crate::records::compression::compress(Codec::Lz4, 1, &inner).unwrap();
    let outer = Message { offset: 0, timestamp: 0, key: None, value: Some(value.into()) };
    let mut bytes = set(1, Codec::None, TimestampType::CreateTime, &[outer]).to_vec();
    bytes[17] = Codec::Lz4.id();
    let crc = crc32fast::hash(&bytes[16..]);
    bytes[12..16].copy_from_slice(&crc.to_be_bytes());
    let error = read(&bytes.into()).unwrap_err();
    assert!(error.to_string().contains("compressed again"), "{error}");
}

#[test]
fn zstd_is_not_known() {
    let mut out = Vec::new();
    let builder = MessageSetBuilder::new(1, Codec::Zstd, TimestampType::CreateTime);
    assert_eq!(builder.finish(&mut out), Err(RecordsError::UnknownCodec(4)));
}

#[test]
fn impossible_lengths_are_refused() {
    let bytes = set(0, Codec::None, TimestampType::CreateTime, &two()[..1]);
    let cases: [(usize, i32, RecordsError); 3] = [
        (8, 13, RecordsError::BadLength { length: 13, least: 14 }),
        (8, -1, RecordsError::BadLength { length: -1, least: 14 }),
        (18, i32::MAX, RecordsError::BadRecord { index: 0, reason: "a field ends beyond it" }),
    ];
    for (at, length, error) in cases {
        let mut bad = bytes.to_vec();
        bad[at..at + 4].copy_from_slice(&length.to_be_bytes());
        let crc = crc32fast::hash(&bad[16..]);
        bad[12..16].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(read(&bad.into()), Err(BadBatch { position: 0, reason: error }));
    }
    // A length of 2^31-1 is a message that is not all there.
    let mut long = bytes.to_vec();
    long[8..12].copy_from_slice(&i32::MAX.to_be_bytes());
    assert_eq!(read(&long.into()), Ok(vec![]));
}

fn any_messages() -> impl Strategy<Value = Vec<Message>> {
    let message = (0i64..3, 0i64.., any::<Option<Vec<u8>>>(), any::<Option<Vec<u8>>>());
    (0i64..1 << 40, prop::collection::vec(message, 1..10)).prop_map(|(start, messages)| {
        let mut offset = start;
        let place = |(gap, timestamp, key, value): (i64, i64, Option<Vec<u8>>, Option<Vec<u8>>)| {
            offset += 1 + gap;
            Message { offset, timestamp, key: key.map(Bytes::from), value: value.map(Bytes::from) }
        };
        messages.into_iter().map(place).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn round_trip(mut sent in any_messages()) {
        for codec in CODECS {
            prop_assert_eq!(&read(&set(1, codec, TimestampType::CreateTime, &sent)).unwrap(), &sent);
        }
        for message in &mut sent {
            message.timestamp = -1;
        }
        for codec in CODECS {
            prop_assert_eq!(&read(&set(0, codec, TimestampType::CreateTime, &sent)).unwrap(), &sent);
        }
    }

    #[test]
    fn damage_never_panics(
        sent in any_messages(),
        magic in 0i8..=1,
        at: prop::sample::Index,
        bit in 0u8..8,
        cut: prop::sample::Index,
    ) {
        for codec in CODECS {
            let mut bytes = set(magic, codec, TimestampType::CreateTime, &sent).to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let cut = cut.index(bytes.len());
            let _ = read(&bytes.clone().into());
            // With a checksum that fits, so that what lies behind it is looked at.
            if let Ok(Some(frame)) = entry::Frame::parse(&bytes)
                && let Some(body) = bytes.get(16..frame.size)
            {
                let crc = crc32fast::hash(body);
                bytes[12..16].copy_from_slice(&crc.to_be_bytes());
                let _ = read(&bytes.clone().into());
            }
            let _ = read(&Bytes::from(bytes).slice(..cut));
        }
    }

    #[test]
    fn noise_never_panics(noise: Vec<u8>) {
        let _ = read(&noise.into());
    }
}

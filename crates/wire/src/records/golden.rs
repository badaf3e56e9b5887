//! What other writers write, read by us: `golden/records.txt` says who they are.

use bytes::Bytes;

use super::batch::{BatchBuilder, Batches, Header};
use super::down_convert::down_convert;
use super::message_set::{MessageSetBuilder, messages};
use super::validate::{ProduceRules, validate};
use super::{Budget, Codec, TimestampType};

/// A record without its format: offset, timestamp, key, value, headers.
type Plain = (i64, i64, Option<Bytes>, Option<Bytes>, Vec<Header>);

struct Golden {
    name: String,
    magic: i8,
    codec: Codec,
    bytes: Bytes,
}

fn golden() -> Vec<Golden> {
    let lines = include_str!("../../golden/records.txt").lines().filter(|line| !line.starts_with('#'));
    let entries = lines.map(|line| {
        let [writer, magic, codec, hex] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        Golden {
            name: format!("{writer}, magic {magic}, {codec}"),
            magic: magic.parse().unwrap(),
            codec: Codec::ALL.into_iter().find(|known| known.name() == codec).unwrap(),
            bytes: (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect(),
        }
    });
    entries.collect()
}

/// The three records, as far as a format keeps them.
fn expected(magic: i8) -> Vec<Plain> {
    let header = |value| Header { key: "h".into(), value };
    let headers = if magic == 2 { vec![header(Some("1".into())), header(None)] } else { vec![] };
    let time = |timestamp| if magic == 0 { -1 } else { timestamp };
    vec![
        (0, time(1_000), Some("k1".into()), Some("v1".into()), headers),
        (1, time(3_000), None, Some("ab".repeat(100).into()), vec![]),
        (2, time(2_000), Some(Bytes::new()), None, vec![]),
    ]
}

fn read_batches(bytes: Bytes) -> Vec<Plain> {
    Batches::verified(bytes)
        .flat_map(|batch| batch.unwrap().records(Budget::default()).unwrap())
        .map(Result::unwrap)
        .map(|record| (record.offset, record.timestamp, record.key, record.value, record.headers))
        .collect()
}

fn read_set(bytes: Bytes) -> Vec<Plain> {
    messages(bytes, Budget::default())
        .map(Result::unwrap)
        .map(|message| (message.offset, message.timestamp, message.key, message.value, vec![]))
        .collect()
}

#[test]
fn all_are_read() {
    assert_eq!(golden().len(), 39);
    for Golden { name, magic, bytes, .. } in golden() {
        let read = if magic == 2 { read_batches(bytes) } else { read_set(bytes) };
        assert_eq!(read, expected(magic), "{name}");
    }
}

#[test]
fn all_are_taken_by_produce() {
    for Golden { name, magic, codec, bytes } in golden() {
        let version = if magic == 2 { 9 } else { i16::from(magic) + 1 };
        let rules = ProduceRules::default();
        let valid = validate(bytes.clone(), version, &rules, Budget::default(), 4_000).expect(&name);
        assert_eq!(valid.header.attributes.codec(), Ok(codec), "{name}");
        assert_eq!(valid.rewritten, magic < 2, "{name}");
        if magic == 2 {
            assert_eq!(valid.bytes, bytes, "{name}");
        }
        assert_eq!(read_batches(valid.bytes.freeze()), expected(magic), "{name}");
    }
}

#[test]
fn uncompressed_we_write_the_same_bytes() {
    for Golden { name, magic, bytes, .. } in golden().into_iter().filter(|golden| golden.codec == Codec::None)
    {
        let mut batch = BatchBuilder::new(Codec::None);
        let mut set = MessageSetBuilder::new(magic, Codec::None, TimestampType::CreateTime);
        for (offset, timestamp, key, value, headers) in expected(magic) {
            batch.append(timestamp, key.as_deref(), value.as_deref(), &headers).unwrap();
            set.append(offset, timestamp, key.as_deref(), value.as_deref()).unwrap();
        }
        let mut written = Vec::new();
        set.finish(&mut written).unwrap();
        if magic == 2 {
            written = batch.finish().unwrap().to_vec();
            // kafka-python leaves the leader epoch at 0, which is outside the checksum.
            written[12..16].copy_from_slice(&bytes[12..16]);
        }
        assert_eq!(written, bytes, "{name}");
    }
}

#[test]
fn down_converted_they_are_the_same_records() {
    for Golden { name, magic, codec, bytes } in golden() {
        if magic < 2 || codec == Codec::Zstd {
            continue;
        }
        for old in 0..=1 {
            let set = down_convert(bytes.clone(), old, 0, Budget::default()).expect(&name);
            assert_eq!(read_set(set), expected(old), "{name}");
        }
    }
}

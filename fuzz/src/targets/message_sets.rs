//! Message sets of magic 0 and 1, as clients before 0.11 send them, and what they become.
//!
//! Memory: `4 x input + 64 KiB` and `CODEC_ALLOWANCE`.

use bytes::Bytes;
use millstream_wire::records::down_convert::down_convert;
use millstream_wire::records::message_set::{Message, MessageSetBuilder, messages};
use millstream_wire::records::validate::{ProduceRules, validate};
use millstream_wire::records::{Codec, Record, RecordBatch, TimestampType};

use super::batches::{BOMBS, BUDGET, CODEC_ALLOWANCE, NOW};
use super::checksums;
use crate::target::{Target, Trial, ensure, scale, variant};

/// See the module.
pub const TARGET: Target = Target {
    name: "message_sets",
    about: "message sets of magic 0 and 1: opened, converted to magic 2 and back",
    seeds,
    run,
    longest: 8192,
};

/// Key and value of a message.
type Sample<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// A set with every kind of message.
pub fn sample(magic: i8, codec: Codec, timestamp_type: TimestampType) -> Vec<u8> {
    let mut builder = MessageSetBuilder::new(magic, codec, timestamp_type);
    let messages: [Sample<'_>; 4] = [
        (Some(b"k"), Some(b"value value value")),
        (None, Some(b"")),
        (Some(b""), None),
        (None, Some(&[7; 90])),
    ];
    for (at, (key, value)) in (0..).zip(messages) {
        // Too small to fail.
        let _ = builder.append(at, NOW + at, key, value);
    }
    let mut out = Vec::new();
    let _ = builder.finish(&mut out);
    out
}

/// A set that becomes this large.
fn bomb(magic: i8, codec: Codec, bytes: usize) -> Vec<u8> {
    let mut builder = MessageSetBuilder::new(magic, codec, TimestampType::CreateTime);
    let mut out = Vec::new();
    // Too small to fail.
    let _ = builder.append(0, NOW, Some(b"k"), Some(&vec![b'z'; bytes]));
    let _ = builder.finish(&mut out);
    out
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (codec, magic) in [(Codec::Gzip, 0), (Codec::Gzip, 1), (Codec::Lz4, 0), (Codec::Lz4, 1)] {
        for bytes in BOMBS {
            seeds.extend([1, 5].map(|mode| [vec![mode], bomb(magic, codec, bytes)].concat()));
        }
    }
    for codec in Codec::ALL.into_iter().filter(|codec| *codec != Codec::Zstd) {
        for magic in [0, 1] {
            for kind in [TimestampType::CreateTime, TimestampType::LogAppendTime] {
                for mode in [0, 1, 3, 5] {
                    seeds.push([vec![mode], sample(magic, codec, kind)].concat());
                }
            }
        }
    }
    seeds
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    let Some((mode, bytes)) = input.split_first() else { return Ok(()) };
    let mut bytes = bytes.to_vec();
    if mode & 1 != 0 {
        checksums::repair_messages(&mut bytes);
    }
    let bytes = Bytes::from(bytes);
    let opened = trial.bounded("messages", bytes.len(), CODEC_ALLOWANCE, || {
        messages(bytes.clone(), BUDGET).map(|message| message.map(drop)).collect::<Result<Vec<()>, _>>()
    })?;
    match &opened {
        Ok(all) => trial.feature(("opened", scale(all.len()))),
        Err(bad) => trial.feature(("opened", variant(&bad.reason))),
    }
    let rules = ProduceRules {
        compacted: mode & 2 != 0,
        compression: (mode & 4 != 0).then_some(Codec::None),
        ..ProduceRules::default()
    };
    let produced = trial.bounded("convert", bytes.len(), CODEC_ALLOWANCE, || {
        validate(bytes.clone(), 2, &rules, BUDGET, NOW)
    })?;
    let valid = match produced {
        Ok(valid) => valid,
        Err(error) => {
            trial.feature(("produce", variant(&error)));
            return Ok(());
        }
    };
    let sent: Result<Vec<Message>, _> = messages(bytes.clone(), BUDGET).collect();
    // The seed's first byte may have made it a batch of magic 2, which is another target's.
    let Ok(sent) = sent else { return Ok(()) };
    let batch = RecordBatch::parse(&valid.bytes.freeze()).map_err(|error| format!("converted: {error}"))?;
    batch.header.verify_crc(&batch.bytes).map_err(|error| format!("converted: {error}"))?;
    let records: Result<Vec<Record>, _> = batch.records(BUDGET).and_then(Iterator::collect);
    let records = records.map_err(|error| format!("converted, and cannot be read: {error}"))?;
    let same = |(message, record): (&Message, &Record)| {
        (&message.key, &message.value, message.timestamp) == (&record.key, &record.value, record.timestamp)
    };
    ensure(sent.len() == records.len() && sent.iter().zip(&records).all(same), || {
        format!("{sent:?} became {records:?}")
    })?;
    trial.feature(("converted", mode, scale(records.len())));
    back(&batch, &records)
}

/// And back to the old formats.
fn back(batch: &RecordBatch, records: &[Record]) -> Result<(), String> {
    for magic in [0, 1] {
        let set = down_convert(batch.bytes.clone(), magic, 0, BUDGET)
            .map_err(|error| format!("converted, and not back to {magic}: {error}"))?;
        let old: Result<Vec<Message>, _> = messages(set, BUDGET).collect();
        let old = old.map_err(|error| format!("converted back to {magic}, and cannot be read: {error}"))?;
        let same = |(message, record): (&Message, &Record)| {
            (&message.key, &message.value, message.offset) == (&record.key, &record.value, record.offset)
        };
        ensure(old.len() == records.len() && old.iter().zip(records).all(same), || {
            format!("{records:?} went back to {old:?}")
        })?;
    }
    Ok(())
}

//! The four codecs: any bytes as a compressed payload, and any bytes compressed and taken apart again.
//!
//! The first byte says which codec, in which format (magic 0 has lz4 with the old broken checksum), and whether the
//! rest is compressed already.
//!
//! Memory: `4 x payload + 64 KiB` and `CODEC_ALLOWANCE`; what zstd takes in its C library is not seen.

use bytes::Bytes;
use millstream_wire::records::batch::{BatchHeader, HEADER_SIZE, LENGTH_PREFIX};
use millstream_wire::records::message_set::{MessageSetBuilder, messages};
use millstream_wire::records::validate::{ProduceRules, validate};
use millstream_wire::records::{BatchBuilder, Codec, Record, RecordBatch, TimestampType};

use super::batches::{self, BUDGET, CODEC_ALLOWANCE, NOW};
use super::{checksums, message_sets};
use crate::target::{Target, Trial, ensure, scale, variant};

/// See the module.
pub const TARGET: Target = Target {
    name: "codecs",
    about: "gzip, snappy (with and without xerial's framing), lz4 (right and broken checksums), zstd, within a budget",
    seeds,
    run,
    longest: 20 * 1024,
};

const COMPRESSED: u8 = 0x80;

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (codec, id) in Codec::ALL.into_iter().zip(0_u8..) {
        let batch = batches::sample(codec).finish().unwrap_or_default();
        seeds.push([&[COMPRESSED | id | 0x20], batch.get(HEADER_SIZE..).unwrap_or_default()].concat());
        for magic in [0, 1] {
            let set = message_sets::sample(magic, codec, TimestampType::CreateTime);
            // Offset, length, checksum, magic, attributes, timestamp, no key, the value's length.
            let value_at = if magic == 0 { 26 } else { 34 };
            let magic_bits = u8::from(magic == 1) << 4;
            seeds.push([&[COMPRESSED | id | magic_bits], set.get(value_at..).unwrap_or_default()].concat());
        }
        for plain in [&b"abcabcabcabcabcabc"[..], &[0; 5000], b""] {
            seeds.push([&[id], plain].concat());
        }
    }
    for size in [BUDGET.decompressed_bytes, BUDGET.decompressed_bytes + 1, 4 << 20] {
        for format in [0, 0x10, 0x20] {
            seeds.push([&[COMPRESSED | 3 | format][..], &large_block(size)].concat());
        }
    }
    // One bare snappy block, as some clients send it: length 3, a literal of 3.
    seeds.push([&[COMPRESSED | 2 | 0x20][..], &[3, 8, b'a', b'b', b'c']].concat());
    seeds
}

/// An lz4 frame of blocks of up to 4 MiB, with one of `size` zeros.
fn large_block(size: usize) -> Vec<u8> {
    const HEADER: [u8; 7] = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73];
    // A zero, the same once more as often as the numbers behind say, and five zeros at the end.
    let mut more = size - 1 - 19 - 5;
    let mut block = vec![0x1f, 0, 1, 0];
    while more >= 255 {
        block.push(255);
        more -= 255;
    }
    block.extend([u8::try_from(more).unwrap_or_default(), 0x50, 0, 0, 0, 0, 0]);
    let length = u32::try_from(block.len()).unwrap_or_default().to_le_bytes();
    [&HEADER[..], &length, &block, &[0; 4]].concat()
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    let Some((mode, payload)) = input.split_first() else { return Ok(()) };
    let codec = batches::codec(mode & 7);
    match (mode & COMPRESSED != 0, mode >> 4 & 3) {
        (true, 0) => wrapper(codec, 0, payload, trial),
        (true, 1) => wrapper(codec, 1, payload, trial),
        (true, _) => batch(codec, payload, trial),
        (false, _) => there_and_back(codec, payload),
    }
}

/// The payload of a batch of magic 2: the stream that the walk sees is the one that the decoder sees.
fn batch(codec: Codec, payload: &[u8], trial: &mut Trial) -> Result<(), String> {
    let whole = batches::sample(codec).finish().unwrap_or_default();
    let mut header = BatchHeader::parse(&whole).map_err(|error| error.to_string())?;
    let length = HEADER_SIZE + payload.len() - LENGTH_PREFIX;
    header.batch_length = i32::try_from(length).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    header.write(&mut bytes);
    bytes.extend_from_slice(payload);
    checksums::repair_batches(&mut bytes);
    let bytes = Bytes::from(bytes);
    let read = trial.bounded("decompress", payload.len(), CODEC_ALLOWANCE, || {
        RecordBatch::parse(&bytes)
            .and_then(|batch| batch.records(BUDGET))
            .and_then(|records| records.map(|record| record.map(drop)).collect::<Result<Vec<()>, _>>())
    })?;
    let walked = trial.bounded("walk", payload.len(), CODEC_ALLOWANCE, || {
        validate(bytes.clone(), 9, &ProduceRules::default(), BUDGET, NOW).map(drop)
    })?;
    match &read {
        Ok(_) => trial.feature((codec.id(), "good")),
        Err(error) => trial.feature((codec.id(), wordless(&error.to_string()))),
    }
    // The walk demands more of the records than the decoder does.
    ensure(walked.is_err() || read.is_ok(), || format!("{codec}: taken, and cannot be read: {read:?}"))?;
    trial.feature((codec.id(), walked.err().as_ref().map(variant)));
    Ok(())
}

/// A message up to its first checksum and without its numbers, of which there are too many.
fn wordless(text: &str) -> String {
    let text = text.split("0x").next().unwrap_or_default();
    text.chars().filter(|letter| letter.is_alphabetic() || *letter == ' ').take(60).collect()
}

/// The value of a wrapper of magic 0 or 1.
fn wrapper(codec: Codec, magic: i8, payload: &[u8], trial: &mut Trial) -> Result<(), String> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&3_i64.to_be_bytes());
    let length = payload.len() + if magic == 0 { 14 } else { 22 };
    bytes.extend_from_slice(&i32::try_from(length).unwrap_or_default().to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&[u8::from(magic == 1), codec.id()]);
    if magic == 1 {
        bytes.extend_from_slice(&NOW.to_be_bytes());
    }
    bytes.extend_from_slice(&(-1_i32).to_be_bytes());
    bytes.extend_from_slice(&i32::try_from(payload.len()).unwrap_or_default().to_be_bytes());
    bytes.extend_from_slice(payload);
    checksums::repair_messages(&mut bytes);
    let bytes = Bytes::from(bytes);
    let read = trial.bounded("wrapper", payload.len(), CODEC_ALLOWANCE, || {
        messages(bytes.clone(), BUDGET).map(|message| message.map(drop)).collect::<Result<Vec<()>, _>>()
    })?;
    match &read {
        Ok(all) => trial.feature((codec.id(), magic, scale(all.len()))),
        Err(error) => trial.feature((codec.id(), magic, wordless(&error.reason.to_string()))),
    }
    Ok(())
}

/// What we compress we can decompress.
fn there_and_back(codec: Codec, plain: &[u8]) -> Result<(), String> {
    let mut builder = BatchBuilder::new(codec);
    builder.append(NOW, None, Some(plain), &[]).map_err(|error| error.to_string())?;
    let bytes = builder.finish().map_err(|error| error.to_string())?.freeze();
    let batch = RecordBatch::parse(&bytes).map_err(|error| error.to_string())?;
    let records: Result<Vec<Record>, _> = batch.records(BUDGET).and_then(Iterator::collect);
    let records = records.map_err(|error| format!("{codec}: {error}"))?;
    let value = records.first().and_then(|record| record.value.as_deref());
    ensure(value == Some(plain), || format!("{codec}: other bytes came back"))?;
    if codec == Codec::Zstd {
        return Ok(());
    }
    for magic in [0, 1] {
        let mut builder = MessageSetBuilder::new(magic, codec, TimestampType::CreateTime);
        builder.append(5, NOW, None, Some(plain)).map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        builder.finish(&mut out).map_err(|error| error.to_string())?;
        let back = messages(out.into(), BUDGET).next();
        let back = back.ok_or("nothing came back")?.map_err(|error| format!("{codec} {magic}: {error}"))?;
        ensure((back.offset, back.value.as_deref()) == (5, Some(plain)), || {
            format!("{codec} {magic}: {back:?}")
        })?;
    }
    Ok(())
}

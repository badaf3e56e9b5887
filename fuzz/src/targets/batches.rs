//! Record batches of magic 2: header, walk, records, and everything that is made of them.
//!
//! The first byte of an input says how: whether the checksums are put right first (so that mutations get behind
//! them), and by which rules the batch is produced.
//!
//! Memory: `4 x input + 64 KiB`, and [`CODEC_ALLOWANCE`] where something is compressed.

use bytes::{Bytes, BytesMut};
use millstream_wire::records::batch::{HEADER_SIZE, assign_offset, compacted, set_log_append_time};
use millstream_wire::records::down_convert::down_convert;
use millstream_wire::records::message_set::messages;
use millstream_wire::records::validate::{ProduceRules, validate};
use millstream_wire::records::{
    BatchBuilder, Batches, Budget, Codec, EndMarker, Header, Record, RecordBatch, TimestampType,
};

use super::checksums;
use crate::target::{Target, Trial, ensure, scale, variant};

/// See the module.
pub const TARGET: Target = Target {
    name: "batches",
    about: "record batches of magic 2: walked, decoded, validated, compacted, converted down",
    seeds,
    run,
    longest: 8192,
};

/// What a batch may hold after decompression here.
pub const BUDGET: Budget = Budget { decompressed_bytes: 1 << 20, headers: 1000 };
/// What may be held on top where something is compressed: what was decompressed, and what is made of it. (An encoder's
/// tables, 350 KiB for gzip, take less than the second half.)
pub const CODEC_ALLOWANCE: usize = 2 * BUDGET.decompressed_bytes;
/// Now, in the tests.
pub const NOW: i64 = 1_700_000_000_000;

/// Key, value and headers of a record.
type Sample<'a> = (Option<&'a [u8]>, Option<&'a [u8]>, &'a [Header]);

/// Batches with every kind of record, one for each codec.
pub fn sample(codec: Codec) -> BatchBuilder {
    let mut builder = BatchBuilder::new(codec).producer(4, 1, 7);
    let headers =
        [Header { key: "h".into(), value: Some("x".into()) }, Header { key: "".into(), value: None }];
    let records: [Sample<'_>; 4] = [
        (Some(b"k"), Some(b"value value value value"), &headers),
        (None, Some(b""), &[]),
        (Some(b""), None, &headers[..1]),
        (Some(b"k"), Some(&[b'z'; 150]), &[]),
    ];
    for (time, (key, value, headers)) in (NOW..).zip(records) {
        // Too small to fail.
        let _ = builder.append(time, key, value, headers);
    }
    builder
}

/// Bytes of a value that just fits the budget with its record, and of one that does not.
pub const BOMBS: [usize; 2] = [BUDGET.decompressed_bytes - 64, BUDGET.decompressed_bytes];

/// A batch that becomes this large.
fn bomb(codec: Codec, bytes: usize) -> BatchBuilder {
    let mut builder = BatchBuilder::new(codec);
    // Too small to fail.
    let _ = builder.append(NOW, Some(b"k"), Some(&vec![b'z'; bytes]), &[]);
    builder
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let mut add = |mode: u8, builder: BatchBuilder| {
        let bytes = builder.finish().unwrap_or_default();
        seeds.push([&[mode], &bytes[..]].concat());
    };
    for codec in Codec::ALL {
        for mode in [0, 1, 3, 5, 9, 0x21] {
            add(mode, sample(codec));
        }
        add(1, sample(codec).transactional());
        add(1, sample(codec).log_append_time(NOW + 5));
    }
    for (codec, bytes) in
        [Codec::Gzip, Codec::Lz4, Codec::Zstd].into_iter().flat_map(|codec| BOMBS.map(|bytes| (codec, bytes)))
    {
        // As it is, and with every codec in its place.
        for mode in [1, 5, 0x25, 0x45, 0x65, 0x85] {
            add(mode, bomb(codec, bytes));
        }
    }
    let marker = EndMarker { committed: true, coordinator_epoch: 3 }.batch(4, 1, NOW).unwrap_or_default();
    seeds.push([&[1], &marker[..]].concat());
    let two = [sample(Codec::None).finish(), sample(Codec::Gzip).at(4, 1).finish()];
    let two: Vec<u8> = two.into_iter().flatten().flatten().collect();
    seeds.push([&[1], &two[..]].concat());
    seeds
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    let Some((mode, bytes)) = input.split_first() else { return Ok(()) };
    let mut bytes = bytes.to_vec();
    if mode & 1 != 0 {
        checksums::repair_batches(&mut bytes);
    }
    let bytes = Bytes::from(bytes);
    let walked = walk(&bytes, trial)?;
    for batch in walked.iter().take(8) {
        one(batch, trial)?;
    }
    produced(*mode, &bytes, walked.first(), trial)?;
    for magic in [0, 1] {
        converted_down(&bytes, magic, trial)?;
    }
    Ok(())
}

/// The batches stand one behind the other, their headers are what is written, and the ones with good checksums are a
/// beginning of all.
fn walk(bytes: &Bytes, trial: &mut Trial) -> Result<Vec<RecordBatch>, String> {
    let (mut walked, mut position) = (Vec::new(), 0);
    for batch in Batches::new(bytes.clone()) {
        let batch = match batch {
            Ok(batch) => batch,
            Err(bad) => {
                trial.feature(("batch", variant(&bad.reason)));
                ensure(bad.position == position, || format!("stopped at {}, not {position}", bad.position))?;
                break;
            }
        };
        ensure(batch.position == position, || format!("a batch at {}, not {position}", batch.position))?;
        let mut header = Vec::new();
        batch.header.write(&mut header);
        ensure(batch.bytes.starts_with(&header), || format!("{:?} is not what was read", batch.header))?;
        position += batch.bytes.len();
        walked.push(batch);
    }
    let verified: Vec<RecordBatch> = Batches::verified(bytes.clone()).map_while(Result::ok).collect();
    ensure(walked.starts_with(&verified), || "the checked walk saw other batches".to_owned())?;
    trial.feature(("batches", scale(walked.len()), verified.len() == walked.len()));
    Ok(walked)
}

fn records(batch: &RecordBatch, trial: &mut Trial) -> Result<Option<Vec<Record>>, String> {
    let codec = batch.header.attributes.codec();
    let allowance = if codec == Ok(Codec::None) { 0 } else { CODEC_ALLOWANCE };
    let count = trial.bounded("records", batch.bytes.len(), allowance, || {
        batch.records(BUDGET).and_then(|records| {
            records.map(|record| record.map(drop)).collect::<Result<Vec<()>, _>>().map(|all| all.len())
        })
    })?;
    if let Err(error) = &count {
        trial.feature(("records", codec.map(Codec::id).ok(), variant(error)));
        return Ok(None);
    }
    let all: Result<Vec<Record>, _> = batch.records(BUDGET).and_then(Iterator::collect);
    Ok(all.ok())
}

/// A batch's records survive being written again, and in-place changes keep it whole.
fn one(batch: &RecordBatch, trial: &mut Trial) -> Result<(), String> {
    // Any answer will do, but for a panic.
    let _ = EndMarker::parse(&batch.bytes);
    let mut changed = BytesMut::from(&batch.bytes[..]);
    assign_offset(&mut changed, 77, 5).map_err(|error| format!("no offset assigned: {error}"))?;
    ensure(changed.get(16..) == batch.bytes.get(16..), || "assigning an offset changed more".to_owned())?;
    if set_log_append_time(&mut changed, NOW).is_ok() {
        let stamped = RecordBatch::parse(&changed.freeze()).map_err(|error| error.to_string())?;
        let whole = stamped.header.verify_crc(&stamped.bytes);
        ensure(whole.is_ok(), || "a stamped batch has a bad checksum".to_owned())?;
    }
    let Some(records) = records(batch, trial)? else { return Ok(()) };
    trial.feature(("good", batch.header.attributes.0 & 0x7f, scale(records.len())));
    let inside =
        |record: &Record| i32::try_from(record.offset.wrapping_sub(batch.header.base_offset)).is_ok();
    ensure(records.iter().all(inside), || "a record's offset is outside of its batch".to_owned())?;
    let kept = compacted(&batch.header, &records, batch.header.delete_horizon());
    let Ok(kept) = kept else {
        trial.feature("not compacted");
        return Ok(());
    };
    let kept =
        RecordBatch::parse(&kept.freeze()).map_err(|error| format!("compacted to no batch: {error}"))?;
    ensure(kept.header.verify_crc(&kept.bytes).is_ok(), || {
        "a compacted batch has a bad checksum".to_owned()
    })?;
    let again: Result<Vec<Record>, _> = kept.records(BUDGET).and_then(Iterator::collect);
    ensure(again.as_ref() == Ok(&records), || format!("{records:?} was compacted to {again:?}"))
}

/// The codec of this number, or the last.
pub fn codec(number: u8) -> Codec {
    Codec::ALL.get(usize::from(number)).copied().unwrap_or(Codec::Zstd)
}

/// What is taken from a producer can be read by every consumer, and has the offsets it says.
fn produced(mode: u8, bytes: &Bytes, first: Option<&RecordBatch>, trial: &mut Trial) -> Result<(), String> {
    let rules = ProduceRules {
        compacted: mode & 2 != 0,
        compression: (mode & 4 != 0).then(|| codec(mode >> 5)),
        timestamp_type: if mode & 8 != 0 { TimestampType::LogAppendTime } else { TimestampType::CreateTime },
        ..ProduceRules::default()
    };
    let version = if mode & 16 != 0 { 3 } else { 9 };
    let compressed = first.is_none_or(|batch| batch.header.attributes.codec() != Ok(Codec::None));
    let allowance = if compressed || rules.compression.is_some() { CODEC_ALLOWANCE } else { 0 };
    let produced = trial.bounded("validate", bytes.len(), allowance, || {
        validate(bytes.clone(), version, &rules, BUDGET, NOW)
    })?;
    let valid = match produced {
        Ok(valid) => valid,
        Err(error) => {
            trial.feature(("produce", variant(&error)));
            return Ok(());
        }
    };
    trial.feature(("produced", mode));
    let batch = RecordBatch::parse(&valid.bytes.freeze()).map_err(|error| format!("taken: {error}"))?;
    ensure(batch.header == valid.header, || "another header than the batch's".to_owned())?;
    batch.header.verify_crc(&batch.bytes).map_err(|error| format!("taken with a bad checksum: {error}"))?;
    let records: Result<Vec<Record>, _> = batch.records(BUDGET).and_then(Iterator::collect);
    let records = records.map_err(|error| format!("taken, and cannot be read: {error}"))?;
    let offsets = records.iter().map(|record| record.offset);
    ensure(offsets.eq(0..i64::from(valid.header.record_count)), || "taken with wrong offsets".to_owned())?;
    ensure(!rules.compacted || records.iter().all(|record| record.key.is_some()), || {
        "taken without key".to_owned()
    })?;
    let Some(sent) = first.and_then(|sent| sent.records(BUDGET).and_then(Iterator::collect).ok()) else {
        return Err("taken, and what was sent cannot be read".to_owned());
    };
    let sent: Vec<Record> = sent;
    let same = sent.len() == records.len()
        && sent
            .iter()
            .zip(&records)
            .all(|(a, b)| (&a.key, &a.value, &a.headers) == (&b.key, &b.value, &b.headers));
    ensure(same, || "the records were changed on the way in".to_owned())
}

/// Old consumers get the same keys and values at the same offsets.
fn converted_down(bytes: &Bytes, magic: i8, trial: &mut Trial) -> Result<(), String> {
    let set = match down_convert(bytes.clone(), magic, i64::MIN, BUDGET) {
        Ok(set) => set,
        Err(error) => {
            trial.feature(("down", magic, variant(&error)));
            return Ok(());
        }
    };
    // A wrapper of messages is decompressed under its own budget: format 2 is denser.
    let budget = Budget::bytes(BUDGET.decompressed_bytes * 32);
    let mut old = messages(set, budget);
    let mut count = 0_usize;
    for batch in Batches::new(bytes.clone()).map_while(Result::ok) {
        if batch.header.attributes.is_control() {
            continue;
        }
        let records: Result<Vec<Record>, _> = batch.records(BUDGET).and_then(Iterator::collect);
        let Ok(records) = records else { break };
        if batch.header.attributes.codec() == Ok(Codec::Zstd) {
            break;
        }
        for record in records {
            let message = match old.next() {
                Some(Ok(message)) => message,
                // Offsets that grow only are what a log has; a wrapper cannot say others.
                Some(Err(_)) if !is_orderly(&batch) => return Ok(()),
                other => {
                    return Err(format!("magic {magic}: {other:?} in place of record {}", record.offset));
                }
            };
            let same = (&message.key, &message.value) == (&record.key, &record.value);
            ensure(same, || format!("magic {magic}: {message:?} in place of {record:?}"))?;
            ensure(message.offset == record.offset || !is_orderly(&batch), || {
                format!("magic {magic}: offset {} became {}", record.offset, message.offset)
            })?;
            count += 1;
        }
    }
    trial.feature(("down", magic, scale(count)));
    Ok(())
}

/// Do its offsets grow from a base that a log can have?
fn is_orderly(batch: &RecordBatch) -> bool {
    let records: Vec<Record> = batch.records(BUDGET).into_iter().flatten().map_while(Result::ok).collect();
    let grow = records.windows(2).all(|pair| matches!(pair, [a, b] if a.offset < b.offset));
    grow && records.first().is_none_or(|first| first.offset >= 0) && batch.bytes.len() >= HEADER_SIZE
}

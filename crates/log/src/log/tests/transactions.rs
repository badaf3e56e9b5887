//! Transactions in a log: what committed readers see, and that it is the same after any crash.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::{Bytes, BytesMut};
use millstream_wire::records::{BatchBuilder, Batches, Codec, EndMarker};

use super::crashes::{Random, for_each_seed};
use crate::disk::{Crash, Disk, SimDisk};
use crate::fixture::*;
use crate::{
    AbortedTransaction, AppendError, AppendOptions, Log, LogConfig, OpenError, OpenOptions, Origin,
    ProducerError, ReadLimits, TimestampQuery, WriteError,
};

/// What a coordinator has found to be open.
const VERIFIED: AppendOptions = AppendOptions { origin: Origin::Verified, ..CLIENT };
/// What a coordinator writes.
const MARKER: AppendOptions = AppendOptions { origin: Origin::Marker { own_epoch: false }, ..CLIENT };

fn inside(producer_id: i64, sequence: i32) -> BytesMut {
    let mut builder = BatchBuilder::new(Codec::None).producer(producer_id, 0, sequence).transactional();
    builder.append(NOW, None, Some(b"0123456789"), &[]).unwrap();
    builder.finish().unwrap()
}

fn end(producer_id: i64, committed: bool) -> BytesMut {
    EndMarker { committed, coordinator_epoch: 0 }.batch(producer_id, 0, NOW).unwrap()
}

/// The open transactions' first offsets, and the aborted ones, as the batches below the log's end say.
fn by_the_batches(log: &Log) -> (Option<i64>, Vec<AbortedTransaction>) {
    let (mut open, mut aborted) = (BTreeMap::new(), Vec::new());
    let mut from = log.log_start_offset();
    loop {
        let bytes = log.read(from, ReadLimits { upper_bound: log.log_end_offset(), ..ALL }).unwrap();
        if bytes.is_empty() {
            break;
        }
        for batch in Batches::verified(bytes) {
            let batch = batch.unwrap();
            let header = batch.header;
            from = header.next_offset();
            let producer_id = header.producer_id;
            if !header.attributes.is_transactional() {
                continue;
            }
            if !header.attributes.is_control() {
                open.entry(producer_id).or_insert(header.base_offset);
                continue;
            }
            let Some(first_offset) = open.remove(&producer_id) else { continue };
            let marker = EndMarker::parse(&Bytes::copy_from_slice(&batch.bytes)).unwrap().unwrap();
            let last_offset = header.base_offset;
            let last_stable_offset = open.values().min().copied().unwrap_or(last_offset + 1);
            if !marker.committed {
                aborted.push(AbortedTransaction {
                    producer_id,
                    first_offset,
                    last_offset,
                    last_stable_offset,
                });
            }
        }
    }
    (open.values().min().copied(), aborted)
}

/// The log says of its transactions what its batches say. Everything must be durable.
fn check(log: &Log) {
    let (first_open, aborted) = by_the_batches(log);
    let end = log.log_end_offset();
    assert_eq!(log.last_stable_offset(), first_open.unwrap_or(end));
    for from in log.log_start_offset()..end {
        for to in [from + 1, (from + end) / 2 + 1, end] {
            let overlaps = |it: &&AbortedTransaction| it.last_offset >= from && it.first_offset < to;
            let expected: Vec<_> = aborted.iter().filter(overlaps).copied().collect();
            let found = log.aborted_transactions(from, to).unwrap();
            assert_eq!(found, expected, "{from}..{to}");
        }
    }
}

#[test]
fn committed_readers_wait_for_the_marker_and_learn_what_to_leave_out() {
    let (_disk, log) = fresh(&small_segments());
    append(&log, batch(1));
    let refused = log.append(&mut inside(7, 0), CLIENT);
    let expected = ProducerError::NotInTransaction { producer_id: 7 };
    assert!(matches!(refused, Err(AppendError::Producer(error)) if error == expected));
    log.append(&mut inside(7, 0), VERIFIED).unwrap();
    log.append(&mut inside(7, 1), CLIENT).unwrap();
    log.append(&mut inside(8, 0), VERIFIED).unwrap();
    log.sync().unwrap();
    assert_eq!((log.high_watermark(), log.last_stable_offset()), (4, 1));
    log.append(&mut end(7, false), MARKER).unwrap();
    assert_eq!(log.last_stable_offset(), 1, "the marker is not on disk");
    log.sync().unwrap();
    assert_eq!((log.high_watermark(), log.last_stable_offset()), (5, 3));
    let stable = log.offset_for_timestamp(TimestampQuery::LatestStable).unwrap().unwrap();
    assert_eq!(stable.offset, 3);
    let aborted =
        AbortedTransaction { producer_id: 7, first_offset: 1, last_offset: 4, last_stable_offset: 3 };
    assert_eq!(log.aborted_transactions(0, 3).unwrap(), [aborted]);
    assert_eq!(log.aborted_transactions(0, 1).unwrap(), []);
    assert_eq!(log.aborted_transactions(5, 5).unwrap(), []);
    log.append(&mut end(8, true), MARKER).unwrap();
    log.sync().unwrap();
    assert_eq!(log.last_stable_offset(), 6);
    check(&log);
    let views = log.producers();
    assert_eq!(
        views.iter().map(|it| (it.producer_id, it.transaction)).collect::<Vec<_>>(),
        [(7, None), (8, None)]
    );
}

#[test]
fn open_transactions_survive_a_clean_stop_in_the_snapshot() {
    let (disk, log) = fresh(&small_segments());
    for sequence in 0..8 {
        log.append(&mut inside(7, sequence), VERIFIED).unwrap();
    }
    log.append(&mut inside(8, 0), VERIFIED).unwrap();
    log.append(&mut end(8, false), MARKER).unwrap();
    log.close().unwrap();
    let options = OpenOptions { recovery_point: 10, clean: true, ..UNCLEAN };
    let log = open(&disk, &small_segments(), options).unwrap();
    assert_eq!(log.last_stable_offset(), 0);
    log.append(&mut inside(7, 8), CLIENT).unwrap();
    log.append(&mut end(7, false), MARKER).unwrap();
    log.sync().unwrap();
    check(&log);
    // Deleted records do not hold readers back.
    log.append(&mut inside(9, 0), VERIFIED).unwrap();
    log.append(&mut batch(1), CLIENT).unwrap();
    log.sync().unwrap();
    assert_eq!(log.last_stable_offset(), 12);
    log.delete_records(13).unwrap();
    assert_eq!(log.last_stable_offset(), 13);
}

#[test]
fn a_damaged_transaction_index_is_made_again() {
    let (disk, log) = fresh(&small_segments());
    for producer in 0..9 {
        log.append(&mut inside(producer, 0), VERIFIED).unwrap();
        log.append(&mut end(producer, producer % 3 == 0), MARKER).unwrap();
    }
    log.close().unwrap();
    let end = log.log_end_offset();
    let indexes: Vec<String> = names(&disk).into_iter().filter(|name| name.ends_with(".txnindex")).collect();
    assert!(indexes.len() > 2, "{indexes:?}");
    let victim = disk.open(&file(&indexes[1]), crate::disk::Open::Write).unwrap();
    victim.set_len(10).unwrap();
    let options = OpenOptions { recovery_point: end, clean: true, ..UNCLEAN };
    check(&open(&disk, &small_segments(), options).unwrap());
}

/// One step in the life of three transactional producers.
fn step(log: &Log, random: &mut Random) -> Result<(), WriteError> {
    let producer = i64::try_from(random.below(3)).unwrap();
    let known = log.producers().into_iter().find(|it| it.producer_id == producer);
    let open = known.is_some_and(|it| it.transaction.is_some());
    let appended = match random.below(8) {
        0 => log.append(&mut batch(1), CLIENT),
        1..5 => {
            let sequence = known.map_or(0, |it| it.last_sequence + 1);
            log.append(&mut inside(producer, sequence), if open { CLIENT } else { VERIFIED })
        }
        5 => return log.sync().map(|_| ()),
        6 => log.append(&mut end(producer, false), MARKER),
        _ => log.append(&mut end(producer, true), MARKER),
    };
    match appended {
        Ok(_) => Ok(()),
        Err(AppendError::Write(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

fn run(seed: u64) {
    let mut random = Random(seed);
    let disk = SimDisk::new();
    disk.create_dir_all(&dir()).unwrap();
    disk.sync_dir(Path::new("")).unwrap();
    disk.sync_dir(Path::new("kafka")).unwrap();
    let config = LogConfig {
        segment_bytes: 200 + u32::try_from(random.below(500)).unwrap(),
        index_interval_bytes: 1,
        retention_ms: -1,
        ..LogConfig::default()
    };
    let (mut checkpoint, mut clean) = (0, false);
    for _ in 0..2 + random.below(4) {
        if random.below(2) == 0 {
            disk.power_fails_at(disk.operations() + random.below(60));
        }
        let options = OpenOptions { recovery_point: checkpoint, clean, ..UNCLEAN };
        clean = false;
        match open(&disk, &config, options) {
            Ok(log) => {
                check(&log);
                let lived = (0..random.below(30)).try_for_each(|_| step(&log, &mut random));
                checkpoint = log.durable_offset();
                if lived.is_ok() && random.below(2) == 0 && log.close().is_ok() {
                    (clean, checkpoint) = (true, log.log_end_offset());
                }
            }
            Err(OpenError::Io { .. }) => {}
            Err(other) => panic!("{other}"),
        }
        disk.crash(match random.below(4) {
            0 => Crash::Process,
            1 => Crash::LoseAll,
            _ => Crash::Tear(random.below(u64::MAX)),
        });
    }
    let options = OpenOptions { recovery_point: checkpoint, clean, ..UNCLEAN };
    check(&open(&disk, &config, options).unwrap());
}

#[test]
fn after_any_crash_the_log_says_of_transactions_what_its_batches_say() {
    for_each_seed(1000, run);
}

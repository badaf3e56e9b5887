//! Random lives of a log with everything in them: idempotent and transactional producers, markers, keys and
//! tombstones, rolls, syncs, retention, deleted records, compaction, clean stops; and the power goes at any point.
//!
//! `MILLSTREAM_SEEDS=100000 cargo test -p millstream-log seeds` lives more of them, as `cargo xtask torture disk` does.
//! A failure names its seed, and `MILLSTREAM_SEED=n` lives just that one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::BytesMut;
use millstream_wire::records::{BatchBuilder, Batches, Budget, Codec, EndMarker};

use super::crashes::Random;
use crate::disk::{Crash, Disk, SimDisk};
use crate::fixture::*;
use crate::{
    AppendError, AppendOptions, CleanError, CleanOptions, Cleanup, Log, LogConfig, OpenError, OpenOptions,
    Origin, ReadError, ReadLimits, WriteError,
};

const VERIFIED: AppendOptions = AppendOptions { origin: Origin::Verified, ..CLIENT };
const MARKER: AppendOptions = AppendOptions { origin: Origin::Marker { own_epoch: false }, ..CLIENT };
/// One idempotent producer, and two of transactions.
const PRODUCERS: [i64; 3] = [9, 20, 21];
const SEEDS: u64 = 1000;

/// A batch that was appended; each holds one record.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    offset: i64,
    producer: Option<(i64, i32)>,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Record { key: u8, value: Option<String>, in_transaction: bool },
    Marker { committed: bool },
}

/// What must be true whatever happens.
#[derive(Debug, Default)]
struct Model {
    entries: Vec<Entry>,
    acked: i64,
    checkpoint: i64,
    start: i64,
    cleaned_to: i64,
    appended: u32,
}

/// What the entries say of transactions.
#[derive(Debug, Default)]
struct Transactions {
    /// The first offset of each open one, by producer.
    open: BTreeMap<i64, i64>,
    /// Offsets of records that do not count.
    aborted: BTreeSet<i64>,
}

impl Model {
    fn options(&self, clean: bool) -> OpenOptions {
        OpenOptions { recovery_point: self.checkpoint, log_start_offset: self.start, clean, now_ms: NOW }
    }

    fn transactions(&self) -> Transactions {
        let mut known = Transactions::default();
        let mut within: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for entry in &self.entries {
            let Some((producer, _)) = entry.producer else { continue };
            match &entry.what {
                What::Record { in_transaction: true, .. } => {
                    known.open.entry(producer).or_insert(entry.offset);
                    within.entry(producer).or_default().push(entry.offset);
                }
                What::Record { .. } => {}
                What::Marker { committed } => {
                    known.open.remove(&producer);
                    let records = within.remove(&producer).unwrap_or_default();
                    known.aborted.extend(records.into_iter().filter(|_| !committed));
                }
            }
        }
        known
    }

    fn last_sequence(&self, producer: i64) -> Option<(i64, i32)> {
        let own = self.entries.iter().rev().filter(|entry| matches!(entry.what, What::Record { .. }));
        let mut own = own.filter_map(|entry| Some((entry.offset, entry.producer?)));
        own.find(|(_, (id, _))| *id == producer).map(|(offset, (_, sequence))| (offset, sequence))
    }

    /// After an opening: what was acknowledged is there; what was not, whole or not at all.
    fn check(&mut self, log: &Log) {
        let (start, end) = (log.log_start_offset(), log.log_end_offset());
        assert!(end >= self.acked, "the log ends at {end}, {} was acknowledged", self.acked);
        assert!(self.start <= start && start <= self.acked.max(self.start), "{start}");
        self.entries.retain(|entry| entry.offset < end);
        let found = read(log);
        let transactions = self.transactions();
        let by_offset: BTreeMap<i64, &Entry> =
            self.entries.iter().map(|entry| (entry.offset, entry)).collect();
        for (offset, what) in &found {
            assert_eq!(by_offset.get(offset).map(|entry| &entry.what), Some(what), "at {offset}");
        }
        let compacts = log.config().cleanup.compact;
        let mut last: BTreeMap<u8, i64> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| !transactions.aborted.contains(&entry.offset)) {
            if let What::Record { key, .. } = &entry.what {
                last.insert(*key, entry.offset);
            }
        }
        for entry in self.entries.iter().filter(|entry| entry.offset >= start) {
            let is_open = entry.producer.is_some_and(|(id, _)| {
                transactions.open.get(&id).is_some_and(|first| *first <= entry.offset)
            });
            let needed = match &entry.what {
                _ if !compacts || is_open => true,
                What::Record { key, value: Some(_), .. } => last.get(key) == Some(&entry.offset),
                _ => false,
            };
            assert!(!needed || found.contains_key(&entry.offset), "{entry:?} is gone");
        }
        self.check_transactions(log, &transactions, &found);
        self.check_producers(log, start, &transactions);
        (self.acked, self.start) = (end, start);
    }

    /// A reader of committed records leaves out exactly those of aborted transactions.
    fn check_transactions(&self, log: &Log, known: &Transactions, found: &BTreeMap<i64, What>) {
        let (start, end) = (log.log_start_offset(), log.log_end_offset());
        // Of a transaction that began below the log's start, the first batch that is left may be what is known.
        let first_left = self.entries.iter().find(|entry| {
            let first = entry.producer.and_then(|(id, _)| known.open.get(&id));
            entry.offset >= start && first.is_some_and(|first| *first <= entry.offset)
        });
        let stable = log.last_stable_offset();
        let earliest = known.open.values().min().map_or(end, |first| (*first).max(start));
        let latest = first_left.map_or(end, |entry| entry.offset);
        assert!((earliest..=latest).contains(&stable), "{stable} is not in {earliest}..={latest}");
        let aborted = log.aborted_transactions(start, stable).unwrap();
        let by_offset: BTreeMap<i64, &Entry> =
            self.entries.iter().map(|entry| (entry.offset, entry)).collect();
        for (offset, what) in found.range(start..stable) {
            let What::Record { .. } = what else { continue };
            let entry = by_offset[offset];
            let left_out = entry.producer.is_some_and(|(id, _)| {
                aborted.iter().any(|one| {
                    one.producer_id == id && one.first_offset <= *offset && *offset <= one.last_offset
                })
            });
            assert_eq!(left_out, known.aborted.contains(offset), "{entry:?} with {aborted:?}");
        }
    }

    fn check_producers(&self, log: &Log, start: i64, known: &Transactions) {
        let views = log.producers();
        for producer in PRODUCERS {
            let view = views.iter().find(|view| view.producer_id == producer);
            let Some((offset, sequence)) = self.last_sequence(producer).filter(|(at, _)| *at >= start) else {
                continue;
            };
            assert_eq!(view.map(|view| view.last_sequence), Some(sequence), "{producer} at {offset}");
            let is_open = view.is_some_and(|view| view.transaction.is_some());
            assert_eq!(is_open, known.open.contains_key(&producer), "{producer}");
        }
    }
}

/// Every record and marker by its offset.
fn read(log: &Log) -> BTreeMap<i64, What> {
    let mut found = BTreeMap::new();
    let mut from = log.log_start_offset();
    loop {
        let bytes = log.read(from, ReadLimits { upper_bound: log.high_watermark(), ..ALL }).unwrap();
        if bytes.is_empty() {
            return found;
        }
        for batch in Batches::verified(bytes) {
            let batch = batch.unwrap();
            let attributes = batch.header.attributes;
            let marker = EndMarker::parse(&batch.bytes).unwrap();
            for record in batch.records(Budget::default()).unwrap() {
                let record = record.unwrap();
                let what = match marker {
                    Some(marker) => What::Marker { committed: marker.committed },
                    None => What::Record {
                        key: record.key.unwrap()[0],
                        value: record.value.map(|value| String::from_utf8(value.to_vec()).unwrap()),
                        in_transaction: attributes.is_transactional(),
                    },
                };
                assert_eq!(found.insert(record.offset, what), None, "twice");
            }
            from = batch.header.next_offset();
        }
    }
}

fn batch(key: u8, value: Option<&str>, producer: Option<(i64, i32)>, in_transaction: bool) -> BytesMut {
    let mut builder = BatchBuilder::new(Codec::None);
    if let Some((id, sequence)) = producer {
        builder = builder.producer(id, 0, sequence);
    }
    if in_transaction {
        builder = builder.transactional();
    }
    builder.append(NOW, Some(&[key]), value.map(str::as_bytes), &[]).unwrap();
    builder.finish().unwrap()
}

fn append_one(log: &Log, random: &mut Random, model: &mut Model) -> Result<(), WriteError> {
    let key = b'a' + u8::try_from(random.below(6)).unwrap();
    model.appended += 1;
    let padding = "x".repeat(usize::try_from(random.below(60)).unwrap());
    let value = (random.below(6) > 0).then(|| format!("{}{padding}", model.appended));
    let id = [None, Some(9), Some(20), Some(21)][usize::try_from(random.below(4)).unwrap()];
    let producer = id.map(|id| (id, model.last_sequence(id).map_or(0, |(_, sequence)| sequence + 1)));
    let in_transaction = id.is_some_and(|id| id >= 20);
    // Not the model's word: of a transaction whose batches were all deleted, nobody knows after a restart.
    let known = log.producers().into_iter().find(|view| Some(view.producer_id) == id);
    let is_open = known.is_some_and(|view| view.transaction.is_some());
    let options = if in_transaction && !is_open { VERIFIED } else { CLIENT };
    let what = What::Record { key, value, in_transaction };
    let What::Record { value, .. } = &what else { return Ok(()) };
    let mut batch = batch(key, value.as_deref(), producer, in_transaction);
    note(log.append(&mut batch, options), producer, what, model)
}

fn end_one(log: &Log, random: &mut Random, model: &mut Model) -> Result<(), WriteError> {
    let open = model.transactions().open;
    let Some(producer) = open.keys().next().copied() else { return Ok(()) };
    let committed = random.below(2) == 0;
    let mut marker = EndMarker { committed, coordinator_epoch: 0 }.batch(producer, 0, NOW).unwrap();
    note(log.append(&mut marker, MARKER), Some((producer, -1)), What::Marker { committed }, model)
}

fn note(
    appended: Result<crate::Appended, AppendError>,
    producer: Option<(i64, i32)>,
    what: What,
    model: &mut Model,
) -> Result<(), WriteError> {
    match appended {
        Ok(appended) => {
            assert!(!appended.duplicate, "{what:?}");
            model.entries.push(Entry { offset: appended.base_offset, producer, what });
            Ok(())
        }
        Err(AppendError::Write(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

/// Uses the log until the power goes or a few operations are done. Returns whether it was closed in order.
fn live(log: &Log, random: &mut Random, model: &mut Model) -> bool {
    for _ in 0..random.below(40) {
        let done = match random.below(16) {
            0..9 => append_one(log, random, model),
            9 | 10 => end_one(log, random, model),
            11 | 12 => log.sync().map(|durable| model.acked = durable),
            13 => keep_house(log, random, model),
            14 => compact(log, model),
            _ => {
                model.checkpoint = log.durable_offset();
                log.remove_deleted_files(NOW)
            }
        };
        model.acked = model.acked.max(log.durable_offset());
        match done {
            Ok(()) => {}
            Err(WriteError::DiskFull { .. }) => panic!("there is space"),
            Err(_) => return false,
        }
    }
    if random.below(3) == 0 && log.close().is_ok() {
        (model.acked, model.checkpoint) = (log.log_end_offset(), log.log_end_offset());
        return true;
    }
    false
}

/// Retention, or records that a client deletes.
fn keep_house(log: &Log, random: &mut Random, model: &mut Model) -> Result<(), WriteError> {
    if random.below(3) > 0 {
        let done = log.delete_old_segments(NOW).map(|_| ());
        model.start = model.start.max(log.log_start_offset());
        return done;
    }
    let room = u64::try_from(log.last_stable_offset() - log.log_start_offset()).unwrap();
    let offset = log.log_start_offset() + i64::try_from(random.below(room / 3 + 1)).unwrap();
    match log.delete_records(offset) {
        Ok(start) => model.start = start,
        Err(ReadError::OffsetOutOfRange { .. }) => {}
        Err(other) => panic!("{other}"),
    }
    Ok(())
}

fn compact(log: &Log, model: &mut Model) -> Result<(), WriteError> {
    if !log.config().cleanup.compact {
        return Ok(());
    }
    let options = CleanOptions { dedupe_buffer_bytes: 1 << 16, now_ms: NOW, go_on: &|_| true };
    match log.clean(&log.dirt(Some(model.cleaned_to), NOW), options) {
        Ok(cleaned) => {
            (model.cleaned_to, model.checkpoint) = (cleaned.to, log.durable_offset());
            Ok(())
        }
        // Its segments went by retention before.
        Err(CleanError::Interrupted) => Ok(()),
        Err(CleanError::Disk(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

fn run(seed: u64) {
    let mut random = Random(seed);
    let disk = SimDisk::new();
    disk.create_dir_all(&dir()).unwrap();
    disk.sync_dir(Path::new("")).unwrap();
    disk.sync_dir(Path::new("kafka")).unwrap();
    let cleanup = [(true, false), (false, true), (true, true)][usize::try_from(random.below(3)).unwrap()];
    let config = LogConfig {
        segment_bytes: 250 + u32::try_from(random.below(700)).unwrap(),
        index_interval_bytes: 1 + u32::try_from(random.below(200)).unwrap(),
        retention_ms: -1,
        retention_bytes: if random.below(3) == 0 { 900 } else { -1 },
        cleanup: Cleanup { delete: cleanup.0, compact: cleanup.1 },
        delete_retention_ms: 0,
        file_delete_delay_ms: 0,
        ..LogConfig::default()
    };
    let mut model = Model::default();
    let mut clean = false;
    for _ in 0..2 + random.below(4) {
        if random.below(2) == 0 {
            disk.power_fails_in(disk.operations() + random.below(120));
        }
        match open(&disk, &config, model.options(clean)) {
            Ok(log) => {
                model.check(&log);
                clean = live(&log, &mut random, &mut model);
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
    model.check(&open(&disk, &config, model.options(clean)).unwrap());
}

/// Seeds that found something, with what it was.
const KEPT: [(u64, &str); 2] = [
    (7_613, "a crash took a snapshot; compaction then took a marker that the older snapshot needs"),
    (15_072, "retention took every record, a crash the snapshot that knew what the producers had written"),
];

#[test]
fn seeds_that_found_something() {
    for (seed, what) in KEPT {
        eprintln!("{seed}: {what}");
        run(seed);
    }
}

#[test]
fn seeds_of_whole_lives() {
    super::crashes::for_each_seed(SEEDS, run);
}

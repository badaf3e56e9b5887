//! Random operations, power cuts at any point, and a model that knows what was acknowledged.
//!
//! `MILLSTREAM_SEEDS=100000 cargo test -p millstream-log seeds` runs more. A failure names its seed, and
//! `MILLSTREAM_SEED=n` runs just that one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::disk::{Crash, Disk, SimDisk};
use crate::fixture::*;
use crate::{AppendError, Appended, Log, LogConfig, OpenError, OpenOptions, WriteError};

const SEEDS: u64 = 2000;

/// A small generator: the same numbers for the same seed, everywhere.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// What must be true whatever happens.
#[derive(Debug, Default)]
struct Model {
    /// A checksum for each batch that may be in the log, by offset; what is beyond `acked` may be lost.
    batches: Vec<(i64, u32)>,
    /// Offsets below were synced.
    acked: i64,
    /// The recovery point in the checkpoint file: some value that `acked` had.
    checkpoint: i64,
    /// Next sequence of the one idempotent producer, as far as it was acknowledged.
    next_sequence: i32,
    start: i64,
}

impl Model {
    fn options(&self, clean: bool) -> OpenOptions {
        OpenOptions { recovery_point: self.checkpoint, log_start_offset: self.start, clean, now_ms: NOW }
    }

    /// Everything acknowledged is there, in order, once; nothing that was never written is.
    fn check(&mut self, log: &Log) {
        let end = log.log_end_offset();
        assert!(end >= self.acked, "the log ends at {end}, {} was acknowledged", self.acked);
        let found: Vec<_> = read_all(log).iter().map(|header| (header.base_offset, header.crc)).collect();
        let start = log.log_start_offset();
        assert!(start <= self.acked.max(self.start));
        let expected: Vec<_> =
            self.batches.iter().copied().filter(|(offset, _)| (start..end).contains(offset)).collect();
        assert_eq!(found, expected);
        self.batches.retain(|(offset, _)| *offset < end);
        self.acked = end;
        self.start = start;
    }
}

fn run(seed: u64) {
    let mut random = Random(seed);
    let disk = SimDisk::new();
    disk.create_dir_all(&dir()).unwrap();
    disk.sync_dir(Path::new("")).unwrap();
    disk.sync_dir(Path::new("kafka")).unwrap();
    let config = LogConfig {
        segment_bytes: 200 + u32::try_from(random.below(800)).unwrap(),
        index_interval_bytes: 1 + u32::try_from(random.below(200)).unwrap(),
        retention_ms: -1,
        retention_bytes: if random.below(3) == 0 { 600 } else { -1 },
        file_delete_delay_ms: 0,
        ..LogConfig::default()
    };
    let mut model = Model::default();
    let mut clean = false;
    for _ in 0..2 + random.below(4) {
        if random.below(2) == 0 {
            disk.power_fails_at(disk.operations() + random.below(60));
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
    let log = open(&disk, &config, model.options(clean)).unwrap();
    model.check(&log);
    if model.next_sequence > 0 && log.log_start_offset() == 0 {
        let acked = log.append(&mut sequenced(9, 0, model.next_sequence - 1, 1), CLIENT);
        assert!(!matches!(acked, Ok(Appended { duplicate: false, .. })), "an acknowledged batch again");
        append(&log, sequenced(9, 0, model.next_sequence, 1));
    }
}

/// Uses the log until the power goes or a few operations are done. Returns whether it was closed in order.
fn live(log: &Log, random: &mut Random, model: &mut Model) -> bool {
    let mut sequence = model.next_sequence;
    for _ in 0..random.below(25) {
        let result = match random.below(10) {
            0..6 => append_one(log, random, model, &mut sequence),
            6..8 => log.sync().map(|durable| {
                model.acked = durable;
                model.next_sequence = sequence;
            }),
            8 => log.delete_old_segments(NOW).map(|_| model.start = log.log_start_offset()),
            _ => {
                model.checkpoint = log.durable_offset();
                Ok(())
            }
        };
        // Retention syncs too, when a snapshot has to be on disk before segments go.
        model.acked = model.acked.max(log.durable_offset());
        match result {
            Ok(()) => {}
            Err(WriteError::DiskFull { .. }) => panic!("there is space"),
            Err(_) => return false,
        }
    }
    if random.below(3) == 0 && log.close().is_ok() {
        model.acked = log.log_end_offset();
        model.next_sequence = sequence;
        model.checkpoint = model.acked;
        return true;
    }
    false
}

fn append_one(
    log: &Log,
    random: &mut Random,
    model: &mut Model,
    sequence: &mut i32,
) -> Result<(), WriteError> {
    // A client has five batches in flight at most.
    let idempotent = random.below(3) == 0 && *sequence < model.next_sequence + 5;
    let mut batch = if idempotent {
        sequenced(9, 0, *sequence, 1)
    } else {
        let value = vec![b'x'; usize::try_from(1 + random.below(120)).unwrap()];
        batch_of(&value)
    };
    match log.append(&mut batch, CLIENT) {
        Ok(appended) if appended.duplicate => *sequence += 1,
        Ok(appended) => {
            let header = headers(batch.freeze())[0];
            model.batches.retain(|(offset, _)| *offset < appended.base_offset);
            model.batches.push((appended.base_offset, header.crc));
            *sequence += i32::from(idempotent);
        }
        Err(AppendError::Write(error)) => return Err(error),
        // Its first copy was deleted with its segment: nobody can know it any more. The client would go on.
        Err(AppendError::Producer(_)) if log.log_start_offset() > 0 => *sequence += 1,
        Err(other) => panic!("{other}"),
    }
    Ok(())
}

/// Runs so many seeds, or as many as `MILLSTREAM_SEEDS` says, or the one that `MILLSTREAM_SEED` names.
pub(super) fn for_each_seed(usual: u64, run: fn(u64)) {
    let number = |name| std::env::var(name).ok().and_then(|value: String| value.parse().ok());
    if let Some(seed) = number("MILLSTREAM_SEED") {
        return run(seed);
    }
    for seed in 0..number("MILLSTREAM_SEEDS").unwrap_or(usual) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(seed))) {
            eprintln!("MILLSTREAM_SEED={seed} reproduces this");
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn every_acknowledged_batch_survives_in_order_and_once() {
    for_each_seed(SEEDS, run);
}

/// A start cut an empty log down, nothing was written, and a stop in order had nothing to sync.
#[test]
fn segments_that_a_start_has_removed_do_not_come_back() {
    run(13_164);
}

/// Three lives of a log with rolls, syncs, retention and clean stops; the power goes before operation `fails_at`.
/// Returns how many operations there were.
fn script(fails_at: u64, how: Crash) -> u64 {
    let disk = SimDisk::new();
    disk.create_dir_all(&dir()).unwrap();
    disk.sync_dir(Path::new("")).unwrap();
    disk.sync_dir(Path::new("kafka")).unwrap();
    disk.power_fails_at(fails_at);
    let config = LogConfig {
        segment_bytes: 3 * size(1),
        index_interval_bytes: 1,
        retention_bytes: i64::from(7 * size(1)),
        file_delete_delay_ms: 0,
        ..LogConfig::default()
    };
    let mut model = Model::default();
    let mut clean = false;
    for _ in 0..3 {
        let Ok(log) = open(&disk, &config, model.options(clean)) else { break };
        model.check(&log);
        clean = steps(&log, &mut model).is_ok();
        if !clean {
            break;
        }
    }
    let operations = disk.operations();
    disk.crash(how);
    model.check(&open(&disk, &config, model.options(clean)).unwrap());
    operations
}

fn steps(log: &Log, model: &mut Model) -> Result<(), WriteError> {
    for step in 1..=12 {
        let mut batch = sequenced(9, 0, i32::try_from(log.log_end_offset()).unwrap(), 1);
        match log.append(&mut batch, CLIENT) {
            Ok(appended) => model.batches.push((appended.base_offset, headers(batch.freeze())[0].crc)),
            Err(AppendError::Write(error)) => return Err(error),
            Err(other) => panic!("{other}"),
        }
        if step % 2 == 0 {
            model.acked = log.sync()?;
        }
        if step % 5 == 0 {
            log.delete_old_segments(NOW)?;
            model.start = log.log_start_offset();
            model.checkpoint = model.acked;
        }
    }
    log.close()?;
    model.acked = log.log_end_offset();
    model.checkpoint = model.acked;
    Ok(())
}

#[test]
fn every_point_at_which_the_power_may_go() {
    let operations = script(u64::MAX, Crash::Process);
    assert!(operations > 200, "{operations}");
    for fails_at in 0..operations {
        for how in [Crash::LoseAll, Crash::Tear(fails_at)] {
            script(fails_at, how);
        }
    }
}

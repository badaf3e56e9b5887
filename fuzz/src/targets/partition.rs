//! A partition's directory after anything may have happened to it: segments, both indexes, transaction index, producer
//! snapshots, leader epochs.
//!
//! A log that opens holds whole batches, says the same of itself when it is opened again, and has not lost a batch
//! that was synced without a word. One that does not open has not been touched.
//!
//! Memory: 4 x the files + 64 KiB.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use bytes::BytesMut;
use millstream_log::disk::SimDisk;
use millstream_log::{
    AppendOptions, Cleanup, Log, LogConfig, OpenError, OpenOptions, Origin, ProducerView, ReadLimits,
    TimestampQuery,
};
use millstream_wire::records::{BatchBuilder, BatchHeader, Batches, Codec, EndMarker};

use super::batches::NOW;
use super::directory::{self, Files};
use crate::target::{Target, Trial, ensure, scale, variant};

/// See the module.
pub const TARGET: Target = Target {
    name: "partition",
    about: "a partition's files: segments, indexes, snapshots, leader epochs; recovered and read",
    seeds,
    run,
    longest: 512,
};

/// Files of a log that was closed in order, and what is in it.
struct Scenario {
    files: Files,
    batches: Vec<Batch>,
    end: i64,
}

/// A batch of the log as it was.
struct Batch {
    /// The segment's file.
    file: PathBuf,
    base: i64,
    next: i64,
    crc: u32,
    epoch: i32,
}

static SCENARIO: LazyLock<Scenario> = LazyLock::new(|| {
    scenario().unwrap_or_else(|| Scenario { files: Vec::new(), batches: Vec::new(), end: 0 })
});

fn dir() -> PathBuf {
    PathBuf::from("kafka/t-0")
}

fn config(compact: bool) -> LogConfig {
    let cleanup = Cleanup { delete: !compact, compact };
    LogConfig { segment_bytes: 700, index_interval_bytes: 1, cleanup, ..LogConfig::default() }
}

fn open(disk: &SimDisk, compact: bool, options: OpenOptions) -> Result<Log, OpenError> {
    Log::open(Arc::new(disk.clone()), &dir(), config(compact), options)
}

/// Segments of three to eight batches: plain ones, two producers' transactions, one of them aborted, three epochs.
fn scenario() -> Option<Scenario> {
    let disk = SimDisk::new();
    let options = OpenOptions { recovery_point: 0, log_start_offset: 0, clean: false, now_ms: NOW };
    let log = open(&disk, false, options).ok()?;
    let append = |mut batch: BytesMut, origin, leader_epoch| {
        log.append(&mut batch, AppendOptions { origin, leader_epoch, now_ms: NOW }).ok()
    };
    for round in 0..6_i32 {
        let time = NOW + i64::from(round) * 1000;
        for codec in [Codec::None, Codec::Lz4] {
            let mut plain = BatchBuilder::new(codec);
            for record in 0..3 {
                plain.append(time + record, Some(b"k"), Some(&[b'v'; 40]), &[]).ok()?;
            }
            append(plain.finish().ok()?, Origin::Client, round / 2)?;
        }
        for producer in [7, 8] {
            let mut batch = BatchBuilder::new(Codec::None).producer(producer, 0, round).transactional();
            batch.append(time, Some(b"t"), Some(b"in a transaction"), &[]).ok()?;
            append(batch.finish().ok()?, Origin::Verified, round / 2)?;
        }
        for producer in [7, 8] {
            // The last transaction of 8 stays open.
            if round < 5 || producer == 7 {
                let marker = EndMarker { committed: producer == 7, coordinator_epoch: 0 };
                append(
                    marker.batch(producer, 0, time).ok()?,
                    Origin::Marker { own_epoch: false },
                    round / 2,
                )?;
            }
        }
    }
    log.sync().ok()?;
    log.close().ok()?;
    let files = directory::files(&disk, Path::new("kafka"));
    let logs = files.iter().filter(|(path, _)| is_log(path));
    let batches = logs.flat_map(|(path, bytes)| {
        let batches = Batches::new(bytes.clone().into()).map_while(Result::ok);
        batches.map(|batch| Batch {
            file: path.clone(),
            base: batch.header.base_offset,
            next: batch.header.next_offset(),
            crc: batch.header.crc,
            epoch: batch.header.partition_leader_epoch,
        })
    });
    Some(Scenario { batches: batches.collect(), end: log.log_end_offset(), files })
}

fn is_log(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "log")
}

fn seeds() -> Vec<Vec<u8>> {
    [0_u8, 1, 2, 4, 6, 8, 0x14]
        .iter()
        .flat_map(|flags| directory::seeds(&[*flags], &SCENARIO.files))
        .collect()
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    let Some((flags, program)) = input.split_first() else { return Ok(()) };
    ensure(SCENARIO.batches.len() > 30, || "the scenario could not be made".to_owned())?;
    let compact = flags & 8 != 0;
    let recovery_point = match flags >> 1 & 3 {
        0 => 0,
        1 => SCENARIO.end / 2,
        2 => SCENARIO.end,
        _ => 7,
    };
    let options = OpenOptions {
        recovery_point,
        log_start_offset: if flags & 16 != 0 { 5 } else { 0 },
        clean: flags & 1 != 0,
        now_ms: NOW,
    };
    let mut files = SCENARIO.files.clone();
    let repaired = directory::damage(&mut files, program);
    let disk = directory::planted(&files);
    let before = log_files(&disk);
    let opened = trial.bounded("open", directory::size(&files), 0, || open(&disk, compact, options))?;
    let log = match opened {
        Ok(log) => log,
        Err(error) => {
            trial.feature((flags, variant(&error), error.to_string().len()));
            // Files of a compaction's end are put in place before anything is read.
            let swapped = files
                .iter()
                .any(|(path, _)| path.extension().is_some_and(|end| end != "log" && end.len() > 4));
            return ensure(swapped || log_files(&disk) == before, || {
                format!("refused ({error}), and changed the log")
            });
        }
    };
    ensure(log.log_end_offset() >= recovery_point.max(log.log_start_offset()), || {
        format!("opened with end {} below the recovery point {recovery_point}", log.log_end_offset())
    })?;
    let read = read_all(&log, trial, !repaired && !compact)?;
    trial.feature((flags, "opened", log.segments().len(), log.log_end_offset(), read.is_some()));
    if let Some(read) = read.filter(|_| !repaired && !compact) {
        nothing_lost(&files, &log, &read, recovery_point)?;
    }
    opens_again(
        &disk,
        log,
        Again { options, compact, repaired, has_wrong_epoch: has_wrong_epoch(&files) },
        trial,
    )
}

fn has_wrong_epoch(files: &Files) -> bool {
    let is_wrong = |header: BatchHeader| {
        SCENARIO
            .batches
            .iter()
            .any(|batch| batch.crc == header.crc && batch.epoch != header.partition_leader_epoch)
    };
    let mut logs = files.iter().filter(|(path, _)| is_log(path));
    logs.any(|(_, bytes)| {
        Batches::new(bytes.clone().into()).map_while(Result::ok).any(|it| is_wrong(it.header))
    })
}

fn log_files(disk: &SimDisk) -> Files {
    directory::files(disk, Path::new("kafka")).into_iter().filter(|(path, _)| is_log(path)).collect()
}

/// Reads everything, in small reads; the checksums of the batches, or nothing when a damaged one was reported.
fn read_all(log: &Log, trial: &mut Trial, is_exact: bool) -> Result<Option<HashSet<u32>>, String> {
    let (start, end) = (log.log_start_offset(), log.high_watermark());
    ensure(start <= end && end <= log.log_end_offset(), || format!("{log:?} has its offsets in no order"))?;
    for timestamp in [TimestampQuery::At(NOW + 2000), TimestampQuery::MaxTimestamp] {
        trial.feature(("time", log.offset_for_timestamp(timestamp).is_ok()));
    }
    trial.feature(("aborted", log.aborted_transactions(start, end).map(|all| all.len()).ok()));
    let limits = ReadLimits { max_bytes: 300, min_one_batch: true, upper_bound: end };
    let (mut from, mut found) = (start, HashSet::new());
    while from < end {
        let bytes = match log.read(from, limits) {
            Ok(bytes) => bytes,
            Err(error) => {
                trial.feature(("read", variant(&error)));
                return Ok(None);
            }
        };
        let before = from;
        for batch in Batches::new(bytes) {
            let batch = batch.map_err(|bad| format!("read at {from}: {bad}"))?;
            ensure(batch.header.last_offset() >= from, || {
                format!("offset {} read at {from}", batch.header.last_offset())
            })?;
            from = batch.header.next_offset();
            if batch.header.verify_crc(&batch.bytes).is_err() {
                trial.feature("a reader sees the damage");
                return Ok(None);
            }
            ensure(!is_exact || is_in_place(&batch.header, end), || {
                format!(
                    "a batch was handed out with offset {}, which is not its own",
                    batch.header.base_offset
                )
            })?;
            found.insert(batch.header.crc);
        }
        if from == before {
            break;
        }
    }
    Ok(Some(found))
}

/// The batch has the offset that it had. One that became larger in the log's last batch fits: it says where the log ends.
fn is_in_place(header: &BatchHeader, end: i64) -> bool {
    let known = SCENARIO.batches.iter().find(|batch| batch.crc == header.crc);
    known.is_none_or(|known| {
        known.base == header.base_offset || known.base < header.base_offset && header.next_offset() == end
    })
}

/// Every batch that was synced is there, as all that is there is sound.
///
/// A segment that is gone altogether, and one that was cut together with its index, looks like one that compaction has
/// emptied; so a segment must be there with the index that it had.
fn nothing_lost(files: &Files, log: &Log, read: &HashSet<u32>, recovery_point: i64) -> Result<(), String> {
    let start = log.log_start_offset();
    let has = |path: &Path| files.iter().any(|(name, _)| name == path);
    let is_testified = |log: &Path| {
        let index = log.with_extension("index");
        let known = SCENARIO.files.iter().find(|(path, _)| *path == index);
        has(log) && known.is_some_and(|known| files.contains(known))
    };
    let lost = SCENARIO.batches.iter().find(|batch| {
        let synced = batch.base >= start && batch.next <= recovery_point;
        synced && !read.contains(&batch.crc) && is_testified(&batch.file)
    });
    match lost {
        None => Ok(()),
        Some(batch) => {
            Err(format!("the batch at {} was synced, and is gone in silence: {log:?}", batch.base))
        }
    }
}

/// What a log says of itself.
type State = (i64, i64, Vec<(i64, u64)>, Option<i32>, Vec<ProducerView>);

fn state(log: &Log) -> State {
    let mut producers = log.producers();
    producers.sort_by_key(|producer| producer.producer_id);
    let (start, end) = (log.log_start_offset(), log.log_end_offset());
    (start, end, log.segments(), log.latest_epoch(), producers)
}

/// How to open it again.
struct Again {
    options: OpenOptions,
    compact: bool,
    /// A checksum was made to fit a change: a producer snapshot that tells another story than the log is believed
    /// where the log is not scanned, as nothing shows that it is wrong.
    repaired: bool,
    /// A batch has another leader epoch than it had. That is under no checksum, and its neighbours do not show it: it
    /// is believed where the log is scanned, and not known elsewhere.
    has_wrong_epoch: bool,
}

/// After an orderly close it is the same log; after another crash it is so too, if everything was scanned.
fn opens_again(disk: &SimDisk, log: Log, how: Again, trial: &mut Trial) -> Result<(), String> {
    let before = state(&log);
    trial.feature(("producers", scale(before.4.len()), before.3));
    log.close().map_err(|error| format!("does not close: {error}"))?;
    drop(log);
    let again = OpenOptions { recovery_point: before.1, log_start_offset: before.0, ..how.options };
    let kinds: &[bool] = if how.options.clean { &[true] } else { &[true, false] };
    for clean in kinds {
        let again = OpenOptions { clean: *clean, ..again };
        let log =
            open(disk, how.compact, again).map_err(|error| format!("opened once, and not again: {error}"))?;
        let mut after = state(&log);
        if how.repaired {
            after.4.clone_from(&before.4);
        }
        if how.has_wrong_epoch {
            after.3 = before.3;
        }
        ensure(after == before, || format!("opened with clean={clean}: {after:?}, before {before:?}"))?;
        log.close().map_err(|error| format!("does not close: {error}"))?;
    }
    Ok(())
}

//! What a round leaves, when it is due, and that no crash and no reader comes between.

mod crashes;
mod markers;

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use expect_test::expect;
use millstream_wire::records::{BatchBuilder, Batches, Budget, Codec, RecordBatch};
use proptest::prelude::*;

use super::*;
use crate::config::{Cleanup, LogConfig};
use crate::disk::{Disk, SimDisk};
use crate::fixture::*;
use crate::{AppendOptions, Origin, ReadLimits};

const HOUR: i64 = 3_600_000;

/// Two batches a segment, roughly.
pub(super) fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 200,
        index_interval_bytes: 1,
        cleanup: Cleanup { delete: false, compact: true },
        delete_retention_ms: HOUR,
        file_delete_delay_ms: 0,
        ..LogConfig::default()
    }
}

/// `"a1 b2 c-"`: records of the keys a, b and c with the values 1 and 2 and a tombstone.
pub(super) fn batch_of(records: &str) -> BytesMut {
    fill(BatchBuilder::new(Codec::None), records)
}

pub(super) fn fill(mut batch: BatchBuilder, records: &str) -> BytesMut {
    for record in records.split(' ') {
        let (key, value) = record.split_at(1);
        let value = Some(value.as_bytes()).filter(|value| *value != b"-");
        batch.append(NOW, Some(key.as_bytes()), value, &[]).unwrap();
    }
    batch.finish().unwrap()
}

/// Appends a batch.
pub(super) fn put(log: &Log, records: &str) {
    append(log, batch_of(records));
}

/// A log of these batches, on disk.
pub(super) fn log_of(config: &LogConfig, batches: &[&str]) -> (SimDisk, Log) {
    let (disk, log) = fresh(config);
    batches.iter().for_each(|batch| put(&log, batch));
    log.sync().unwrap();
    (disk, log)
}

pub(super) fn options(now_ms: i64) -> CleanOptions<'static> {
    CleanOptions { dedupe_buffer_bytes: 1 << 20, now_ms, go_on: &|_| true }
}

/// A round over all that can be cleaned.
pub(super) fn clean(log: &Log, from: i64, now_ms: i64) -> Cleaned {
    log.clean(&log.dirt(Some(from), now_ms), options(now_ms)).unwrap()
}

pub(super) fn batches(log: &Log) -> Vec<RecordBatch> {
    let mut all = Vec::new();
    let mut from = log.log_start_offset();
    loop {
        let limits = ReadLimits { upper_bound: log.high_watermark(), ..ALL };
        let read: Vec<_> = Batches::verified(log.read(from, limits).unwrap()).map(Result::unwrap).collect();
        match read.last() {
            Some(last) => from = last.header.next_offset(),
            None => return all,
        }
        all.extend(read);
    }
}

/// `offset:record` for each record, a bar behind each batch.
pub(super) fn show(log: &Log) -> String {
    let text =
        |bytes: Option<Bytes>| bytes.map_or("-".to_owned(), |b| String::from_utf8(b.to_vec()).unwrap());
    let one = |batch: &RecordBatch| {
        let records = batch.records(Budget::default()).unwrap().map(Result::unwrap);
        let mut shown: Vec<String> = records
            .map(|record| format!("{}:{}{}", record.offset, text(record.key), text(record.value)))
            .collect();
        if let Some(horizon) = batch.header.delete_horizon() {
            shown.push(format!("(until +{}h)", (horizon - NOW) / HOUR));
        }
        shown.push("|".to_owned());
        shown.join(" ")
    };
    batches(log).iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_last_record_of_a_key_stays() {
    let table: [(&[&str], _); 5] = [
        (&["a1 b1", "a2 c1", "d1", "d1", "e1"], expect!["1:b1 | 2:a2 3:c1 | 5:d1 | 6:e1 |"]),
        (&["a1", "a2", "a3", "a4", "a5"], expect!["3:a4 | 4:a5 |"]),
        (&["a1 a2 a3", "b1", "c1"], expect!["2:a3 | 3:b1 | 4:c1 |"]),
        // The batch before the active segment keeps its place.
        (&["a1", "b1", "a2", "b-", "a3"], expect!["2:a2 | 3:b- (until +1h) | 4:a3 |"]),
        (&["a1"], expect!["0:a1 |"]),
    ];
    for (batches, expected) in table {
        let (_, log) = log_of(&config(), batches);
        let ends = (log.log_start_offset(), log.log_end_offset());
        clean(&log, 0, NOW);
        expected.assert_eq(&show(&log));
        assert_eq!((log.log_start_offset(), log.log_end_offset()), ends);
    }
}

#[test]
fn a_tombstone_stays_for_its_time_after_the_round_that_met_it() {
    let (_, log) = log_of(&config(), &["a1 b1", "a-", "c1", "d1", "e1", "f1"]);
    let cleaned = clean(&log, 0, NOW);
    expect!["1:b1 | 2:a- (until +1h) | 3:c1 | 4:d1 | 5:e1 | 6:f1 |"].assert_eq(&show(&log));
    // Other rounds change nothing before the time has come, wherever they begin.
    for from in [0, cleaned.to] {
        clean(&log, from, NOW + HOUR - 1);
        expect!["1:b1 | 2:a- (until +1h) | 3:c1 | 4:d1 | 5:e1 | 6:f1 |"].assert_eq(&show(&log));
    }
    clean(&log, 0, NOW + HOUR);
    expect!["1:b1 | 3:c1 | 4:d1 | 5:e1 | 6:f1 |"].assert_eq(&show(&log));
}

#[test]
fn codecs_and_timestamps_stay() {
    for codec in Codec::ALL {
        let (_, log) = fresh(&LogConfig { segment_bytes: 130, ..config() });
        for records in ["a1 b1 c1", "a2", "x1"] {
            append(&log, fill(BatchBuilder::new(codec), records));
        }
        log.sync().unwrap();
        clean(&log, 0, NOW + 5);
        let first = &batches(&log)[0];
        assert_eq!(first.header.attributes.codec(), Ok(codec));
        assert_eq!(first.header.max_timestamp, NOW);
        expect!["1:b1 2:c1 | 3:a2 | 4:x1 |"].assert_eq(&show(&log));
    }
}

#[test]
fn a_producers_last_batch_stays_for_its_sequence() {
    let config = config();
    let (disk, log) = fresh(&config);
    for (sequence, records) in (0..).zip(["a1", "b1", "a2"]) {
        append(&log, fill(BatchBuilder::new(Codec::None).producer(7, 0, sequence), records));
    }
    ["a3", "c1", "d1"].into_iter().for_each(|records| put(&log, records));
    log.sync().unwrap();
    clean(&log, 0, NOW);
    // The batch of offset 2 has no records any more.
    expect!["1:b1 | | 3:a3 | 4:c1 | 5:d1 |"].assert_eq(&show(&log));
    log.close().unwrap();
    disk.remove_file(&file("00000000000000000006.snapshot")).unwrap();
    let log = open(&disk, &config, UNCLEAN).unwrap();
    let again = fill(BatchBuilder::new(Codec::None).producer(7, 0, 2), "a2");
    assert!(append(&log, again).duplicate);
    append(&log, fill(BatchBuilder::new(Codec::None).producer(7, 0, 3), "a4"));
}

#[test]
fn a_small_map_needs_more_rounds() {
    let keys: Vec<String> = (b'a'..=b'z').map(|key| format!("{}1", char::from(key))).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let (_, log) = log_of(&config(), &[&keys[..], &keys[..]].concat());
    let mut cleaned = Cleaned::default();
    let mut rounds = 0;
    while log.dirt(Some(cleaned.to), NOW).dirty_bytes > 0 {
        let options = CleanOptions { dedupe_buffer_bytes: 16 * 25, ..options(NOW) };
        let round = log.clean(&log.dirt(Some(cleaned.to), NOW), options).unwrap();
        assert!(round.to > cleaned.to);
        (cleaned, rounds) = (round, rounds + 1);
    }
    assert!(rounds > 2, "{rounds}");
    let firsts = batches(&log).iter().filter(|batch| batch.header.base_offset < 24).count();
    assert_eq!(firsts, 0, "all of the first 24 keys came again before the active segment");
    let (_, log) = log_of(&config(), &["a1 b1 c1", "d1 e1 f1", "g1"]);
    let options = CleanOptions { dedupe_buffer_bytes: 0, ..options(NOW) };
    let error = log.clean(&log.dirt(None, NOW), options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "log.cleaner.dedupe.buffer.size is 0, too small for the keys of one batch at offset 0"
    );
}

#[test]
fn segments_that_shrink_become_one() {
    let (disk, log) = log_of(&config(), &["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "b1", "c1"]);
    assert_eq!(log.segments().len(), 5);
    clean(&log, 0, NOW);
    clean(&log, 8, NOW);
    expect!["7:a8 | 8:b1 | 9:c1 |"].assert_eq(&show(&log));
    let bases: Vec<i64> = log.segments().iter().map(|(base, _)| *base).collect();
    assert_eq!(bases, [0, 8]);
    log.remove_deleted_files(NOW).unwrap();
    let logs: Vec<String> = names(&disk).into_iter().filter(|name| name.ends_with(".log")).collect();
    assert_eq!(logs, ["00000000000000000000.log", "00000000000000000008.log"]);
}

#[test]
fn when_a_round_is_due() {
    let (_, log) = log_of(&config(), &["a1", "b1", "c1", "d1", "e1"]);
    let dirt = log.dirt(None, NOW);
    assert_eq!((dirt.first_dirty, dirt.first_uncleanable, dirt.clean_bytes), (0, 4, 0));
    assert!((dirt.ratio() - 1.0).abs() < 0.001 && dirt.is_due(&config()));
    let dirt = log.dirt(Some(2), NOW);
    assert!((dirt.ratio() - 0.5).abs() < 0.001 && !dirt.is_due(&config()), "more than half is asked for");
    assert!(dirt.is_due(&LogConfig { min_cleanable_dirty_ratio: 0.49, ..config() }));
    assert_eq!(log.dirt(Some(4), NOW).dirty_bytes, 0);
    assert_eq!(log.dirt(Some(99), NOW).first_dirty, 0, "an offset that the log does not have");
    // Too young; and then so old that it must be.
    log.set_config(LogConfig { min_compaction_lag_ms: HOUR, ..config() });
    assert_eq!(log.dirt(None, NOW + HOUR - 1).dirty_bytes, 0);
    assert_eq!(log.dirt(None, NOW + HOUR).first_uncleanable, 4);
    log.set_config(LogConfig { max_compaction_lag_ms: HOUR, ..config() });
    assert!(!log.dirt(Some(2), NOW + HOUR).is_due(&log.config()));
    assert!(log.dirt(Some(2), NOW + HOUR + 1).is_due(&log.config()));
}

#[test]
fn what_is_not_on_disk_is_not_touched() {
    let (_, log) = fresh(&config());
    ["a1", "a2", "a3", "a4", "a5"].into_iter().for_each(|records| put(&log, records));
    assert_eq!(log.dirt(None, NOW).dirty_bytes, 0);
    log.sync().unwrap();
    assert_eq!(log.dirt(None, NOW).first_uncleanable, 4);
}

#[test]
fn a_segment_is_rolled_in_time_for_the_cleaner() {
    let config = LogConfig { segment_bytes: 1 << 20, max_compaction_lag_ms: 1000, ..config() };
    let (_, log) = fresh(&config);
    for ms in [0, 1000, 1001] {
        let mut batch = BatchBuilder::new(Codec::None);
        batch.append(NOW + ms, Some(b"k"), Some(b"v"), &[]).unwrap();
        append(&log, batch.finish().unwrap());
    }
    assert_eq!(log.segments().len(), 2);
}

#[test]
fn a_reader_goes_on_in_the_segment_that_it_has() {
    for is_open in [false, true] {
        let (_, log) = log_of(&config(), &["a1", "a2", "a3", "a4", "a5", "a6"]);
        let old = log.segments_from(i64::MIN);
        old.iter().for_each(|segment| segment.release());
        let before: Vec<Bytes> =
            old.iter().map(|segment| segment.read(segment.base(), &ALL).unwrap()).collect();
        if !is_open {
            old.iter().for_each(|segment| segment.release());
        }
        clean(&log, 0, NOW);
        old.iter().for_each(|segment| segment.release());
        let after: Vec<Bytes> =
            old.iter().map(|segment| segment.read(segment.base() + 1, &ALL).unwrap()).collect();
        for (before, after) in before.iter().zip(&after) {
            assert!(before.ends_with(after) && !after.is_empty());
        }
    }
}

/// Files that a round was about to put somewhere.
fn unfinished(disk: &SimDisk) -> Vec<String> {
    names(disk).into_iter().filter(|name| name.ends_with(".cleaned") || name.ends_with(".swap")).collect()
}

#[test]
fn damage_is_neither_copied_nor_dropped() {
    let (disk, log) = log_of(&config(), &["a1", "b1", "a2", "b2", "c1"]);
    let path = log_file(2);
    let mut bytes = disk.bytes(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    disk.plant(&path, &bytes);
    log.segments_from(0).iter().for_each(|segment| segment.release());
    let before = names(&disk);
    let error = log.clean(&log.dirt(None, NOW), options(NOW)).unwrap_err();
    assert!(
        error.to_string().starts_with("kafka/t-0/00000000000000000002.log is damaged at byte 70: "),
        "{error}"
    );
    assert_eq!((names(&disk), disk.bytes(&path).unwrap()), (before, bytes));
}

#[test]
fn a_round_that_is_stopped_leaves_nothing_behind() {
    let (disk, log) = log_of(&config(), &["a1", "a2", "a3", "a4", "a5"]);
    for stops_at in 0..6 {
        let asked = std::cell::Cell::new(0);
        let go_on = |_| {
            asked.set(asked.get() + 1);
            asked.get() <= stops_at
        };
        let options = CleanOptions { go_on: &go_on, ..options(NOW) };
        let stopped = log.clean(&log.dirt(None, NOW), options);
        assert!(matches!(stopped, Err(CleanError::Interrupted)));
        assert_eq!(unfinished(&disk), [""; 0]);
    }
    let before = names(&disk);
    log.abandon();
    assert!(matches!(log.clean(&log.dirt(None, NOW), options(NOW)), Err(CleanError::Interrupted)));
    assert_eq!(names(&disk), before, "of a deleted topic");
}

#[test]
fn a_full_disk_ends_the_round_and_nothing_else() {
    let (disk, log) = log_of(&config(), &["a1", "a2", "a3", "a4", "a5"]);
    disk.set_capacity(Some(0));
    let full = log.clean(&log.dirt(None, NOW), options(NOW));
    assert!(matches!(full, Err(CleanError::Disk(WriteError::DiskFull { .. }))), "{full:?}");
    assert_eq!(unfinished(&disk), [""; 0]);
    assert!(show(&log).ends_with("2:a3 | 3:a4 | 4:a5 |"));
    disk.set_capacity(None);
    clean(&log, 0, NOW);
    expect!["3:a4 | 4:a5 |"].assert_eq(&show(&log));
}

#[test]
fn compact_and_delete_lets_empty_segments_go_too() {
    let config = LogConfig {
        cleanup: Cleanup { delete: true, compact: true },
        retention_ms: HOUR,
        segment_bytes: 80,
        ..config()
    };
    let (_, log) = log_of(&config, &["a1", "b1", "a2", "b2", "c1"]);
    clean(&log, 0, NOW);
    assert_eq!(log.segments().iter().filter(|(_, size)| *size == 0).count(), 2);
    assert_eq!(log.delete_old_segments(NOW + HOUR).unwrap(), 2);
    assert_eq!(log.log_start_offset(), 2);
    assert_eq!(log.delete_old_segments(NOW + HOUR + 1).unwrap(), 3);
    assert_eq!(log.log_start_offset(), 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_but_what_is_replaced_goes(
        records in prop::collection::vec((0u8..12, prop::option::of(0u8..10)), 1..80),
        rounds in prop::collection::vec(0usize..80, 0..4),
    ) {
        let (disk, log) = fresh(&config());
        let text: Vec<String> = records.iter().map(|(key, value)| {
            let value = value.map_or("-".to_owned(), |value| value.to_string());
            format!("{}{value}", char::from(b'a' + key))
        }).collect();
        let mut cleaned = 0;
        for (at, record) in text.iter().enumerate() {
            append(&log, batch_of(record));
            if rounds.contains(&at) {
                log.sync().unwrap();
                cleaned = clean(&log, cleaned, NOW).to;
            }
        }
        log.sync().unwrap();
        let bound = log.dirt(Some(cleaned), NOW).first_uncleanable;
        clean(&log, cleaned, NOW);
        let mut last = BTreeMap::new();
        for (offset, record) in text.iter().enumerate().filter(|(at, _)| i64::try_from(*at).unwrap() < bound) {
            last.insert(record.as_bytes()[0], offset);
        }
        let stays = |offset: &usize, record: &str| {
            i64::try_from(*offset).unwrap() >= bound || last[&record.as_bytes()[0]] == *offset
        };
        let expected: Vec<String> = text.iter().enumerate().filter(|(at, record)| stays(at, record))
            .map(|(at, record)| format!("{at}:{record}")).collect();
        let found: Vec<String> = show(&log).split(' ').filter(|word| word.contains(':')).map(str::to_owned).collect();
        prop_assert_eq!(found, expected);
        let shown = show(&log);
        log.close().unwrap();
        let again = open(&disk, &config(), UNCLEAN).unwrap();
        prop_assert_eq!(show(&again), shown);
    }
}

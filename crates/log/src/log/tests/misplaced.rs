//! An offset is not under its batch's checksum: a wrong one shows by the batches around it, and is told.

use bytes::Bytes;
use expect_test::expect;
use millstream_wire::records::BatchHeader;

use crate::disk::SimDisk;
use crate::fixture::*;
use crate::log::ReadLimits;
use crate::{
    CleanError, CleanOptions, Cleanup, Dirt, Log, LogConfig, OpenError, OpenOptions, ReadError,
    TimestampQuery,
};

/// Bytes of a batch of one record.
const B: usize = 78;

/// Twelve batches of one record in segments of six, closed in order.
fn twelve(interval: u32, compact: bool) -> (SimDisk, LogConfig) {
    let cleanup = Cleanup { delete: !compact, compact };
    let config = LogConfig {
        segment_bytes: 6 * size(1),
        index_interval_bytes: interval,
        cleanup,
        ..LogConfig::default()
    };
    let (disk, log) = fresh(&config);
    for n in 0..12 {
        append(&log, batch_at(NOW + n * 1000, 1));
    }
    log.close().unwrap();
    (disk, config)
}

/// Gives batch number `n` another base offset.
fn misplace(disk: &SimDisk, n: i64, offset: i64) {
    let base = n / 6 * 6;
    let at = usize::try_from(n - base).unwrap() * B;
    let mut bytes = disk.bytes(&log_file(base)).unwrap();
    bytes[at..at + 8].copy_from_slice(&offset.to_be_bytes());
    disk.plant(&log_file(base), &bytes);
}

fn reopened(disk: &SimDisk, config: &LogConfig, clean: bool) -> Result<Log, OpenError> {
    open(disk, config, OpenOptions { recovery_point: 12, clean, ..UNCLEAN })
}

/// What a fetch would send: a slice if there is one.
fn fetched(log: &Log, from: i64, limits: ReadLimits) -> Result<(Bytes, bool), ReadError> {
    match log.slice(from, limits, 0).unwrap() {
        Some(slice) => {
            let mut bytes = Vec::new();
            slice.file.read_at(&mut bytes, slice.length, slice.position).unwrap();
            Ok((bytes.into(), true))
        }
        None => log.read(from, limits).map(|bytes| (bytes, false)),
    }
}

/// Nothing that is read from `from` on has a wrong offset or comes behind something that was left out.
fn check(what: &str, from: i64, bytes: Bytes, right: &[BatchHeader]) {
    let headers = headers(bytes);
    let found: Vec<_> = headers.iter().map(|header| (header.base_offset, header.crc)).collect();
    let expected: Vec<_> = right.iter().map(|header| (header.base_offset, header.crc)).collect();
    let start = usize::try_from(from).unwrap();
    assert_eq!(found, expected[start..start + found.len()], "{what}");
}

#[test]
fn a_wrong_offset_is_neither_passed_over_nor_handed_out() {
    let (disk, config) = twelve(1, false);
    let right = read_all(&reopened(&disk, &config, true).unwrap());
    let (mut refused, mut told, mut sliced) = (0, 0, 0);
    for n in 0..12 {
        for offset in [n - 2, n - 1, n + 1, n + 2, 6, 0, -1, 1 << 40, i64::MIN, i64::MAX] {
            // The last batch says itself where the log ends.
            let is_seen = offset != n && !(n == 11 && offset > n);
            for (interval, max_bytes, clean) in
                [(1, 0, true), (1, 2 * B, false), (1, B, false), (4096, 3 * B, true), (4096, 1 << 20, false)]
            {
                let what = format!("batch {n} says {offset}, index every {interval}, reads of {max_bytes}");
                let (disk, config) = twelve(interval, false);
                misplace(&disk, n, offset);
                let Ok(log) = reopened(&disk, &config, clean) else {
                    refused += 1;
                    continue;
                };
                let end = 12.min(log.high_watermark());
                let limits = ReadLimits { max_bytes, min_one_batch: true, upper_bound: end };
                let mut is_told = !is_seen;
                for from in 0..end {
                    match fetched(&log, from, limits) {
                        Ok((bytes, is_slice)) if is_seen => {
                            assert!(!bytes.is_empty(), "{what}: nothing at {from}");
                            check(&what, from, bytes, &right);
                            sliced += i32::from(is_slice);
                        }
                        Ok(_) => {}
                        Err(ReadError::Damaged { .. }) => is_told = true,
                        Err(error) => panic!("{what}: {error}"),
                    }
                }
                assert!(is_told, "{what}");
                told += 1;
            }
        }
    }
    assert!(refused > 50 && told > 200 && sliced > 500, "{refused} {told} {sliced}");
}

#[test]
fn it_is_told_with_file_place_offset_and_choices() {
    let (disk, config) = twelve(1, false);
    misplace(&disk, 3, -5);
    let log = reopened(&disk, &config, false).unwrap();
    assert_eq!(offsets(&headers(log.read(0, ALL).unwrap())), [0, 1, 2]);
    expect![[r"
        kafka/t-0/00000000000000000000.log is damaged at byte 234 (offset 3): base offset cannot be -5. Nothing was cut away. Either put the file back from a copy, or delete the topic, or let readers go on behind it, or, to keep what lies before offset 3 and lose the rest, stop the broker, remove the partition's line from recovery-point-offset-checkpoint and .kafka_cleanshutdown, and start again
    "]]
    .assert_eq(&format!("{}\n", log.read(3, ALL).unwrap_err()));
    assert_eq!(offsets(&headers(log.read(4, ALL).unwrap())), [4, 5]);
    assert_eq!(offsets(&headers(log.read(6, ALL).unwrap())), [6, 7, 8, 9, 10, 11]);
    let by_time = |n: i64| log.offset_for_timestamp(TimestampQuery::At(NOW + n * 1000));
    assert!(matches!(by_time(3), Err(ReadError::Damaged { position: 234, offset: 3, .. })));
    assert_eq!(by_time(2).unwrap().unwrap().offset, 2);
}

#[test]
fn a_batch_that_seems_to_end_beyond_the_log_does_not_end_it() {
    let (disk, config) = twelve(1, false);
    let mut bytes = disk.bytes(&log_file(6)).unwrap();
    bytes[4 * B + 26] = 2;
    disk.plant(&log_file(6), &bytes);
    let log = reopened(&disk, &config, true).unwrap();
    let limits = ReadLimits { upper_bound: 12, ..ALL };
    assert!(matches!(log.read(10, limits), Err(ReadError::Damaged { position: 312, offset: 10, .. })));
}

#[test]
fn the_last_choice_keeps_what_lies_before() {
    let (disk, config) = twelve(1, false);
    misplace(&disk, 3, 1 << 40);
    let log = open(&disk, &config, UNCLEAN).unwrap();
    assert_eq!(offsets(&read_all(&log)), [0, 1, 2]);
    assert_eq!(append(&log, batch(1)).base_offset, 3);
}

#[test]
fn compaction_leaves_it_as_it_is() {
    let (disk, config) = twelve(1, true);
    misplace(&disk, 3, 4);
    let before = disk.bytes(&log_file(0)).unwrap();
    let log = reopened(&disk, &config, true).unwrap();
    let options = CleanOptions { dedupe_buffer_bytes: 1 << 20, now_ms: NOW, go_on: &|_| true };
    let dirt: Dirt = log.dirt(None, NOW);
    assert_eq!(dirt.first_uncleanable, 6);
    assert!(matches!(log.clean(&dirt, options), Err(CleanError::Damaged { position: 234, .. })));
    assert_eq!(disk.bytes(&log_file(0)).unwrap(), before);
}

#[test]
fn gaps_of_a_compacted_log_are_none() {
    for interval in [1, 4096] {
        let (disk, config) = twelve(interval, true);
        // Batches 1, 2 and 5 are gone, as after a compaction.
        let bytes = disk.bytes(&log_file(0)).unwrap();
        disk.plant(&log_file(0), &[&bytes[..B], &bytes[3 * B..5 * B]].concat());
        for kind in ["index", "timeindex"] {
            disk.plant(&log_file(0).with_extension(kind), b"");
        }
        for clean in [true, false] {
            let log = reopened(&disk, &config, clean).unwrap();
            for max_bytes in [0, B, 2 * B, 1 << 20] {
                let limits = ReadLimits { max_bytes, min_one_batch: true, upper_bound: 12 };
                for (from, first) in [(0, 0), (1, 3), (3, 3), (4, 4), (5, 6), (11, 11)] {
                    let (bytes, _) = fetched(&log, from, limits).unwrap();
                    assert_eq!(headers(bytes)[0].base_offset, first);
                }
            }
        }
    }
}

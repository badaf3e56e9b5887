//! What goes, and when.

use crate::disk::Crash;
use crate::fixture::*;
use crate::{Cleanup, LogConfig, OpenOptions, ReadError, ReadLimits};

/// Ten batches a second apart, in segments of three: 0, 3, 6, 9.
fn config() -> LogConfig {
    LogConfig { segment_bytes: 3 * size(1), retention_ms: -1, ..LogConfig::default() }
}

fn ten(config: &LogConfig) -> (crate::disk::SimDisk, crate::Log) {
    let (disk, log) = fresh(config);
    for second in 0..10 {
        append(&log, batch_at(NOW + second * 1000, 1));
    }
    log.sync().unwrap();
    (disk, log)
}

#[test]
fn by_time_size_and_start() {
    let delete = Cleanup { delete: true, compact: false };
    let compact = Cleanup { delete: false, compact: true };
    let bytes = i64::from(size(1));
    // What, cleanup, retention.ms, retention.bytes, deleted up to, now, the log's start afterwards.
    let table = [
        ("nothing", delete, -1, -1, 0, 1_000_000, 0),
        ("too young", delete, 5000, -1, 0, 7000, 0),
        ("the first segment", delete, 5000, -1, 0, 7001, 3),
        ("two", delete, 5000, -1, 0, 10_001, 6),
        ("all, and the active one", delete, 5000, -1, 0, 14_001, 10),
        ("small enough", delete, -1, 10 * bytes, 0, 0, 0),
        ("one segment too large", delete, -1, 7 * bytes, 0, 0, 3),
        ("less than a segment too large", delete, -1, 8 * bytes, 0, 0, 0),
        ("no bytes at all", delete, -1, 0, 0, 0, 10),
        ("below the start", delete, -1, -1, 7, 0, 7),
        ("compacted topics keep all", compact, 1, 1, 0, 1_000_000, 0),
        ("but not what lies below the start", compact, 1, 1, 7, 0, 7),
    ];
    for (what, cleanup, retention_ms, retention_bytes, deleted, now, start) in table {
        let (disk, log) = ten(&config());
        log.set_config(LogConfig { cleanup, retention_ms, retention_bytes, ..config() });
        log.delete_records(deleted).unwrap();
        log.delete_old_segments(NOW + now).unwrap();
        assert_eq!((log.log_start_offset(), log.log_end_offset()), (start, 10), "{what}");
        let first = log.segments()[0].0;
        assert!(first <= start && start - first < 3, "{what}: {first}");
        assert_eq!(offsets(&read_all(&log)), (start..10).collect::<Vec<_>>(), "{what}");
        append(&log, batch(1));
        log.sync().unwrap();
        disk.crash(Crash::LoseAll);
        let options = OpenOptions { recovery_point: 11, log_start_offset: start, ..UNCLEAN };
        let log = open(&disk, &config(), options).unwrap();
        assert_eq!((log.log_start_offset(), log.log_end_offset()), (start, 11), "{what}");
    }
}

#[test]
fn files_are_renamed_first_and_removed_later() {
    let (disk, log) = ten(&config());
    let reader = log.segments_from(0)[0].clone();
    log.set_config(LogConfig { retention_ms: 5000, ..config() });
    assert_eq!(log.delete_old_segments(NOW + 7001).unwrap(), 1);
    let deleted = || names(&disk).into_iter().filter(|name| name.ends_with(".deleted")).count();
    assert_eq!(deleted(), 3);
    assert!(matches!(log.read(2, ALL), Err(ReadError::OffsetOutOfRange { log_start_offset: 3, .. })));
    let limits = ReadLimits { upper_bound: 10, ..ALL };
    assert_eq!(headers(reader.read(0, &limits).unwrap()).len(), 3, "a reader that has it open goes on");
    assert_eq!(log.delete_old_segments(NOW + 7001 + 59_999).unwrap(), 3);
    assert_eq!(deleted(), 3 + 3 * 3 + 3, "the others' files, with the snapshots of 3, 6 and 9");
    log.delete_old_segments(NOW + 7001 + 60_000).unwrap();
    assert_eq!(deleted(), 12);
    log.delete_old_segments(i64::MAX).unwrap();
    assert_eq!(deleted(), 0);
}

#[test]
fn what_is_not_on_disk_yet_stays() {
    let (_disk, log) = fresh(&config());
    for _ in 0..10 {
        append(&log, batch(1));
    }
    log.set_config(LogConfig { retention_ms: 0, ..config() });
    assert_eq!(log.delete_old_segments(i64::MAX).unwrap(), 0);
    log.sync().unwrap();
    assert_eq!(log.delete_old_segments(i64::MAX).unwrap(), 4);
    assert_eq!((log.log_start_offset(), log.segments()), (10, vec![(10, 0)]));
}

#[test]
fn records_can_be_deleted_up_to_the_high_watermark() {
    let (_disk, log) = ten(&config());
    append(&log, batch(1));
    for (offset, start) in [(4, Some(4)), (2, Some(4)), (10, Some(10)), (11, None), (-1, None)] {
        assert_eq!(log.delete_records(offset).ok(), start, "{offset}");
    }
}

#[test]
fn leader_epochs_begin_where_the_log_does() {
    let (_disk, log) = ten(&config());
    log.delete_records(4).unwrap();
    assert_eq!(log.end_offset_for_epoch(0), Some((0, 10)));
    let earliest = log.offset_for_timestamp(crate::TimestampQuery::Earliest).unwrap().unwrap();
    assert_eq!((earliest.offset, earliest.leader_epoch), (4, Some(0)));
}

//! What goes, and when.

use crate::disk::Crash;
use crate::fixture::*;
use crate::{Cleanup, LogConfig, OpenOptions, Outlook, ReadError, ReadLimits, Reason};

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
fn the_directory_is_listed_segment_by_segment() {
    let (_disk, log) = ten(&config());
    let bases = |most| -> Vec<i64> {
        let listing = log.listing(most).unwrap();
        listing.segments.iter().map(|segment| segment.base_offset).collect()
    };
    assert_eq!((bases(100), bases(3)), (vec![0, 3, 6, 9], vec![0, 3, 9]));
    let listing = log.listing(100).unwrap();
    let second = &listing.segments[1];
    assert_eq!(second.first_ms, Some(NOW + 3000));
    let names: Vec<&str> = second.files.iter().map(|file| file.name.as_str()).collect();
    for kind in ["log", "index", "timeindex"] {
        assert!(names.contains(&format!("00000000000000000003.{kind}").as_str()), "{kind} of {names:?}");
    }
    let log_file = second.files.iter().find(|file| file.name.ends_with(".log")).unwrap();
    assert_eq!(log_file.size, u64::from(3 * size(1)));
    log.delete_records(7).unwrap();
    log.delete_old_segments(NOW).unwrap();
    let listing = log.listing(100).unwrap();
    assert_eq!(listing.segments[0].base_offset, 6);
    assert!(listing.others.iter().any(|file| file.name == "00000000000000000000.log.deleted"), "{listing:?}");
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
fn the_outlook_comes_true() {
    let bytes = i64::from(size(1));
    // What, retention.ms, retention.bytes, deleted up to, the reason and when (s after the first record), room.
    let table = [
        ("kept for ever", -1, -1, 0, None, None),
        ("by time", 5000, -1, 0, Some((Reason::RetentionMs, Some(7001))), None),
        ("not large enough", -1, 10 * bytes, 0, None, Some(3)),
        ("too large", -1, 7 * bytes, 0, Some((Reason::RetentionBytes, None)), Some(0)),
        ("time comes first", 5000, 8 * bytes, 0, Some((Reason::RetentionMs, Some(7001))), Some(1)),
        ("deleted", 5000, -1, 3, Some((Reason::LogStartOffset, None)), None),
        ("deleted within", -1, -1, 2, None, None),
    ];
    for (what, retention_ms, retention_bytes, deleted, next, room) in table {
        let (_disk, log) = ten(&config());
        log.set_config(LogConfig { retention_ms, retention_bytes, ..config() });
        log.delete_records(deleted).unwrap();
        let outlook = log.outlook();
        let bases: Vec<_> = outlook.segments.iter().map(|one| (one.base_offset, one.end_offset)).collect();
        assert_eq!(bases, [(0, 3), (3, 6), (6, 9), (9, 10)], "{what}");
        assert_eq!(outlook.segments[1].newest_ms, Some(NOW + 5000), "{what}");
        assert_eq!(outlook.room, room.map(|batches| batches * u64::from(size(1))), "{what}");
        let told = outlook.next.map(|next| (next.reason, next.from_ms.map(|from| from - NOW)));
        assert_eq!(told, next, "{what}");
        match told {
            None => assert_eq!(log.delete_old_segments(NOW + 100_000_000).unwrap(), 0, "{what}"),
            Some((_, from)) => {
                let from = NOW + from.unwrap_or(0);
                let early = log.delete_old_segments(from - 1).unwrap();
                assert_eq!(early > 0, outlook.next.unwrap().from_ms.is_none(), "{what}");
                assert_eq!(early + log.delete_old_segments(from).unwrap(), 1, "{what}");
            }
        }
    }
    let (_disk, log) = fresh(&config());
    assert_eq!(log.outlook(), Outlook { segments: Vec::new(), next: None, room: None });
}

#[test]
fn segments_roll_by_time_each_with_its_own_jitter() {
    let ages = |segment_jitter_ms| {
        let config =
            LogConfig { segment_ms: 1000, segment_jitter_ms, retention_ms: -1, ..LogConfig::default() };
        let (_disk, log) = fresh(&config);
        for ms in (0..20_000).step_by(10) {
            append(&log, batch_at(NOW + ms, 1));
        }
        let bases: Vec<i64> = log.segments().iter().map(|(base, _)| base * 10).collect();
        bases.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>()
    };
    assert!(ages(0).iter().all(|age| *age == 1010), "{:?}", ages(0));
    let jittered = ages(500);
    assert!(jittered.iter().all(|age| (510..=1010).contains(age)), "{jittered:?}");
    assert!(jittered.iter().any(|age| *age != jittered[0]), "{jittered:?}");
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
    log.remove_deleted_files(NOW + 7001 + 60_000).unwrap();
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

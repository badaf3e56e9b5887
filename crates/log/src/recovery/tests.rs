//! The table at the top of [`crate::recovery`], row by row.

use bytes::BytesMut;

use super::*;
use crate::disk::{Crash, SimDisk};
use crate::fixture::*;
use crate::log::ReadLimits;
use crate::{AppendError, Cleanup, Log, ProducerError, ReadError};

/// Bytes of a batch of one record.
const B: usize = 78;

/// Nine batches of one record in segments of three: 0, 3 and 6. All synced.
fn nine() -> (SimDisk, LogConfig) {
    let config = small_segments();
    let (disk, log) = fresh(&config);
    for _ in 0..9 {
        append(&log, batch(1));
    }
    assert_eq!(log.sync().unwrap(), 9);
    assert_eq!(log.segments().iter().map(|(base, _)| *base).collect::<Vec<_>>(), [0, 3, 6]);
    drop(log);
    disk.crash(Crash::LoseAll);
    (disk, config)
}

fn change(disk: &SimDisk, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = disk.bytes(path).unwrap();
    change(&mut bytes);
    disk.plant(path, &bytes);
}

fn logs(disk: &SimDisk) -> Vec<Option<Vec<u8>>> {
    let names = names(disk).into_iter().filter(|name| name.ends_with(".log"));
    names.map(|name| disk.bytes(&file(&name))).collect()
}

fn reopened(disk: &SimDisk, config: &LogConfig, recovery_point: i64) -> Result<Log, OpenError> {
    open(disk, config, OpenOptions { recovery_point, ..UNCLEAN })
}

#[test]
fn what_lies_beyond_the_recovery_point_is_cut_and_what_lies_below_is_not() {
    type Damage = fn(&SimDisk);
    // What was done, to which file, and the offset at which the log ends then.
    let table: &[(&str, Damage, i64, usize)] = &[
        ("torn header", |disk| change(disk, &log_file(6), |bytes| bytes.truncate(2 * B + 20)), 8, 2 * B),
        ("torn batch", |disk| change(disk, &log_file(6), |bytes| bytes.truncate(3 * B - 1)), 8, 2 * B),
        ("a flipped bit", |disk| change(disk, &log_file(6), |bytes| bytes[B + 70] ^= 1), 7, B),
        ("a sector of zeros", |disk| change(disk, &log_file(6), |bytes| bytes[B..].fill(0)), 7, B),
        ("zeros behind it", |disk| change(disk, &log_file(6), |bytes| bytes.resize(4000, 0)), 9, 3 * B),
        (
            "a length that leads nowhere",
            |disk| change(disk, &log_file(6), |bytes| bytes[8..12].fill(0x7f)),
            6,
            0,
        ),
        ("an offset that goes back", |disk| change(disk, &log_file(6), |bytes| bytes[B..87].fill(0)), 7, B),
        ("a segment in the middle", |disk| change(disk, &log_file(3), |bytes| bytes[B + 70] ^= 1), 4, B),
        ("a segment is missing", |disk| disk.remove_file(&log_file(3)).unwrap(), 3, 0),
        ("a segment lost its end", |disk| change(disk, &log_file(3), |bytes| bytes.truncate(B)), 4, 0),
    ];
    for (what, damage, end, position) in table {
        let (disk, config) = nine();
        damage(&disk);
        let log = reopened(&disk, &config, 0).unwrap();
        assert_eq!(log.log_end_offset(), *end, "{what}");
        assert_eq!(offsets(&read_all(&log)), (0..*end).collect::<Vec<_>>(), "{what}");
        append(&log, batch(1));
        assert_eq!(log.sync().unwrap(), end + 1, "{what}");
        drop(log);
        let log = reopened(&disk, &config, end + 1).unwrap();
        assert_eq!(log.log_end_offset(), end + 1, "{what}: for good");

        let (disk, config) = nine();
        damage(&disk);
        let before = logs(&disk);
        let synced = *end + 1;
        let Err(OpenError::Damaged { position: at, offset, recovery_point, .. }) =
            reopened(&disk, &config, synced)
        else {
            panic!("{what}: opened")
        };
        assert_eq!((at, offset, recovery_point), (*position as u64, *end, synced), "{what}");
        assert!(before == logs(&disk), "{what}: no record is touched");
    }
}

#[test]
fn the_error_names_file_offset_and_choices() {
    let (disk, config) = nine();
    change(&disk, &log_file(6), |bytes| bytes[B + 70] ^= 1);
    let error = reopened(&disk, &config, 9).unwrap_err().to_string();
    expect_test::expect![[r#"
        kafka/t-0/00000000000000000006.log is damaged at byte 78 (offset 7): the checksum is CRC, but CRC was sent. Records up to offset 9 were on disk once. Either put the file back from a copy, or delete the topic, or, to keep what lies before offset 7 and lose the rest, stop the broker, remove the partition's line from recovery-point-offset-checkpoint and .kafka_cleanshutdown, and start again
    "#]]
    .assert_eq(&format!("{}\n", mask_crc(&error)));
}

fn mask_crc(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        if word.starts_with("0x") && word.ends_with(',') {
            "CRC,"
        } else if word.starts_with("0x") {
            "CRC"
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn nothing_is_left_of_a_log_that_was_synced() {
    let disk = SimDisk::new();
    assert!(matches!(reopened(&disk, &small_segments(), 5), Err(OpenError::Damaged { .. })));
    let log = reopened(&disk, &small_segments(), 0).unwrap();
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (0, 0));
}

#[test]
fn an_offset_that_became_too_large_does_not_make_synced_batches_go() {
    let (disk, config) = nine();
    change(&disk, &log_file(6), |bytes| bytes[5] ^= 1);
    let before = logs(&disk);
    let Err(OpenError::Damaged { position, recovery_point, .. }) = reopened(&disk, &config, 8) else {
        panic!("opened")
    };
    assert_eq!((position, recovery_point), (B as u64, 8));
    assert!(before == logs(&disk), "no record is touched");
}

#[test]
fn a_segment_that_lost_what_its_index_knows_of_is_not_taken_for_a_short_one() {
    for (length, offset) in [(0, 0), (B, 1), (2 * B, 2)] {
        for clean in [false, true] {
            let (disk, config) = nine();
            change(&disk, &log_file(0), |bytes| bytes.truncate(length));
            let before = logs(&disk);
            let opened = open(&disk, &config, OpenOptions { recovery_point: 9, clean, ..UNCLEAN });
            let Err(OpenError::Damaged { position, offset: at, recovery_point, .. }) = opened else {
                panic!("cut to {length} bytes, and opened")
            };
            assert_eq!((position, at, recovery_point), (length as u64, offset, 3));
            assert!(before == logs(&disk), "no record is touched");
        }
    }
}

#[test]
fn a_segment_with_the_bytes_of_another_is_damaged() {
    for (target, source) in [(3, 6), (0, 3), (3, 0), (6, 0)] {
        for (clean, is_indexed) in [(false, true), (true, true), (false, false), (true, false)] {
            let (disk, config) = nine();
            let bytes = disk.bytes(&log_file(source)).unwrap();
            disk.plant(&log_file(target), &bytes);
            if !is_indexed {
                for kind in ["index", "timeindex"] {
                    disk.plant(&log_file(target).with_extension(kind), &[]);
                }
            }
            let before = logs(&disk);
            let opened = open(&disk, &config, OpenOptions { recovery_point: 9, clean, ..UNCLEAN });
            let Err(OpenError::Damaged { path, position, offset, .. }) = opened else {
                panic!("{target} holds the bytes of {source}, and opened")
            };
            assert_eq!((path, position, offset), (log_file(target), 0, target));
            assert!(before == logs(&disk), "no record is touched");
        }
    }
}

#[test]
fn a_segment_that_is_gone_while_its_index_is_there_is_missed() {
    for clean in [false, true] {
        for renamed in [false, true] {
            let (disk, config) = nine();
            reopened(&disk, &config, 0).unwrap().close().unwrap();
            if renamed {
                disk.rename(&log_file(3), &log_file(3).with_extension("log.deleted")).unwrap();
            } else {
                disk.remove_file(&log_file(3)).unwrap();
            }
            let before = names(&disk);
            let options = OpenOptions { recovery_point: 9, clean, ..UNCLEAN };
            let Err(OpenError::Damaged { path, position, offset, recovery_point, .. }) =
                open(&disk, &config, options)
            else {
                panic!("opened")
            };
            assert_eq!((path, position, offset, recovery_point), (log_file(3), 0, 3, 9));
            assert_eq!(names(&disk), before, "no file is touched");
            // The way out that the message names.
            let log = reopened(&disk, &config, 0).unwrap();
            assert_eq!(offsets(&read_all(&log)), [0, 1, 2]);
        }
    }
}

#[test]
fn an_index_that_retention_or_compaction_left_behind_is_no_loss() {
    for clean in [false, true] {
        let (disk, config) = nine();
        reopened(&disk, &config, 0).unwrap().close().unwrap();
        disk.remove_file(&log_file(0)).unwrap();
        let options = OpenOptions { recovery_point: 9, clean, ..UNCLEAN };
        assert_eq!(offsets(&read_all(&open(&disk, &config, options).unwrap())), [3, 4, 5, 6, 7, 8]);

        let config = LogConfig { cleanup: Cleanup { delete: false, compact: true }, ..config };
        let (disk, _) = nine();
        reopened(&disk, &config, 0).unwrap().close().unwrap();
        disk.remove_file(&log_file(3)).unwrap();
        assert_eq!(offsets(&read_all(&open(&disk, &config, options).unwrap())), [0, 1, 2, 6, 7, 8]);
    }
}

#[test]
fn the_epoch_of_a_log_that_lost_its_records_is_known_until_the_next_start() {
    let config = small_segments();
    let (disk, log) = fresh(&config);
    for epoch in [0, 0, 0, 4, 4, 4] {
        log.append(&mut batch(1), crate::AppendOptions { leader_epoch: epoch, ..CLIENT }).unwrap();
    }
    log.sync().unwrap();
    log.delete_records(6).unwrap();
    assert_eq!((log.latest_epoch(), log.end_offset_for_epoch(4)), (Some(4), Some((4, 6))));
    log.close().unwrap();
    let written = disk.bytes(&file("leader-epoch-checkpoint"));
    // As it is, and as it was before the records went.
    for bytes in [written.as_deref().unwrap(), b"0\n2\n0 0\n4 3\n"] {
        disk.plant(&file("leader-epoch-checkpoint"), bytes);
        for clean in [true, false] {
            let options = OpenOptions { recovery_point: 6, log_start_offset: 6, clean, ..UNCLEAN };
            let log = open(&disk, &config, options).unwrap();
            assert_eq!((log.latest_epoch(), log.end_offset_for_epoch(4)), (None, None));
        }
    }
}

#[test]
fn a_gap_from_the_time_when_the_topic_was_compacted_is_no_loss() {
    for damage in [&[][..], &[0x5a; 24], &[0, 0, 0, 0, 0]] {
        for clean in [false, true] {
            let (disk, config) = nine();
            // Nothing knows of a batch at 2, as a compaction leaves it; then the policy became `delete`.
            change(&disk, &log_file(0), |bytes| bytes.truncate(2 * B));
            for kind in ["index", "timeindex"] {
                disk.plant(&log_file(0).with_extension(kind), damage);
            }
            let log = open(&disk, &config, OpenOptions { recovery_point: 9, clean, ..UNCLEAN }).unwrap();
            assert_eq!(offsets(&read_all(&log)), [0, 1, 3, 4, 5, 6, 7, 8]);
        }
    }
}

#[test]
fn a_missing_or_damaged_index_is_made_again() {
    type Damage = fn(&SimDisk, &str);
    let table: [(&str, Damage); 5] = [
        ("missing", |disk, name| disk.remove_file(&file(name)).unwrap()),
        ("torn", |disk, name| change(disk, &file(name), |bytes| bytes.truncate(bytes.len() - 3))),
        ("zeros behind it", |disk, name| change(disk, &file(name), |bytes| bytes.resize(480, 0))),
        ("garbage", |disk, name| change(disk, &file(name), |bytes| bytes.fill(0x5a))),
        ("of another segment", |disk, name| disk.plant(&file(name), &[0, 0, 9, 9, 0, 0, 1, 1, 0, 0, 9, 9])),
    ];
    for (what, damage) in table {
        for (clean, recovery_point) in [(true, 9), (false, 9), (false, 0)] {
            for name in ["00000000000000000000.index", "00000000000000000003.timeindex"] {
                let (disk, config) = nine();
                reopened(&disk, &config, 0).unwrap().close().unwrap();
                let good = disk.bytes(&file(name)).unwrap();
                damage(&disk, name);
                let log = open(&disk, &config, OpenOptions { recovery_point, clean, ..UNCLEAN }).unwrap();
                assert_eq!(disk.bytes(&file(name)).unwrap(), good, "{what} {name} {clean}");
                assert_eq!(offsets(&read_all(&log)), (0..9).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn an_index_that_lies_in_its_middle_misleads_nobody() {
    let config = LogConfig { index_interval_bytes: 1, ..LogConfig::default() };
    let (disk, log) = fresh(&config);
    for _ in 0..9 {
        append(&log, batch(1));
    }
    log.close().unwrap();
    drop(log);
    let lie = |bytes: &mut Vec<u8>| bytes[8 * 3 + 7] ^= 0xff;
    change(&disk, &file("00000000000000000000.index"), lie);
    let log = open(&disk, &config, OpenOptions { clean: true, recovery_point: 9, ..UNCLEAN }).unwrap();
    for from in 0..9 {
        assert_eq!(offsets(&headers(log.read(from, ALL).unwrap())), (from..9).collect::<Vec<_>>());
    }
}

#[test]
fn a_clean_stop_is_not_scanned() {
    let (disk, config) = nine();
    reopened(&disk, &config, 0).unwrap().close().unwrap();
    change(&disk, &log_file(6), |bytes| bytes[70] ^= 1);
    let log = open(&disk, &config, OpenOptions { clean: true, recovery_point: 9, ..UNCLEAN }).unwrap();
    assert_eq!(log.log_end_offset(), 9, "a header walk from the last index entry sees no flipped bit");
    let read = log.read(6, ALL).unwrap();
    assert!(millstream_wire::records::Batches::verified(read).any(|batch| batch.is_err()));
}

#[test]
fn an_empty_log_costs_no_sync_and_its_first_record_survives() {
    for clean in [false, true] {
        let (disk, first) = fresh(&LogConfig::default());
        first.close().unwrap();
        // No sync may be asked for until there is something to keep.
        disk.fail_sync(0);
        let log = open(&disk, &LogConfig::default(), OpenOptions { clean, ..UNCLEAN }).unwrap();
        log.close().unwrap();
        disk.fail_sync(u64::MAX);
        let log = open(&disk, &LogConfig::default(), OpenOptions { clean, ..UNCLEAN }).unwrap();
        append(&log, batch(1));
        log.sync().unwrap();
        disk.crash(Crash::LoseAll);
        let log = reopened(&disk, &LogConfig::default(), 1).unwrap();
        assert_eq!(offsets(&read_all(&log)), [0], "clean: {clean}");
    }
}

#[test]
fn a_clean_stop_that_was_none_is_recovered() {
    let (disk, config) = nine();
    reopened(&disk, &config, 0).unwrap().close().unwrap();
    change(&disk, &log_file(6), |bytes| bytes.extend_from_slice(&[1; 50]));
    let log = open(&disk, &config, OpenOptions { clean: true, recovery_point: 9, ..UNCLEAN }).unwrap();
    assert_eq!(log.log_end_offset(), 9);
    assert_eq!(disk.bytes(&log_file(6)).unwrap().len(), 3 * B);
}

#[test]
fn a_half_made_segment_becomes_the_active_one() {
    let (disk, config) = nine();
    disk.plant(&log_file(9), b"");
    let log = reopened(&disk, &config, 9).unwrap();
    assert_eq!(append(&log, batch(1)).base_offset, 9);
    log.sync().unwrap();
    assert_eq!(disk.bytes(&log_file(9)).unwrap().len(), B);
}

#[test]
fn leftover_files_go() {
    let (disk, config) = nine();
    let whole = disk.bytes(&log_file(0)).unwrap();
    for name in [
        "00000000000000000000.log.deleted",
        "00000000000000000000.index.deleted",
        "00000000000000000003.log.cleaned",
        "00000000000000000006.log.swap",
        "00000000000000000099.timeindex",
    ] {
        disk.plant(&file(name), &whole);
    }
    let strangers = ["00000000000000000000-0000000000.checkpoint", "quorum-state", "partition.metadata"];
    for name in strangers {
        disk.plant(&file(name), b"x");
    }
    let log = reopened(&disk, &config, 9).unwrap();
    assert_eq!(log.log_end_offset(), 9);
    let names = names(&disk);
    assert!(
        !names.iter().any(|name| [".deleted", ".cleaned", ".swap"].iter().any(|end| name.ends_with(end))),
        "{names:?}"
    );
    assert!(!names.contains(&"00000000000000000099.timeindex".to_owned()));
    assert!(strangers.iter().all(|name| names.contains(&(*name).to_owned())), "{names:?}");
}

#[test]
fn the_result_of_a_compaction_takes_its_place() {
    let config = LogConfig { cleanup: Cleanup { delete: false, compact: true }, ..small_segments() };
    let (disk, _) = nine();
    // Batches 1 and 5 are what compaction left of the segments 0 and 3.
    let mut kept = disk.bytes(&log_file(0)).unwrap()[B..2 * B].to_vec();
    kept.extend_from_slice(&disk.bytes(&log_file(3)).unwrap()[2 * B..]);
    disk.plant(&file("00000000000000000000.log.swap"), &kept);
    disk.plant(&file("00000000000000000000.index.swap"), b"");
    for (recovery_point, clean) in [(9, false), (0, false), (9, true)] {
        let log = open(&disk, &config, OpenOptions { recovery_point, clean, ..UNCLEAN }).unwrap();
        assert_eq!(offsets(&read_all(&log)), [1, 5, 6, 7, 8]);
    }
}

#[test]
fn a_compacted_log_keeps_nothing_that_came_after_what_it_lost() {
    let config = LogConfig { cleanup: Cleanup { delete: false, compact: true }, ..small_segments() };
    for seed in 0..200 {
        let (disk, log) = fresh(&config);
        append(&log, batch(1));
        log.sync().unwrap();
        for _ in 0..7 {
            append(&log, batch(1));
        }
        drop(log);
        disk.crash(Crash::Tear(seed));
        let log = reopened(&disk, &config, 1).unwrap();
        let end = log.log_end_offset();
        assert_eq!(offsets(&read_all(&log)), (0..end).collect::<Vec<_>>(), "seed {seed}");
    }
}

#[test]
fn a_log_start_beyond_the_end_starts_again() {
    let (disk, config) = nine();
    let log = open(&disk, &config, OpenOptions { log_start_offset: 50, ..UNCLEAN }).unwrap();
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (50, 50));
    assert_eq!(append(&log, batch(1)).base_offset, 50);
}

#[test]
fn producers_survive_any_stop() {
    type Damage = fn(&SimDisk);
    let table: &[(&str, Damage)] = &[
        ("nothing happened", |_| {}),
        ("the youngest snapshot is missing", |disk| {
            disk.remove_file(&file("00000000000000000006.snapshot")).unwrap()
        }),
        ("it is damaged", |disk| {
            change(disk, &file("00000000000000000006.snapshot"), |bytes| bytes[20] ^= 1)
        }),
        ("all are damaged", |disk| {
            for name in names(disk).iter().filter(|name| name.ends_with(".snapshot")) {
                disk.plant(&file(name), b"\0\x01");
            }
        }),
        ("one is newer than the log", |disk| {
            let bytes = disk.bytes(&file("00000000000000000003.snapshot")).unwrap();
            disk.plant(&file("00000000000000000077.snapshot"), &bytes);
        }),
    ];
    for (what, damage) in table {
        let config = LogConfig { segment_bytes: 3 * size(1), ..small_segments() };
        let (disk, log) = fresh(&config);
        for sequence in 0..8 {
            append(&log, sequenced(7, 0, sequence, 1));
        }
        log.sync().unwrap();
        drop(log);
        disk.crash(Crash::LoseAll);
        damage(&disk);
        let log = reopened(&disk, &config, 8).unwrap();
        let again = append(&log, sequenced(7, 0, 7, 1));
        assert_eq!((again.base_offset, again.duplicate), (7, true), "{what}");
        let oldest = append(&log, sequenced(7, 0, 3, 1));
        assert_eq!((oldest.base_offset, oldest.duplicate), (3, true), "{what}: the window has five");
        let gap = log.append(&mut sequenced(7, 0, 9, 1), CLIENT);
        let expected = ProducerError::OutOfOrderSequence { producer_id: 7, found: 9, last: 7 };
        assert!(matches!(gap, Err(AppendError::Producer(error)) if error == expected), "{what}");
        assert_eq!(append(&log, sequenced(7, 0, 8, 1)).base_offset, 8, "{what}");
        assert!(!names(&disk).contains(&"00000000000000000077.snapshot".to_owned()));
    }
}

#[test]
fn a_clean_stop_keeps_producers_in_a_snapshot_at_the_end() {
    let config = small_segments();
    let (disk, log) = fresh(&config);
    for sequence in [0, 2, 4, 6, 8] {
        append(&log, sequenced(7, 3, sequence, 2));
    }
    log.close().unwrap();
    assert!(matches!(log.append(&mut batch(1), CLIENT), Err(AppendError::Closed)));
    assert!(names(&disk).contains(&"00000000000000000010.snapshot".to_owned()));
    disk.crash(Crash::LoseAll);
    let log = open(&disk, &config, OpenOptions { clean: true, recovery_point: 10, ..UNCLEAN }).unwrap();
    for sequence in [0, 2, 4, 6, 8] {
        assert!(append(&log, sequenced(7, 3, sequence, 2)).duplicate, "{sequence}");
    }
}

#[test]
fn leader_epochs_come_back_from_file_or_batches() {
    let config = small_segments();
    // The last three are well-formed: epochs that do not grow, and of which some or all begin beyond the log.
    for damage in [
        None,
        Some(&b"rubbish"[..]),
        Some(b"0\n5\n0 0\n"),
        Some(b"0\n3\n0 0\n4 4\n0 6\n"),
        Some(b"0\n3\n0 0\n4 4\n6 9\n"),
        Some(b"0\n2\n6 8\n7 9\n"),
    ] {
        let (disk, log) = fresh(&config);
        for epoch in [0, 0, 0, 0, 4, 4, 6] {
            let options = crate::AppendOptions { leader_epoch: epoch, ..CLIENT };
            log.append(&mut batch(1), options).unwrap();
        }
        log.sync().unwrap();
        let path = file("leader-epoch-checkpoint");
        assert_eq!(disk.bytes(&path).unwrap(), b"0\n3\n0 0\n4 4\n6 6\n");
        disk.crash(Crash::LoseAll);
        if let Some(bytes) = damage {
            disk.plant(&path, bytes);
        }
        let log = reopened(&disk, &config, 7).unwrap();
        let ends = [0, 3, 4, 6, 7].map(|epoch| log.end_offset_for_epoch(epoch));
        assert_eq!(ends, [Some((0, 4)), Some((0, 4)), Some((4, 6)), Some((6, 7)), None]);
        assert_eq!(disk.bytes(&path).unwrap(), b"0\n3\n0 0\n4 4\n6 6\n");
    }
}

#[test]
fn damage_below_the_recovery_point_shows_when_it_is_read() {
    let (disk, config) = nine();
    change(&disk, &log_file(0), |bytes| bytes[B + 16] = 9);
    let log = reopened(&disk, &config, 9).unwrap();
    let read = log.read(0, ReadLimits { max_bytes: B, ..ALL });
    assert_eq!(headers(read.unwrap()).len(), 1);
    assert!(matches!(log.read(1, ALL), Err(ReadError::Damaged { position: 78, .. })));
    assert_eq!(offsets(&headers(log.read(3, ALL).unwrap())), [3, 4, 5]);
}

#[test]
fn bytes_of_the_files_are_kafkas() {
    let config =
        LogConfig { index_interval_bytes: size(1), segment_bytes: 5 * size(1), ..LogConfig::default() };
    let (disk, log) = fresh(&config);
    for i in 0..6 {
        append(&log, batch_at(NOW + i * 1000, 1));
    }
    log.close().unwrap();
    let hex = |name: &str| {
        let bytes = disk.bytes(&file(name)).unwrap();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    // An entry by the first batch beyond each 78 bytes: batches 2 and 4.
    assert_eq!(hex("00000000000000000000.index"), "000000020000009c0000000400000138");
    let time = |offset: i64| format!("{:016x}{offset:08x}", NOW + offset * 1000);
    assert_eq!(hex("00000000000000000000.timeindex"), time(2) + &time(4));
    assert_eq!(hex("00000000000000000005.index"), "");
    assert_eq!(hex("00000000000000000005.timeindex"), format!("{:016x}00000000", NOW + 5000));
    let expected = [
        "00000000000000000000.index",
        "00000000000000000000.log",
        "00000000000000000000.timeindex",
        "00000000000000000005.index",
        "00000000000000000005.log",
        "00000000000000000005.snapshot",
        "00000000000000000005.timeindex",
        "00000000000000000006.snapshot",
        "leader-epoch-checkpoint",
    ];
    assert_eq!(names(&disk), expected);
    let mut first = batch_at(NOW, 1);
    millstream_wire::records::batch::assign_offset(&mut first, 0, 0).unwrap();
    assert!(disk.bytes(&log_file(0)).unwrap().starts_with(&first as &BytesMut));
}

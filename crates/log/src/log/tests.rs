//! A log in use, on the simulated disk.

mod crashes;
mod faults;
mod lives;
mod misplaced;
mod retention;
mod slices;
mod threads;
mod timestamps;
mod transactions;

use std::sync::Arc;

use crate::disk::Disk;
use crate::fixture::*;
use crate::log::ReadLimits;
use crate::{AppendError, AppendOptions, LogConfig, ReadError};

#[test]
fn offsets_and_epochs_are_written_into_the_batch() {
    let (_disk, log) = fresh(&LogConfig::default());
    append(&log, batch(3));
    let mut second = batch(2);
    let appended = log.append(&mut second, AppendOptions { leader_epoch: 7, ..CLIENT }).unwrap();
    assert_eq!((appended.base_offset, appended.last_offset, appended.duplicate), (3, 4, false));
    let header = &headers(second.freeze())[0];
    assert_eq!((header.base_offset, header.partition_leader_epoch), (3, 7));
    assert_eq!(log.latest_epoch(), Some(7));
    assert_eq!(log.log_end_offset(), 5);
}

#[test]
fn what_is_no_batch_is_refused() {
    let (_disk, log) = fresh(&LogConfig { segment_bytes: 200, ..LogConfig::default() });
    let whole = batch(1);
    let two = [&whole[..], &whole[..]].concat();
    let old = [&whole[..16], &[1], &whole[17..]].concat();
    let table: [(&str, &[u8]); 4] =
        [("nothing", b""), ("half", &whole[..70]), ("two", &two), ("another format", &old)];
    for (what, bytes) in table {
        let refused = log.append(&mut bytes.to_vec(), CLIENT);
        assert!(matches!(refused, Err(AppendError::NotABatch(_))), "{what}: {refused:?}");
    }
    let large = log.append(&mut batch(100), CLIENT);
    assert!(matches!(large, Err(AppendError::TooLarge { limit: 200, .. })));
    assert_eq!((log.log_end_offset(), log.size_in_bytes()), (0, 0));
}

#[test]
fn readers_see_what_is_on_disk_and_with_page_cache_semantics_everything() {
    for (flush_messages, visible) in [(1, 0), (u64::MAX, 1)] {
        let (_disk, log) = fresh(&LogConfig { flush_messages, ..LogConfig::default() });
        let appended = append(&log, batch(1));
        assert_eq!(appended.sync_due, flush_messages == 1);
        assert_eq!((log.high_watermark(), log.durable_offset()), (visible, 0));
        assert_eq!(read_all(&log).len(), usize::try_from(visible).unwrap());
        assert_eq!(log.sync().unwrap(), 1);
        assert_eq!((log.high_watermark(), log.durable_offset()), (1, 1));
    }
}

#[test]
fn a_sync_is_due_after_flush_messages_and_after_a_roll() {
    let config = LogConfig { flush_messages: 4, segment_bytes: 10 * size(2), ..LogConfig::default() };
    let (_disk, log) = fresh(&config);
    let mut due = Vec::new();
    for _ in 0..11 {
        let appended = append(&log, batch(2));
        due.push(appended.sync_due);
        if appended.sync_due && due.len() < 8 {
            log.sync().unwrap();
        }
    }
    assert_eq!(due, [false, true, false, true, false, true, false, true, true, true, true]);
}

#[test]
fn whole_batches_within_the_limits() {
    let config = LogConfig { segment_bytes: 3 * size(2), index_interval_bytes: 1, ..LogConfig::default() };
    let (_disk, log) = fresh(&config);
    for _ in 0..5 {
        append(&log, batch(2));
    }
    log.sync().unwrap();
    let one = size(2) as usize;
    // from, bytes, one at least, upper bound, base offsets read
    let table: &[(i64, usize, bool, i64, &[i64])] = &[
        (0, 10_000, false, 10, &[0, 2, 4]),
        (1, 10_000, false, 10, &[0, 2, 4]),
        (2, 10_000, false, 10, &[2, 4]),
        (5, 10_000, false, 10, &[4]),
        (6, 10_000, false, 10, &[6, 8]),
        (10, 10_000, true, 10, &[]),
        (0, 2 * one, false, 10, &[0, 2]),
        (0, 2 * one - 1, false, 10, &[0]),
        (0, one - 1, false, 10, &[]),
        (0, one - 1, true, 10, &[0]),
        (0, 0, true, 10, &[0]),
        (3, 1, true, 10, &[2]),
        (0, 10_000, true, 4, &[0, 2]),
        (0, 10_000, true, 3, &[0]),
        (0, 10_000, true, 0, &[]),
        (4, 10_000, true, 6, &[4]),
        (4, 10_000, true, 99, &[4]),
    ];
    for (from, max_bytes, min_one_batch, upper_bound, expected) in table {
        let limits =
            ReadLimits { max_bytes: *max_bytes, min_one_batch: *min_one_batch, upper_bound: *upper_bound };
        let read = offsets(&headers(log.read(*from, limits).unwrap()));
        assert_eq!(read, *expected, "from {from}, {limits:?}");
    }
    for outside in [-1, 11] {
        let read = log.read(outside, ALL);
        assert!(
            matches!(read, Err(ReadError::OffsetOutOfRange { log_start_offset: 0, log_end_offset: 10, .. })),
            "{read:?}"
        );
    }
}

#[test]
fn any_offset_is_found_among_batches_of_all_sizes() {
    let config = LogConfig { segment_bytes: 400_000, ..LogConfig::default() };
    let (disk, log) = fresh(&config);
    let mut starts = Vec::new();
    for i in 0..120 {
        let records = [1, 700, 3, 40, 2500][i % 5];
        starts.push(append(&log, batch(records)).base_offset);
    }
    log.sync().unwrap();
    assert!(log.segments().len() > 3);
    let reopened = open(&disk, &config, UNCLEAN).unwrap();
    log.close().unwrap();
    for log in [&log, &reopened] {
        for from in (0..log.log_end_offset()).step_by(97).chain(starts.iter().copied()) {
            let first = headers(log.read(from, ReadLimits { max_bytes: 1, ..ALL }).unwrap())[0];
            assert!(first.base_offset <= from && from <= first.last_offset(), "{from}");
        }
        assert_eq!(offsets(&read_all(log)), starts);
    }
}

#[test]
fn segments_roll_by_size_time_and_index() {
    let default = LogConfig { index_interval_bytes: 1, ..LogConfig::default() };
    let table = [
        ("never", default.clone(), vec![0]),
        ("by size", LogConfig { segment_bytes: 4 * size(1), ..default.clone() }, vec![0, 4, 8]),
        ("by time", LogConfig { segment_ms: 4000, ..default.clone() }, vec![0, 5]),
        ("by index", LogConfig { segment_index_bytes: 5 * 12, ..default }, vec![0, 5]),
    ];
    for (what, config, expected) in table {
        let (_disk, log) = fresh(&config);
        for i in 0..10 {
            append(&log, batch_at(NOW + i * 1000, 1));
        }
        let bases: Vec<i64> = log.segments().iter().map(|(base, _)| *base).collect();
        assert_eq!(bases, expected, "{what}");
        log.sync().unwrap();
        assert_eq!(read_all(&log).len(), 10, "{what}");
    }
}

#[test]
fn a_segment_spans_no_more_offsets_than_its_indexes_can_tell() {
    let (_disk, log) = fresh(&LogConfig::default());
    append(&log, batch(1));
    let mut builder = millstream_wire::records::BatchBuilder::new(millstream_wire::records::Codec::None);
    builder.append_at(i32::MAX, NOW, None, Some(b"the last of 2^31"), &[]).unwrap();
    append(&log, builder.finish().unwrap());
    append(&log, batch(1));
    assert_eq!(log.segments().iter().map(|(base, _)| *base).collect::<Vec<_>>(), [0, 1, (1 << 31) + 1]);
}

#[test]
fn duplicates_get_their_first_offsets() {
    let (_disk, log) = fresh(&LogConfig::default());
    append(&log, batch(10));
    let first = append(&log, sequenced(5, 0, 0, 3));
    append(&log, sequenced(5, 0, 3, 1));
    let again = append(&log, sequenced(5, 0, 0, 3));
    assert_eq!((again.base_offset, again.last_offset), (first.base_offset, first.last_offset));
    assert!(again.duplicate && again.sync_due);
    assert_eq!(log.log_end_offset(), 14);
    log.expire_producers(NOW + 25 * 60 * 60 * 1000);
    assert_eq!(log.producer_count(), 0);
    assert!(!append(&log, sequenced(5, 0, 77, 1)).duplicate, "a forgotten producer starts anywhere");
}

#[test]
fn a_real_directory_holds_the_same() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("t-0");
    let config = small_segments();
    let disk: Arc<dyn Disk> = Arc::new(crate::disk::RealDisk);
    for round in 0..3 {
        let log = crate::Log::open(Arc::clone(&disk), &dir, config.clone(), UNCLEAN).unwrap();
        assert_eq!(log.log_end_offset(), round * 7);
        for sequence in 0..7 {
            append(&log, sequenced(round, 0, sequence, 1));
        }
        assert_eq!(log.sync().unwrap(), round * 7 + 7);
        if round == 1 {
            log.close().unwrap();
        }
    }
    let log = crate::Log::open(disk, &dir, config, UNCLEAN).unwrap();
    assert_eq!(offsets(&read_all(&log)), (0..21).collect::<Vec<_>>());
    assert!(append(&log, sequenced(2, 0, 6, 1)).duplicate);
}

#[test]
fn the_first_sync_puts_the_directory_on_disk_whoever_made_it() {
    for made_before in [false, true] {
        let disk = crate::disk::SimDisk::new();
        if made_before {
            disk.create_dir_all(&dir()).unwrap();
            disk.open(&file("partition.metadata"), crate::disk::Open::Create).unwrap();
        } else {
            disk.create_dir_all(std::path::Path::new("kafka")).unwrap();
        }
        disk.sync_dir(std::path::Path::new("")).unwrap();
        let log = open(&disk, &LogConfig::default(), UNCLEAN).unwrap();
        append(&log, batch(3));
        log.sync().unwrap();
        drop(log);
        disk.crash(crate::disk::Crash::LoseAll);
        let log = open(&disk, &LogConfig::default(), UNCLEAN).unwrap();
        assert_eq!(log.log_end_offset(), 3, "{made_before}");
    }
}

//! A disk that is full, and one that fails.

use crate::disk::Crash;
use crate::fixture::*;
use crate::{AppendError, LogConfig, OpenOptions, WriteError};

#[test]
fn a_full_disk_refuses_writes_until_there_is_space() {
    let config = LogConfig { segment_bytes: 4 * size(1), index_interval_bytes: 1, ..LogConfig::default() };
    let (disk, log) = fresh(&config);
    append(&log, sequenced(1, 0, 0, 1));
    log.sync().unwrap();
    for capacity in 90..700 {
        disk.set_capacity(Some(capacity));
        let end = log.log_end_offset();
        let sequence = i32::try_from(end).unwrap();
        match log.append(&mut sequenced(1, 0, sequence, 1), CLIENT) {
            Ok(appended) => assert_eq!(appended.base_offset, end),
            Err(AppendError::Write(WriteError::DiskFull { .. })) => assert_eq!(log.log_end_offset(), end),
            Err(other) => panic!("{other}"),
        }
        match log.sync() {
            Ok(durable) => assert_eq!(durable, log.log_end_offset()),
            Err(WriteError::DiskFull { .. }) => assert!(log.durable_offset() < log.log_end_offset()),
            Err(other) => panic!("{other}"),
        }
        assert_eq!(i64::try_from(read_all(&log).len()).unwrap(), log.durable_offset(), "reads go on");
    }
    disk.set_capacity(None);
    let end = log.log_end_offset();
    assert!(end >= 5, "{end}");
    assert_eq!(append(&log, sequenced(1, 0, i32::try_from(end).unwrap(), 1)).base_offset, end);
    assert_eq!(log.sync().unwrap(), end + 1);
    disk.crash(Crash::LoseAll);
    let log = open(&disk, &config, OpenOptions { recovery_point: end + 1, ..UNCLEAN }).unwrap();
    assert_eq!(offsets(&read_all(&log)), (0..=end).collect::<Vec<_>>());
    assert!(append(&log, sequenced(1, 0, i32::try_from(end).unwrap(), 1)).duplicate);
}

#[test]
fn a_failed_sync_poisons_for_good_and_acknowledges_nothing() {
    // The snapshot, the epochs and their name, the finished segment and its two indexes, the active one, the directory.
    for nth in 0..8 {
        let config = LogConfig { segment_bytes: 2 * size(1), ..LogConfig::default() };
        let (disk, log) = fresh(&config);
        append(&log, batch(1));
        log.sync().unwrap();
        append(&log, batch(1));
        append(&log, batch(1));
        disk.fail_sync(nth);
        match log.sync() {
            Err(WriteError::Poisoned(_)) => {}
            other => panic!("sync {nth}: {other:?}"),
        }
        assert_eq!((log.durable_offset(), log.high_watermark()), (1, 1), "sync {nth}");
        assert!(log.poisoned().is_some());
        assert!(matches!(log.sync(), Err(WriteError::Poisoned(_))), "never retried");
        assert!(matches!(log.close(), Err(WriteError::Poisoned(_))));
        let refused = log.append(&mut batch(1), CLIENT);
        assert!(matches!(refused, Err(AppendError::Write(WriteError::Poisoned(_)))));
        assert_eq!(offsets(&read_all(&log)), [0], "what was on disk can be read");
        disk.crash(Crash::LoseAll);
        let log = open(&disk, &config, OpenOptions { recovery_point: 1, ..UNCLEAN }).unwrap();
        assert!(log.log_end_offset() >= 1);
        append(&log, batch(1));
        log.sync().unwrap();
    }
}

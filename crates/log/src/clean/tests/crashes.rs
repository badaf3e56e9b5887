//! The power goes before every single operation of appends, rounds and swaps.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::disk::Crash;
use crate::{AppendError, OpenOptions};

/// What was acknowledged: the last value of each key, and how far the log went.
#[derive(Debug, Default, Clone)]
struct Model {
    last: BTreeMap<u8, (i64, String)>,
    end: i64,
    recovery_point: i64,
    cleaned_to: i64,
}

impl Model {
    fn options(&self) -> OpenOptions {
        OpenOptions { recovery_point: self.recovery_point, ..UNCLEAN }
    }

    /// Every key has its last acknowledged value, or a later one; offsets grow; nothing else was cut.
    fn check(&self, log: &Log) {
        assert!(log.log_end_offset() >= self.end, "{} of {}", log.log_end_offset(), self.end);
        let mut found: BTreeMap<u8, (i64, String)> = BTreeMap::new();
        let mut last_offset = -1;
        for word in show(log).split(' ').filter(|word| word.contains(':')) {
            let (offset, record) = word.split_once(':').unwrap();
            let offset: i64 = offset.parse().unwrap();
            assert!(offset > last_offset);
            last_offset = offset;
            found.insert(record.as_bytes()[0], (offset, record.to_owned()));
        }
        for (key, (offset, record)) in &self.last {
            let (at, value) = found.get(key).unwrap_or_else(|| panic!("{} is gone", char::from(*key)));
            assert!(at > offset || value == record, "{record} became {value}");
        }
    }
}

fn script(fails_at: u64, how: Crash) -> u64 {
    let disk = SimDisk::new();
    disk.create_dir_all(&dir()).unwrap();
    disk.sync_dir(Path::new("")).unwrap();
    disk.sync_dir(Path::new("kafka")).unwrap();
    disk.power_fails_at(fails_at);
    let mut model = Model::default();
    for _ in 0..2 {
        let Ok(log) = open(&disk, &config(), model.options()) else { break };
        model.check(&log);
        if steps(&log, &mut model).is_err() {
            break;
        }
    }
    let operations = disk.operations();
    disk.crash(how);
    let log = open(&disk, &config(), model.options()).unwrap();
    model.check(&log);
    // And it goes on: another round over what is there, and another start.
    log.sync().unwrap();
    clean(&log, 0, NOW);
    model.check(&log);
    drop(log);
    disk.crash(Crash::LoseAll);
    model.check(&open(&disk, &config(), model.options()).unwrap());
    operations
}

fn steps(log: &Log, model: &mut Model) -> Result<(), CleanError> {
    let mut unsynced = model.clone();
    for step in 0..9u8 {
        let record = format!("{}{step}", char::from(b'a' + step % 3));
        match log.append(&mut batch_of(&record), CLIENT) {
            Ok(appended) => {
                unsynced.last.insert(record.as_bytes()[0], (appended.base_offset, record));
            }
            Err(AppendError::Write(error)) => return Err(error.into()),
            Err(other) => panic!("{other}"),
        }
        if step % 3 == 2 {
            unsynced.end = log.sync()?;
            *model = unsynced.clone();
        }
        if step % 5 == 4 {
            let cleaned = log.clean(&log.dirt(Some(model.cleaned_to), NOW), options(NOW))?;
            // The checkpoints come now and then only.
            (unsynced.cleaned_to, unsynced.recovery_point) = (cleaned.to, model.end);
            *model = Model { cleaned_to: cleaned.to, recovery_point: model.end, ..model.clone() };
            log.remove_deleted_files(NOW)?;
        }
    }
    Ok(())
}

#[test]
fn no_crash_loses_the_last_record_of_a_key() {
    let operations = script(u64::MAX, Crash::Process);
    assert!(operations > 100, "{operations}");
    for fails_at in 0..operations {
        for how in [Crash::LoseAll, Crash::Tear(fails_at)] {
            script(fails_at, how);
        }
    }
}

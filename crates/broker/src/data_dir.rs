//! The directory itself: its lock, its checkpoints, and whether the last broker left it in order.
//!
//! File names and formats are Apache Kafka's, so that a Kafka broker finds here what it would have written. A
//! checkpoint is replaced by rename, so it is either the old or the new one after a crash.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use millstream_log::checkpoint;
use millstream_log::disk::{Disk, Open};

use crate::error::StartError;
use crate::partition_dir::Claimed;

const LOCK: &str = ".lock";
const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
const LOG_START_OFFSETS: &str = "log-start-offset-checkpoint";
const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";
const CLEANED_TO: &str = "cleaner-offset-checkpoint";

/// A topic's partition.
pub(crate) type TopicPartition = (String, i32);

/// An offset of each partition.
pub(crate) type Offsets = BTreeMap<TopicPartition, i64>;

/// What is known of partitions when it is written down.
pub(crate) type Points = BTreeMap<TopicPartition, Point>;

/// How far a partition is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Point {
    /// Records below it are on disk.
    pub(crate) recovery_point: i64,
    pub(crate) log_start_offset: i64,
    pub(crate) high_watermark: i64,
}

/// An entry of a checkpoint.
enum Found {
    RecoveryPoint(i64),
    LogStart(i64),
}

/// The data directory, locked for this process.
#[derive(Debug)]
pub(crate) struct DataDir {
    pub(crate) path: PathBuf,
    pub(crate) disk: Arc<dyn Disk>,
    _lock: Box<dyn Any + Send + Sync>,
    _held: Held,
}

/// The directories that this process holds: the system's locks, which are of Kafka's kind, are per process.
static HELD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A directory's place in [`HELD`].
#[derive(Debug)]
struct Held(PathBuf);

impl Held {
    fn take(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let taken = HELD.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        if taken { Ok(Self(path)) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// What the last broker has left.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// It was shut down in order.
    pub(crate) clean: bool,
    /// Those of the partitions that there are.
    pub(crate) points: Points,
    /// The files list other partitions too.
    pub(crate) lists_others: bool,
    /// Which directories are whose.
    pub(crate) claimed: Claimed,
}

impl DataDir {
    /// Makes the directory if it is missing, and locks it.
    pub(crate) fn open(path: &Path, disk: Arc<dyn Disk>) -> Result<Self, StartError> {
        let unwritable =
            |source: io::Error| StartError::DirectoryUnwritable { path: path.to_owned(), source };
        disk.create_dir_all(path).map_err(unwritable)?;
        let locked = |error: io::Error| match error.kind() {
            io::ErrorKind::WouldBlock => StartError::DirectoryLocked { path: path.to_owned() },
            _ => unwritable(error),
        };
        let held = Held::take(path).map_err(locked)?;
        let lock = disk.lock(&path.join(LOCK)).map_err(locked)?;
        Ok(Self { path: path.to_owned(), disk, _lock: lock, _held: held })
    }

    /// How the last broker has left the directory. Its checkpoints are looked through and nothing of them is kept:
    /// which partitions there are is not known yet, and a damaged file may list any number.
    pub(crate) fn left(&self) -> Result<Left, StartError> {
        let clean = self.disk.open(&self.path.join(CLEAN_SHUTDOWN), Open::Read).is_ok();
        self.read_points(&mut |_, _, _| {})?;
        Ok(Left { clean, ..Left::default() })
    }

    /// Takes what the checkpoints say of the partitions that are there.
    pub(crate) fn take_points(
        &self,
        left: &mut Left,
        is_there: impl Fn(&str, i32) -> bool,
    ) -> Result<(), StartError> {
        self.read_points(&mut |topic, partition, found| {
            if !is_there(topic, partition) {
                left.lists_others = true;
                return;
            }
            let point = left.points.entry((topic.to_owned(), partition)).or_default();
            match found {
                Found::RecoveryPoint(offset) => {
                    point.recovery_point = offset;
                    // The only one known of a partition that will stay offline: what is on disk was once readable.
                    point.high_watermark = offset;
                }
                Found::LogStart(offset) => point.log_start_offset = offset,
            }
        })
    }

    /// Reads the checkpoints of recovery points and log starts, an entry at a time.
    fn read_points(&self, take: &mut dyn FnMut(&str, i32, Found)) -> Result<(), StartError> {
        const UNKNOWN_POINTS: &str =
            "without it every log is read from its start, and cut at its first damaged batch";
        const UNKNOWN_STARTS: &str =
            "without it records come back that were deleted and whose segments are still there";
        self.read_checkpoint(RECOVERY_POINTS, UNKNOWN_POINTS, |topic, partition, offset| {
            take(topic, partition, Found::RecoveryPoint(offset));
        })?;
        self.read_checkpoint(LOG_START_OFFSETS, UNKNOWN_STARTS, |topic, partition, offset| {
            take(topic, partition, Found::LogStart(offset));
        })
    }

    /// Takes the mark of a clean shutdown away: from here on the directory is in use.
    pub(crate) fn take_over(&self) -> Result<(), StartError> {
        let marker = self.path.join(CLEAN_SHUTDOWN);
        match self.disk.remove_file(&marker).and_then(|()| self.disk.sync_dir(&self.path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            taken => taken.map_err(|source| StartError::DirectoryUnwritable { path: marker, source }),
        }
    }

    /// Writes down how far every partition is.
    pub(crate) fn checkpoint(&self, points: &Points) -> io::Result<()> {
        self.write_checkpoint(RECOVERY_POINTS, points.iter(), |point| point.recovery_point)?;
        self.write_checkpoint(HIGH_WATERMARKS, points.iter(), |point| point.high_watermark)?;
        // Kafka lists only those that do not begin at their first segment; listing all that moved is read the same.
        let moved = points.iter().filter(|(_, point)| point.log_start_offset > 0);
        self.write_checkpoint(LOG_START_OFFSETS, moved, |point| point.log_start_offset)
    }

    /// How far those of these partitions were clean when the last broker wrote it down.
    pub(crate) fn cleaned_to(&self, is_there: impl Fn(&str, i32) -> bool) -> io::Result<Offsets> {
        let mut offsets = Offsets::new();
        checkpoint::read_offsets(&*self.disk, &self.path.join(CLEANED_TO), |topic, partition, offset| {
            if is_there(topic, partition) {
                offsets.insert((topic.to_owned(), partition), offset);
            }
        })?;
        Ok(offsets)
    }

    /// Writes that down.
    pub(crate) fn keep_cleaned_to(&self, offsets: &Offsets) -> io::Result<()> {
        let line =
            |((topic, partition), offset): (&TopicPartition, &i64)| format!("{topic} {partition} {offset}");
        checkpoint::write_lines(&*self.disk, &self.path.join(CLEANED_TO), offsets.iter().map(line))
    }

    /// Says that everything is on disk: the next start scans nothing.
    pub(crate) fn mark_clean(&self, broker_epoch: i64) -> io::Result<()> {
        let marker = format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}");
        checkpoint::replace(&*self.disk, &self.path.join(CLEAN_SHUTDOWN), marker.as_bytes())
    }

    fn read_checkpoint(
        &self,
        name: &str,
        without: &'static str,
        take: impl FnMut(&str, i32, i64),
    ) -> Result<(), StartError> {
        let path = self.path.join(name);
        checkpoint::read_offsets(&*self.disk, &path, take).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => {
                StartError::DamagedCheckpoint { path, reason: error.to_string(), without }
            }
            _ => StartError::DirectoryUnwritable { path, source: error },
        })
    }

    fn write_checkpoint<'a>(
        &self,
        name: &str,
        points: impl Iterator<Item = (&'a TopicPartition, &'a Point)>,
        offset: fn(&Point) -> i64,
    ) -> io::Result<()> {
        let line = |((topic, partition), point): (&TopicPartition, &Point)| {
            format!("{topic} {partition} {}", offset(point))
        };
        let lines: Vec<String> = points.map(line).collect();
        checkpoint::write_lines(&*self.disk, &self.path.join(name), lines.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use millstream_log::disk::SimDisk;

    use super::*;

    #[test]
    fn checkpoints_go_there_and_back() {
        let directory = DataDir::open(Path::new("data_dir"), Arc::new(SimDisk::new())).unwrap();
        let point = |recovery_point, log_start_offset| Point {
            recovery_point,
            log_start_offset,
            high_watermark: recovery_point,
        };
        let points: Points =
            [(("a".to_owned(), 0), point(7, 0)), (("b-c".to_owned(), 1), point(9, 3))].into_iter().collect();
        directory.checkpoint(&points).unwrap();
        assert!(!directory.left().unwrap().clean);
        directory.mark_clean(5).unwrap();
        let mut left = directory.left().unwrap();
        assert!(left.clean && left.points.is_empty());
        directory.take_points(&mut left, |_, _| true).unwrap();
        assert_eq!((left.points, left.lists_others), (points, false));
        directory.take_over().unwrap();
        assert!(!directory.left().unwrap().clean, "the mark holds for one start");
        directory.take_over().unwrap();
    }

    #[test]
    fn of_a_checkpoint_only_what_there_is_is_kept() {
        let disk = SimDisk::new();
        let directory = DataDir::open(Path::new("strangers"), Arc::new(disk.clone())).unwrap();
        let file = |name: &str, text: &str| disk.plant(&Path::new("strangers").join(name), text.as_bytes());
        file(RECOVERY_POINTS, "0\n3\na 0 7\nb 0 8\na 1 9\n");
        file(CLEANED_TO, "0\n2\na 0 5\nb 0 6\n");
        let is_there = |topic: &str, partition: i32| (topic, partition) == ("a", 0);
        let mut left = directory.left().unwrap();
        directory.take_points(&mut left, is_there).unwrap();
        let kept: Vec<_> =
            left.points.iter().map(|(key, point)| (key.clone(), point.recovery_point)).collect();
        assert_eq!(kept, [(("a".to_owned(), 0), 7)]);
        assert!(left.lists_others);
        assert_eq!(directory.cleaned_to(is_there).unwrap(), Offsets::from([(("a".to_owned(), 0), 5)]));
        file(LOG_START_OFFSETS, "0\n2\na 0 7\n");
        assert!(matches!(directory.left(), Err(StartError::DamagedCheckpoint { .. })));
    }
}

//! The directory itself: its lock, its checkpoints, and whether the last broker left it in order.
//!
//! File names and formats are Apache Kafka's, so that a Kafka broker finds here what it would have written. A
//! checkpoint is replaced by rename, so it is either the old or the new one after a crash.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use millstream_log::disk::{Disk, Open};

use crate::error::StartError;

const LOCK: &str = ".lock";
const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
const LOG_START_OFFSETS: &str = "log-start-offset-checkpoint";
const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";
/// A checkpoint of so many bytes is not one.
const CHECKPOINT_MAX: usize = 64 << 20;

/// A topic's partition.
pub(crate) type TopicPartition = (String, i32);

/// Offsets by partition.
pub(crate) type Offsets = HashMap<TopicPartition, i64>;

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
    pub(crate) recovery_points: Offsets,
    pub(crate) log_start_offsets: Offsets,
}

/// What is known of a partition when it is written down.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) partition: TopicPartition,
    pub(crate) recovery_point: i64,
    pub(crate) log_start_offset: i64,
    pub(crate) high_watermark: i64,
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

    /// Reads what the last broker has left, and takes its mark of a clean shutdown away: from here on the directory
    /// is in use.
    pub(crate) fn take_over(&self) -> Result<Left, StartError> {
        let marker = self.path.join(CLEAN_SHUTDOWN);
        let clean = self.disk.open(&marker, Open::Read).is_ok();
        let left = Left {
            clean,
            recovery_points: self.read_checkpoint(RECOVERY_POINTS)?,
            log_start_offsets: self.read_checkpoint(LOG_START_OFFSETS)?,
        };
        if clean {
            self.disk
                .remove_file(&marker)
                .and_then(|()| self.disk.sync_dir(&self.path))
                .map_err(|source| StartError::DirectoryUnwritable { path: marker, source })?;
        }
        Ok(left)
    }

    /// Writes down how far every partition is.
    pub(crate) fn checkpoint(&self, points: &[Point]) -> io::Result<()> {
        self.write_checkpoint(RECOVERY_POINTS, points, |point| point.recovery_point)?;
        self.write_checkpoint(HIGH_WATERMARKS, points, |point| point.high_watermark)?;
        // Kafka lists only those that do not begin at their first segment; listing all that moved is read the same.
        let moved: Vec<Point> = points.iter().filter(|point| point.log_start_offset > 0).cloned().collect();
        self.write_checkpoint(LOG_START_OFFSETS, &moved, |point| point.log_start_offset)
    }

    /// Says that everything is on disk: the next start scans nothing.
    pub(crate) fn mark_clean(&self, broker_epoch: i64) -> io::Result<()> {
        let marker = format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}");
        self.replace(CLEAN_SHUTDOWN, marker.as_bytes())
    }

    fn read_checkpoint(&self, name: &str) -> Result<Offsets, StartError> {
        let path = self.path.join(name);
        let bytes = match self.disk.open(&path, Open::Read) {
            Ok(file) => {
                let mut bytes = Vec::new();
                let read = file.read_at(&mut bytes, CHECKPOINT_MAX, 0);
                read.map_err(|source| StartError::DirectoryUnwritable { path: path.clone(), source })?;
                bytes
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Offsets::new()),
            Err(source) => return Err(StartError::DirectoryUnwritable { path, source }),
        };
        let text = String::from_utf8_lossy(&bytes);
        parse_checkpoint(&text).map_err(|reason| StartError::Damaged { path, reason })
    }

    fn write_checkpoint(&self, name: &str, points: &[Point], offset: fn(&Point) -> i64) -> io::Result<()> {
        let mut text = format!("0\n{}\n", points.len());
        for point in points {
            let (topic, partition) = &point.partition;
            // Writing to a string does not fail.
            let _ = writeln!(text, "{topic} {partition} {}", offset(point));
        }
        self.replace(name, text.as_bytes())
    }

    /// Puts a whole new file in the place of `name`.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (path, temporary) = (self.path.join(name), self.path.join(format!("{name}.tmp")));
        let file = self.disk.open(&temporary, Open::Create)?;
        file.set_len(0)?;
        file.write_at(bytes, 0)?;
        file.sync_data()?;
        self.disk.rename(&temporary, &path)?;
        self.disk.sync_dir(&self.path)
    }
}

/// Kafka's checkpoint: a version, how many lines, then `topic partition offset` a line.
fn parse_checkpoint(text: &str) -> Result<Offsets, String> {
    let mut lines = text.lines();
    if lines.next() != Some("0") {
        return Err("its first line is not the version 0".to_owned());
    }
    let count: usize = lines
        .next()
        .and_then(|count| count.parse().ok())
        .ok_or_else(|| "its second line is not a number of entries".to_owned())?;
    let mut offsets = Offsets::new();
    for (number, line) in lines.by_ref().take(count).enumerate() {
        let entry = parse_entry(line)
            .ok_or_else(|| format!("line {} is not 'topic partition offset'", number + 3))?;
        offsets.insert(entry.0, entry.1);
    }
    if offsets.len() != count || lines.next().is_some() {
        return Err(format!("it says that it has {count} entries, and has {}", text.lines().count() - 2));
    }
    Ok(offsets)
}

fn parse_entry(line: &str) -> Option<(TopicPartition, i64)> {
    let mut words = line.split_ascii_whitespace();
    let (topic, partition, offset) =
        (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.next().is_none().then(|| ((topic.to_owned(), partition), offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints() {
        let entry = |topic: &str, partition, offset| ((topic.to_owned(), partition), offset);
        assert_eq!(parse_checkpoint("0\n0\n"), Ok(Offsets::new()));
        assert_eq!(
            parse_checkpoint("0\n2\na 0 7\nb-c 1 0\n"),
            Ok([entry("a", 0, 7), entry("b-c", 1, 0)].into_iter().collect())
        );
        for damaged in
            ["", "1\n0\n", "0\nx\n", "0\n1\n", "0\n1\na 0\n", "0\n1\na 0 1 2\n", "0\n1\na 0 1\nb 0 1\n"]
        {
            assert!(parse_checkpoint(damaged).is_err(), "{damaged:?}");
        }
    }
}

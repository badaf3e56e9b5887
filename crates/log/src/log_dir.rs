//! A broker's log directory: a directory per partition, and the files that speak of all of them.
//!
//! One process at a time holds it, by `.lock`. The checkpoints say how much of each log need not be scanned after a
//! crash; an entry stays until its partition is deleted, also while the partition is offline.

mod clean_shutdown;
mod meta_properties;
mod partition_metadata;
mod properties;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

pub use meta_properties::{Id, MetaProperties};

use crate::checkpoint;
use crate::config::LogConfig;
use crate::disk::Disk;
use crate::error::OpenError;
use crate::lock;
use crate::log::{Log, OpenOptions};
use crate::topic_partition::TopicPartition;

const LOCK: &str = ".lock";
/// Threads that close logs at the same time: closing waits for the disk.
const CLOSERS: usize = 8;

/// A log directory, held by this process.
pub struct LogDir {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    meta: MetaProperties,
    clean: bool,
    last_broker_epoch: Option<i64>,
    state: Mutex<State>,
    /// Held while checkpoints are written; taken before the state's lock.
    checkpoint_turn: Mutex<()>,
    _lock: Box<dyn Any + Send + Sync>,
}

#[derive(Default)]
struct State {
    logs: BTreeMap<TopicPartition, Arc<Log>>,
    checkpoints: BTreeMap<TopicPartition, Checkpoint>,
}

/// What the checkpoint files say of one partition.
#[derive(Debug, Clone, Copy, Default)]
struct Checkpoint {
    recovery_point: Option<i64>,
    log_start: Option<i64>,
    high_watermark: Option<i64>,
}

/// One of the files, and its place in a [`Checkpoint`].
type CheckpointFile = (&'static str, fn(&mut Checkpoint) -> &mut Option<i64>);

const CHECKPOINTS: [CheckpointFile; 3] = [
    ("recovery-point-offset-checkpoint", |checkpoint| &mut checkpoint.recovery_point),
    ("log-start-offset-checkpoint", |checkpoint| &mut checkpoint.log_start),
    ("replication-offset-checkpoint", |checkpoint| &mut checkpoint.high_watermark),
];

/// Why a log directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogDirError {
    /// Another process has it.
    #[error("{} is in use by another broker; stop that one, or choose another directory", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// `meta.properties` is not what it should be.
    #[error("{}: {reason}", path.display())]
    Meta {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It is the directory of another broker or cluster.
    #[error("{} belongs to {key} {found}, not to {wanted}; choose another directory, or that {key}", path.display())]
    NotOurs {
        /// The directory.
        path: PathBuf,
        /// What differs: `cluster.id` or `node.id`.
        key: &'static str,
        /// What the directory says.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// The partition's directory is a left-over of another topic of the same name.
    #[error("{} belongs to topic id {found}, not to {wanted}; move it out of the log directory", path.display())]
    OtherTopic {
        /// The directory.
        path: PathBuf,
        /// The id in its `partition.metadata`.
        found: Id,
        /// The id that the topic has now.
        wanted: Id,
    },
    /// A checkpoint is damaged.
    #[error("{}: {reason}. Without this file every log is scanned from its start: remove it to have that done", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A log could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// An error of the disk.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl LogDirError {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_path_buf(), source }
    }
}

impl LogDir {
    /// Takes the directory, making it with this identity if it is new. See [`MetaProperties::read`] for the identity
    /// of one that exists.
    ///
    /// # Errors
    /// [`LogDirError`]; nothing was changed but a marker of a clean stop, which is gone.
    pub fn open(disk: Arc<dyn Disk>, path: &Path, meta: MetaProperties) -> Result<Self, LogDirError> {
        disk.create_dir_all(path).map_err(|source| LogDirError::io(path, source))?;
        let lock_path = path.join(LOCK);
        let held = disk.lock(&lock_path).map_err(|source| match source.kind() {
            io::ErrorKind::WouldBlock => LogDirError::Locked { path: lock_path.clone() },
            _ => LogDirError::io(&lock_path, source),
        })?;
        let meta = claim(&*disk, path, meta)?;
        let state = State { logs: BTreeMap::new(), checkpoints: read_checkpoints(&*disk, path)? };
        let marker = clean_shutdown::take(&*disk, path).map_err(|source| LogDirError::io(path, source))?;
        let dir = Self {
            disk,
            path: path.to_path_buf(),
            meta,
            clean: marker.is_some(),
            last_broker_epoch: marker.flatten(),
            state: Mutex::new(state),
            checkpoint_turn: Mutex::new(()),
            _lock: held,
        };
        dir.remove_deleted()?;
        Ok(dir)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whose it is.
    pub fn meta(&self) -> &MetaProperties {
        &self.meta
    }

    /// Whether the last broker stopped in order.
    pub fn was_clean(&self) -> bool {
        self.clean
    }

    /// The epoch of the broker that stopped in order last.
    pub fn last_broker_epoch(&self) -> Option<i64> {
        self.last_broker_epoch
    }

    /// The partitions that have a directory here, with the topic's id if the directory knows it.
    ///
    /// # Errors
    /// [`LogDirError::Io`].
    pub fn partitions(&self) -> Result<Vec<(TopicPartition, Option<Id>)>, LogDirError> {
        let entries = self.disk.list(&self.path).map_err(|source| LogDirError::io(&self.path, source))?;
        let mut found = Vec::new();
        for entry in entries.iter().filter(|entry| entry.is_dir) {
            if let Some(partition) = TopicPartition::from_dir_name(&entry.name) {
                let dir = self.path.join(&entry.name);
                let id = partition_metadata::read(&*self.disk, &dir)
                    .map_err(|source| LogDirError::io(&dir, source))?;
                found.push((partition, id));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Opens a partition's log, making it if it is new, and writes the topic's id beside it if that is not there.
    ///
    /// # Errors
    /// [`LogDirError::Open`] and [`LogDirError::OtherTopic`]: the partition is offline; [`LogDirError::Io`].
    pub fn open_log(
        &self,
        partition: &TopicPartition,
        topic_id: Option<Id>,
        config: LogConfig,
        now_ms: i64,
    ) -> Result<Arc<Log>, LogDirError> {
        if let Some(log) = self.log(partition) {
            return Ok(log);
        }
        let dir = self.path.join(partition.to_string());
        let known = lock(&self.state).checkpoints.get(partition).copied().unwrap_or_default();
        let options = OpenOptions {
            recovery_point: known.recovery_point.unwrap_or(0),
            log_start_offset: known.log_start.unwrap_or(0),
            clean: self.clean,
            now_ms,
        };
        let failed = |source| LogDirError::io(&dir, source);
        let found = partition_metadata::read(&*self.disk, &dir).map_err(failed)?;
        if let (Some(found), Some(wanted)) = (found, topic_id)
            && found != wanted
        {
            return Err(LogDirError::OtherTopic { path: dir, found, wanted });
        }
        let log = Arc::new(Log::open(Arc::clone(&self.disk), &dir, config, options)?);
        if let Some(id) = topic_id.filter(|_| found.is_none()) {
            log.also_sync(partition_metadata::write(&*self.disk, &dir, id).map_err(failed)?);
        }
        lock(&self.state).logs.insert(partition.clone(), Arc::clone(&log));
        Ok(log)
    }

    /// The log of a partition, if it is open.
    pub fn log(&self, partition: &TopicPartition) -> Option<Arc<Log>> {
        lock(&self.state).logs.get(partition).cloned()
    }

    /// All open logs.
    pub fn logs(&self) -> Vec<(TopicPartition, Arc<Log>)> {
        lock(&self.state).logs.iter().map(|(name, log)| (name.clone(), Arc::clone(log))).collect()
    }

    /// Renames the partition's directory away, so that the name is free at once; [`Self::remove_deleted`] removes it.
    /// `unique` is the topic's id, or another one that was never used. The log takes no more appends.
    ///
    /// # Errors
    /// [`LogDirError::Io`].
    pub fn delete_log(&self, partition: &TopicPartition, unique: Id) -> Result<(), LogDirError> {
        let _turn = lock(&self.checkpoint_turn);
        let (known, rest) = {
            let mut state = lock(&self.state);
            if let Some(log) = state.logs.remove(partition) {
                log.abandon();
            }
            (state.checkpoints.remove(partition), state.checkpoints.clone())
        };
        // First, or a topic of the same name would be missed after a crash as if it had been damaged.
        if known.is_some() {
            self.write_checkpoints(rest)?;
        }
        let from = self.path.join(partition.to_string());
        let to = self.path.join(partition.deleted_dir_name(&unique.hex()));
        self.disk.rename(&from, &to).map_err(|source| LogDirError::io(&from, source))?;
        self.disk.sync_dir(&self.path).map_err(|source| LogDirError::io(&self.path, source))
    }

    /// Removes the directories of deleted partitions. May take a while; no lock is held.
    ///
    /// # Errors
    /// [`LogDirError::Io`]; the next call goes on.
    pub fn remove_deleted(&self) -> Result<(), LogDirError> {
        let entries = self.disk.list(&self.path).map_err(|source| LogDirError::io(&self.path, source))?;
        for entry in entries.iter().filter(|entry| entry.is_dir && entry.name.ends_with("-delete")) {
            let dir = self.path.join(&entry.name);
            self.disk.remove_dir_all(&dir).map_err(|source| LogDirError::io(&dir, source))?;
        }
        Ok(())
    }

    /// Notes how far each log is on disk, where it starts and what its high watermark is. Call it every
    /// `log.flush.offset.checkpoint.interval.ms`, and after DeleteRecords.
    ///
    /// # Errors
    /// [`LogDirError::Io`].
    pub fn checkpoint(&self) -> Result<(), LogDirError> {
        let _turn = lock(&self.checkpoint_turn);
        let mut now = BTreeMap::new();
        for (name, log) in self.logs() {
            let checkpoint = Checkpoint {
                // Before the recovery point, so that it is never above it.
                high_watermark: Some(log.high_watermark()),
                log_start: Some(log.log_start_offset()),
                recovery_point: Some(log.durable_offset()),
            };
            now.insert(name, checkpoint);
        }
        let all = {
            let mut state = lock(&self.state);
            state.checkpoints.extend(now);
            state.checkpoints.clone()
        };
        self.write_checkpoints(all)
    }

    /// Closes every log, writes the checkpoints and, if all went well, leaves the marker of a clean stop.
    ///
    /// # Errors
    /// [`LogDirError::Io`]; the next open scans.
    pub fn close(&self, broker_epoch: i64) -> Result<(), LogDirError> {
        let logs = self.logs();
        let chunk = logs.len().div_ceil(CLOSERS).max(1);
        let all_closed = thread::scope(|scope| {
            let closers: Vec<_> = logs
                .chunks(chunk)
                .map(|logs| scope.spawn(|| logs.iter().all(|(name, log)| close_one(name, log))))
                .collect();
            closers.into_iter().all(|closer| closer.join().unwrap_or(false))
        });
        self.checkpoint()?;
        if all_closed {
            clean_shutdown::leave(&*self.disk, &self.path, broker_epoch)
                .map_err(|source| LogDirError::io(&self.path, source))?;
        }
        Ok(())
    }

    fn write_checkpoints(&self, mut all: BTreeMap<TopicPartition, Checkpoint>) -> Result<(), LogDirError> {
        for (name, place) in CHECKPOINTS {
            let path = self.path.join(name);
            let lines: Vec<String> = all
                .iter_mut()
                .filter_map(|(name, checkpoint)| {
                    let offset = (*place(checkpoint))?;
                    Some(format!("{} {} {offset}", name.topic, name.partition))
                })
                .collect();
            checkpoint::write_lines(&*self.disk, &path, lines.into_iter())
                .map_err(|source| LogDirError::io(&path, source))?;
        }
        Ok(())
    }
}

fn claim(disk: &dyn Disk, path: &Path, wanted: MetaProperties) -> Result<MetaProperties, LogDirError> {
    let Some(found) = MetaProperties::read(disk, path)? else {
        wanted.write(disk, path).map_err(|source| LogDirError::io(path, source))?;
        return Ok(wanted);
    };
    let differs = if found.cluster_id != wanted.cluster_id {
        Some(("cluster.id", found.cluster_id.clone(), wanted.cluster_id))
    } else if found.node_id != wanted.node_id {
        Some(("node.id", found.node_id.to_string(), wanted.node_id.to_string()))
    } else {
        None
    };
    match differs {
        Some((key, found, wanted)) => {
            Err(LogDirError::NotOurs { path: path.to_path_buf(), key, found, wanted })
        }
        None => Ok(found),
    }
}

fn close_one(name: &TopicPartition, log: &Log) -> bool {
    log.close()
        .inspect_err(|error| tracing::error!(%name, %error, "the log could not be closed in order"))
        .is_ok()
}

fn read_checkpoints(
    disk: &dyn Disk,
    dir: &Path,
) -> Result<BTreeMap<TopicPartition, Checkpoint>, LogDirError> {
    let mut all: BTreeMap<TopicPartition, Checkpoint> = BTreeMap::new();
    for (name, place) in CHECKPOINTS {
        let path = dir.join(name);
        let entries =
            checkpoint::read_lines(disk, &path, parse_offset).map_err(|source| match source.kind() {
                io::ErrorKind::InvalidData => {
                    LogDirError::Checkpoint { path: path.clone(), reason: source.to_string() }
                }
                _ => LogDirError::io(&path, source),
            })?;
        for (partition, offset) in entries {
            *place(all.entry(partition).or_default()) = Some(offset);
        }
    }
    Ok(all)
}

fn parse_offset(line: &str) -> Option<(TopicPartition, i64)> {
    let mut words = line.split_whitespace();
    let partition = TopicPartition::new(words.next()?, words.next()?.parse().ok()?);
    let offset = words.next()?.parse().ok().filter(|offset| *offset >= 0)?;
    words.next().is_none().then_some((partition, offset))
}

impl fmt::Debug for LogDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogDir").field("path", &self.path).field("meta", &self.meta).finish_non_exhaustive()
    }
}

//! A context's budget for blocks: so much memory, then files in a directory of its own, which goes with the context.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::warn;
use uuid::Uuid;

use super::Writer;
use crate::error::JobError;

/// Counts what blocks hold, and says where they go.
#[derive(Debug)]
pub(crate) struct Store {
    memory_limit: u64,
    spill_limit: u64,
    memory: AtomicU64,
    spilled: AtomicU64,
    next_file: AtomicU64,
    parent: PathBuf,
    directory: OnceLock<PathBuf>,
}

impl Store {
    /// A budget of bytes in memory and in files below `parent`.
    pub(crate) fn new(memory_limit: u64, spill_limit: u64, parent: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            memory_limit,
            spill_limit,
            memory: AtomicU64::new(0),
            spilled: AtomicU64::new(0),
            next_file: AtomicU64::new(0),
            parent,
            directory: OnceLock::new(),
        })
    }

    /// A block to be written.
    pub(crate) fn writer(self: &Arc<Self>) -> Writer {
        Writer::new(Arc::clone(self))
    }

    /// Counts `bytes` in memory; false when that is over the budget (they are counted all the same: the caller moves
    /// to a file at once).
    pub(super) fn reserve_memory(&self, bytes: u64) -> bool {
        self.memory.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= self.memory_limit
    }

    pub(super) fn release_memory(&self, bytes: u64) {
        self.memory.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Counts `bytes` in files.
    pub(super) fn reserve_file(&self, bytes: u64) -> Result<(), JobError> {
        let spilled = self.spilled.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if spilled <= self.spill_limit {
            return Ok(());
        }
        self.spilled.fetch_sub(bytes, Ordering::Relaxed);
        Err(JobError::Limit(format!(
            "the data of this SparkContext is larger than {} MiB in memory and {} MiB in files: \
             unpersist what is no longer used, or work on less at once",
            self.memory_limit >> 20,
            self.spill_limit >> 20
        )))
    }

    pub(super) fn release_file(&self, path: &Path, bytes: u64) {
        self.spilled.fetch_sub(bytes, Ordering::Relaxed);
        if let Err(error) = std::fs::remove_file(path) {
            warn!(path = %path.display(), %error, "a spilled block could not be removed");
        }
    }

    /// A new file for a spilled block, readable by this user only.
    pub(super) fn create_file(&self) -> Result<(File, PathBuf), JobError> {
        let directory = self.directory()?;
        let path = directory.join(self.next_file.fetch_add(1, Ordering::Relaxed).to_string());
        let file = OpenOptions::new().create_new(true).append(true).mode(0o600).open(&path);
        file.map(|file| (file, path.clone())).map_err(|error| JobError::file(&path, &error))
    }

    fn directory(&self) -> Result<&Path, JobError> {
        if let Some(directory) = self.directory.get() {
            return Ok(directory);
        }
        let directory = self.parent.join(format!("millstream-blocks-{}", Uuid::new_v4()));
        DirBuilder::new()
            .mode(0o700)
            .create(&directory)
            .map_err(|error| JobError::file(&directory, &error))?;
        // Another thread may have been first: its directory is used, ours goes.
        let ours = directory.clone();
        let used = self.directory.get_or_init(|| directory);
        if *used != ours {
            drop(std::fs::remove_dir(&ours));
        }
        Ok(used)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(directory) = self.directory.get() {
            match std::fs::remove_dir_all(directory) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    warn!(path = %directory.display(), %error, "the directory of spilled blocks could not be removed");
                }
                _ => {}
            }
        }
    }
}

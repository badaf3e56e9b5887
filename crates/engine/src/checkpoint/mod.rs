//! The checkpoint of a query, in Spark's shape: `metadata`, `sources/`, `offsets/N`, `commits/N`, `state/`.
//!
//! Each file is written beside its place, synced, renamed into it, and its directory synced: a file that is there is
//! whole. A query without a checkpoint location keeps nothing: it cannot be started again, so nobody would read it.

mod commit_log;
pub(crate) mod durable;
mod metadata;
mod offset_log;
mod operators;
mod state_files;

pub(crate) use commit_log::CommitLog;
pub(crate) use metadata::QueryMetadata;
pub(crate) use offset_log::{OffsetLog, OffsetSeq};
pub(crate) use state_files::StateFiles;

use std::path::{Path, PathBuf};

use crate::EngineError;

/// Batches whose offsets, commits and state are kept (`spark.sql.streaming.minBatchesToRetain`).
pub(crate) const RETAINED: u64 = 100;

/// Where a query's checkpoint lies, if it has one.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    directory: Option<PathBuf>,
}

impl Checkpoint {
    /// A checkpoint in a directory (made if it is not there), or none.
    pub(crate) fn open(directory: Option<PathBuf>) -> Result<Self, EngineError> {
        if let Some(directory) = &directory {
            for part in ["offsets", "commits", "sources", "state"] {
                durable::create_dir(&directory.join(part))?;
            }
        }
        Ok(Self { directory })
    }

    fn path(&self, part: &str) -> Option<PathBuf> {
        self.directory.as_ref().map(|directory| directory.join(part))
    }

    /// The query's id: as kept, else a new one that is kept now.
    pub(crate) fn metadata(&self) -> Result<QueryMetadata, EngineError> {
        QueryMetadata::open(self.path("metadata"))
    }

    /// The log of batches begun.
    pub(crate) fn offsets(&self) -> OffsetLog {
        OffsetLog::new(self.path("offsets"))
    }

    /// The log of batches done.
    pub(crate) fn commits(&self) -> CommitLog {
        CommitLog::new(self.path("commits"))
    }

    /// The files of one table of a stateful operator.
    pub(crate) fn state(&self, operator: usize, table: &str) -> Result<StateFiles, EngineError> {
        let slash = if table.is_empty() { "" } else { "/" };
        StateFiles::open(self.path(&format!("state/{operator}/0{slash}{table}")))
    }

    /// Where source `index` may keep a log of its own.
    pub(crate) fn source_directory(&self, index: usize) -> Option<PathBuf> {
        self.path(&format!("sources/{index}"))
    }

    /// Where source `index` began, if that was kept.
    pub(crate) fn source_start(&self, index: usize) -> Result<Option<String>, EngineError> {
        let Some(path) = self.path(&format!("sources/{index}/0")) else { return Ok(None) };
        let Some(text) = durable::read(&path)? else { return Ok(None) };
        let body = text.strip_prefix("v1\n").ok_or_else(|| damaged(&path, "it does not begin with v1"))?;
        Ok(Some(body.trim_end().to_owned()))
    }

    /// Keeps where source `index` begins.
    pub(crate) fn keep_source_start(&self, index: usize, start: &str) -> Result<(), EngineError> {
        let Some(path) = self.path(&format!("sources/{index}/0")) else { return Ok(()) };
        durable::write(&path, format!("v1\n{start}").as_bytes())
    }
}

/// A file of the checkpoint that cannot be understood.
pub(crate) fn damaged(path: &Path, why: &str) -> EngineError {
    EngineError::execution(format!(
        "The checkpoint file {} is damaged: {why}. Restore it from a copy, or start with a new checkpointLocation.",
        path.display()
    ))
}

/// The numbers that name files in a directory, ascending; other names are passed over.
pub(crate) fn numbered(directory: &Path, suffix: &str) -> Result<Vec<u64>, EngineError> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(EngineError::io(directory, &error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(|error| EngineError::io(directory, &error))?.file_name();
        if let Some(number) = name.to_str().and_then(|n| n.strip_suffix(suffix)?.parse().ok()) {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

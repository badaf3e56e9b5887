//! `_spark_metadata`: the list of files that the file sink has committed. A reader of the directory believes it, not the
//! directory: files of batches that were begun and not committed are not in it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{CompactLog, from_uri, to_uri};
use crate::EngineError;
use crate::checkpoint::damaged;

const NAME: &str = "_spark_metadata";

/// One file, in Spark's form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    path: String,
    size: u64,
    is_dir: bool,
    modification_time: i64,
    block_replication: u32,
    block_size: u64,
    action: String,
}

/// The log of a directory.
#[derive(Debug)]
pub(crate) struct SinkLog {
    log: CompactLog,
    place: PathBuf,
}

impl SinkLog {
    /// The log of a directory, to be written.
    pub(crate) fn of(directory: &Path) -> Self {
        let place = directory.join(NAME);
        Self { log: CompactLog::new(Some(place.clone())), place }
    }

    /// The log of a directory, if it has one.
    pub(crate) fn find(directory: &Path) -> Option<Self> {
        directory.join(NAME).is_dir().then(|| Self::of(directory))
    }

    /// The last batch that is committed.
    pub(crate) fn latest(&self) -> Result<Option<u64>, EngineError> {
        self.log.latest()
    }

    /// Commits a batch's files (path, bytes, time of change in milliseconds since 1970).
    pub(crate) fn add(&self, batch: u64, files: &[(PathBuf, u64, i64)]) -> Result<(), EngineError> {
        let entries = files.iter().map(|(path, size, modified_ms)| {
            let entry = Entry {
                path: to_uri(path),
                size: *size,
                is_dir: false,
                modification_time: *modified_ms,
                block_replication: 1,
                block_size: 33_554_432,
                action: "add".to_owned(),
            };
            serde_json::to_string(&entry).unwrap_or_default()
        });
        self.log.add(batch, &entries.collect::<Vec<_>>())
    }

    /// The committed files (path, bytes, time of change).
    pub(crate) fn files(&self) -> Result<Vec<(PathBuf, u64, i64)>, EngineError> {
        let mut files = Vec::new();
        for line in self.log.all()? {
            let entry: Entry =
                serde_json::from_str(&line).map_err(|error| damaged(&self.place, &error.to_string()))?;
            let path = from_uri(&entry.path);
            if entry.action == "delete" {
                files.retain(|(other, _, _)| *other != path);
            } else {
                files.push((path, entry.size, entry.modification_time));
            }
        }
        Ok(files)
    }
}

//! The files that a query has taken, by entry of the log; those older than `maxFileAge` behind the newest are forgotten.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::files::{CompactLog, FileEntry, Place, from_uri, to_uri};

/// One file of an entry, in Spark's form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    path: String,
    timestamp: i64,
    batch_id: u64,
}

/// The log, and what is needed of it in memory.
#[derive(Debug)]
pub(super) struct SeenFiles {
    log: CompactLog,
    name_only: bool,
    max_age_ms: i64,
    times: HashMap<String, i64>,
    newest_ms: i64,
    forgotten_before_ms: i64,
    latest: Option<u64>,
    /// Entries of batches that are not done.
    waiting: BTreeMap<u64, Vec<FileEntry>>,
}

impl SeenFiles {
    /// Reads the log.
    ///
    /// # Errors
    /// It is damaged.
    pub(super) fn open(log: CompactLog, name_only: bool, max_age_ms: i64) -> Result<Self, EngineError> {
        let mut seen = Self {
            latest: log.latest()?,
            log,
            name_only,
            max_age_ms,
            times: HashMap::new(),
            newest_ms: 0,
            forgotten_before_ms: 0,
            waiting: BTreeMap::new(),
        };
        for line in seen.lines()? {
            let key = seen.key(&line.path);
            seen.note(key, line.timestamp);
        }
        seen.forget();
        Ok(seen)
    }

    fn lines(&self) -> Result<Vec<Line>, EngineError> {
        let read =
            |line: &String| serde_json::from_str(line).map_err(|_| EngineError::other_source("file", line));
        self.log.all()?.iter().map(read).collect()
    }

    fn key(&self, uri: &str) -> String {
        if self.name_only { uri.rsplit('/').next().unwrap_or(uri).to_owned() } else { uri.to_owned() }
    }

    fn note(&mut self, key: String, time_ms: i64) {
        self.times.insert(key, time_ms);
        self.newest_ms = self.newest_ms.max(time_ms);
    }

    fn forget(&mut self) {
        let limit = self.newest_ms.saturating_sub(self.max_age_ms);
        self.forgotten_before_ms = limit;
        self.times.retain(|_, time_ms| *time_ms >= limit);
    }

    /// The last entry.
    pub(super) fn latest(&self) -> Option<u64> {
        self.latest
    }

    /// Whether a file has not been taken and is not too old to know.
    pub(super) fn is_new(&self, file: &FileEntry) -> bool {
        file.modified_ms >= self.forgotten_before_ms
            && !self.times.contains_key(&self.key(&to_uri(&file.path)))
    }

    /// Takes files, as one entry; none is no entry.
    pub(super) fn add(&mut self, files: Vec<FileEntry>) -> Result<(), EngineError> {
        if files.is_empty() {
            return Ok(());
        }
        let entry = self.latest.map_or(0, |latest| latest + 1);
        let lines = files.iter().map(|file| {
            let line = Line { path: to_uri(&file.path), timestamp: file.modified_ms, batch_id: entry };
            serde_json::to_string(&line).unwrap_or_default()
        });
        self.log.add(entry, &lines.collect::<Vec<_>>())?;
        for file in &files {
            let key = self.key(&to_uri(&file.path));
            self.note(key, file.modified_ms);
        }
        self.forget();
        self.latest = Some(entry);
        self.waiting.insert(entry, files);
        Ok(())
    }

    /// The files of entries `from` to `to`, both with.
    pub(super) fn between(&self, from: u64, to: u64, place: &Place) -> Result<Vec<FileEntry>, EngineError> {
        if from > to {
            return Ok(Vec::new());
        }
        if (from..=to).all(|entry| self.waiting.contains_key(&entry)) {
            return Ok(self.waiting.range(from..=to).flat_map(|(_, files)| files.clone()).collect());
        }
        let lines = self.lines()?.into_iter().filter(|line| (from..=to).contains(&line.batch_id));
        Ok(lines.map(|line| place.entry(from_uri(&line.path), line.timestamp)).collect())
    }

    /// The files of the entries up to this one that are not done; of this one alone after a restart.
    ///
    /// # Errors
    /// The log is damaged.
    pub(super) fn files_until(&self, entry: u64) -> Result<Vec<PathBuf>, EngineError> {
        if self.waiting.contains_key(&entry) {
            let files = self.waiting.range(..=entry).flat_map(|(_, files)| files);
            return Ok(files.map(|file| file.path.clone()).collect());
        }
        let lines = self.lines()?.into_iter().filter(|line| line.batch_id == entry);
        Ok(lines.map(|line| from_uri(&line.path)).collect())
    }

    /// Batches up to an entry are done.
    pub(super) fn done(&mut self, entry: u64) {
        self.waiting.retain(|waiting, _| *waiting > entry);
    }
}

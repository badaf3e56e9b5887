//! A log of small files, one a batch, of which every tenth holds all that came before: Spark's form of the file
//! source's list of seen files and of the file sink's `_spark_metadata`.
//!
//! `N` holds `v1` and a line of JSON an entry; `N.compact` the same of all batches up to N.

use std::path::PathBuf;

use crate::EngineError;
use crate::checkpoint::{damaged, durable, numbered};

/// Batches from one compact file to the next (`spark.sql.streaming.fileSink.log.compactInterval`).
const INTERVAL: u64 = 10;

/// The log. Without a directory it keeps nothing.
#[derive(Debug)]
pub(crate) struct CompactLog {
    directory: Option<PathBuf>,
}

fn is_compact(batch: u64) -> bool {
    (batch + 1).is_multiple_of(INTERVAL)
}

impl CompactLog {
    /// The log in a directory, which need not be there yet.
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        Self { directory }
    }

    /// The last batch in it.
    pub(crate) fn latest(&self) -> Result<Option<u64>, EngineError> {
        let Some(directory) = &self.directory else { return Ok(None) };
        Ok(numbered(directory, "")?.pop().max(numbered(directory, ".compact")?.pop()))
    }

    fn read(&self, name: &str) -> Result<Vec<String>, EngineError> {
        let Some(directory) = &self.directory else { return Ok(Vec::new()) };
        let path = directory.join(name);
        let text = durable::read(&path)?.ok_or_else(|| damaged(&path, "it is not there"))?;
        let mut lines = text.lines();
        if lines.next() != Some("v1") {
            return Err(damaged(&path, "it does not begin with v1"));
        }
        Ok(lines.map(str::to_owned).collect())
    }

    /// All entries, oldest first.
    pub(crate) fn all(&self) -> Result<Vec<String>, EngineError> {
        let (Some(directory), Some(latest)) = (&self.directory, self.latest()?) else {
            return Ok(Vec::new());
        };
        let compact = numbered(directory, ".compact")?.pop();
        let mut entries = match compact {
            Some(batch) => self.read(&format!("{batch}.compact"))?,
            None => Vec::new(),
        };
        for batch in numbered(directory, "")? {
            if compact.is_none_or(|compact| batch > compact) && batch <= latest {
                entries.extend(self.read(&batch.to_string())?);
            }
        }
        Ok(entries)
    }

    /// Adds a batch's entries durably. A batch that is there already stays as it is.
    pub(crate) fn add(&self, batch: u64, entries: &[String]) -> Result<(), EngineError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        if self.latest()?.is_some_and(|latest| latest >= batch) {
            return Ok(());
        }
        let (name, all) = if is_compact(batch) {
            let mut all = self.all()?;
            all.extend(entries.iter().cloned());
            (format!("{batch}.compact"), all)
        } else {
            (batch.to_string(), entries.to_vec())
        };
        let mut text = String::from("v1");
        for entry in &all {
            text.push('\n');
            text.push_str(entry);
        }
        durable::write(&directory.join(name), text.as_bytes())?;
        if is_compact(batch) {
            // A reader may be in the middle of the last round; the round before it is in the compact file.
            let keep_from = batch.saturating_sub(INTERVAL);
            durable::purge(directory, "", keep_from);
            durable::purge(directory, ".compact", keep_from);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tenth_holds_all() {
        let directory = tempfile::tempdir().unwrap();
        let log = CompactLog::new(Some(directory.path().join("log")));
        let mut expected = Vec::new();
        for batch in 0..25 {
            log.add(batch, &[format!("{{\"n\":{batch}}}")]).unwrap();
            log.add(batch, &["again".to_owned()]).unwrap();
            expected.push(format!("{{\"n\":{batch}}}"));
            assert_eq!(log.all().unwrap(), expected);
            assert_eq!(log.latest().unwrap(), Some(batch));
        }
        assert!(directory.path().join("log/19.compact").exists());
        std::fs::write(directory.path().join("log/24"), "v9").unwrap();
        assert!(log.all().unwrap_err().to_string().contains("is damaged"));
    }
}

//! Files that appear in a directory, each read once, in the batch in which it is first seen.
//!
//! Which files those are is Spark's rule: not hidden, changed after the start and not after the batch's time, and not
//! longer ago than files are remembered, so that the names of old ones need not be kept.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use crate::limits;
use crate::text::{self, Split};

/// Files are remembered so long (spark.streaming.fileStream.minRememberDuration).
const REMEMBER_MS: i64 = 60_000;

/// A directory input.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    record_length: usize,
    /// Files that were not changed after this are not taken, milliseconds since the epoch.
    ignore_until: i64,
    remember_ms: i64,
    /// Those taken, with their modification time.
    taken: BTreeMap<PathBuf, i64>,
}

impl Directory {
    /// Takes files changed after `start_ms`; 0: all that are not older than what is remembered.
    pub(super) fn new(path: PathBuf, record_length: usize, start_ms: i64, batch_ms: i64) -> Self {
        let batches = REMEMBER_MS.div_euclid(batch_ms.max(1)) + i64::from(REMEMBER_MS % batch_ms.max(1) != 0);
        let remember_ms = batches.saturating_mul(batch_ms.max(1));
        Self { path, record_length, ignore_until: start_ms, remember_ms, taken: BTreeMap::new() }
    }

    /// The new files of the batch at `time_ms`, by name. Blocks.
    ///
    /// # Errors
    /// The directory cannot be listed. The next batch looks again.
    pub(super) fn new_files(&mut self, time_ms: i64) -> io::Result<Vec<Split>> {
        let ignore_until = self.ignore_until.max(time_ms.saturating_sub(self.remember_ms));
        self.taken.retain(|_, modified| *modified > ignore_until);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            // One that is gone by now was moved or deleted: no file of this batch.
            let Ok(metadata) = fs::metadata(entry.path()) else { continue };
            let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
            let modified = i64::try_from(modified).unwrap_or(i64::MAX);
            let path = entry.path();
            if metadata.is_file()
                && modified > ignore_until
                && modified <= time_ms
                && !self.taken.contains_key(&path)
            {
                found.push((path, modified, metadata.len()));
            }
            if found.len() > limits::FILES {
                return Err(io::Error::other(format!("more than {} new files at once", limits::FILES)));
            }
        }
        found.sort();
        let splits =
            found.iter().flat_map(|(path, _, length)| text::of_file(path, *length, self.record_length));
        let splits = splits.collect();
        self.taken.extend(found.into_iter().map(|(path, modified, _)| (path, modified)));
        Ok(splits)
    }

    /// For messages.
    pub(super) fn path(&self) -> std::path::Display<'_> {
        self.path.display()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{File, FileTimes};
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    fn write(directory: &Path, name: &str, modified_ms: u64) {
        fs::write(directory.join(name), name).unwrap();
        let file = File::options().write(true).open(directory.join(name)).unwrap();
        let modified = UNIX_EPOCH + Duration::from_millis(modified_ms);
        file.set_times(FileTimes::new().set_modified(modified)).unwrap();
    }

    #[test]
    fn each_file_is_taken_once() {
        let root = tempfile::tempdir().unwrap();
        let mut input = Directory::new(root.path().to_owned(), 0, 10_000, 1_000);
        write(root.path(), "before", 10_000);
        write(root.path(), "a", 10_500);
        write(root.path(), ".hidden", 10_500);
        write(root.path(), "later", 11_500);
        let mut names = |time| input.new_files(time).unwrap().len();
        assert_eq!(names(11_000), 1, "a");
        assert_eq!(names(11_000), 0);
        assert_eq!(names(12_000), 1, "later");
        write(root.path(), "old", 13_000);
        assert_eq!(names(73_000), 0, "older than what is remembered");
        assert_eq!(names(74_000), 0);
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        assert!(Directory::new(root.path().join("none"), 0, 0, 1_000).new_files(1).is_err());
    }
}

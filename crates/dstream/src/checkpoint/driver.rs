//! The driver's checkpoints of a streaming run: checkpoint-TIME in a directory; the newest whole one counts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tracing::warn;

use super::durable;
use crate::error::CallError;
use crate::limits;

const PREFIX: &str = "checkpoint-";

/// Writes one, and removes those that are too many. Blocks.
///
/// # Errors
/// The disk.
pub(crate) fn put(directory: &Path, time_ms: i64, data: &[u8]) -> Result<(), CallError> {
    let failed = |error: io::Error| CallError::Disk(format!("{}: {error}", directory.display()));
    fs::create_dir_all(directory).map_err(failed)?;
    durable::write(&directory.join(format!("{PREFIX}{time_ms}")), data).map_err(failed)?;
    for (_, path) in list(directory).map_err(failed)?.into_iter().skip(limits::CHECKPOINTS_KEPT) {
        drop(fs::remove_file(path));
    }
    Ok(())
}

/// The newest whole one, with its time; `None` when there is none. Blocks.
///
/// # Errors
/// The disk; or there are some, and all are damaged.
pub(crate) fn get(directory: &Path) -> Result<Option<(i64, Vec<u8>)>, CallError> {
    let failed = |error: io::Error| CallError::Disk(format!("{}: {error}", directory.display()));
    let found = match list(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found.map_err(failed)?,
    };
    let mut last = None;
    for (time, path) in found {
        match durable::read(&path, limits::CHECKPOINT) {
            Ok(data) => return Ok(Some((time, data))),
            Err(error) => {
                warn!(path = %path.display(), %error, "a checkpoint cannot be read: an older one is tried");
                last = Some(CallError::Disk(format!("{}: {error}", path.display())));
            }
        }
    }
    last.map_or(Ok(None), Err)
}

/// The newest first.
fn list(directory: &Path) -> io::Result<Vec<(i64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let time =
            name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|time| time.parse().ok());
        found.extend(time.map(|time: i64| (time, entry.path())));
    }
    found.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_one_counts() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("checkpoints");
        assert!(get(&directory).unwrap().is_none());
        for time in 1..=15 {
            put(&directory, time * 1000, format!("state {time}").as_bytes()).unwrap();
        }
        fs::create_dir(directory.join("a-state-directory")).unwrap();
        assert_eq!(list(&directory).unwrap().len(), limits::CHECKPOINTS_KEPT);
        assert_eq!(get(&directory).unwrap(), Some((15000, b"state 15".to_vec())));
        fs::write(directory.join("checkpoint-15000"), "torn").unwrap();
        assert_eq!(get(&directory).unwrap(), Some((14000, b"state 14".to_vec())));
        for (_, path) in list(&directory).unwrap() {
            fs::write(path, "torn").unwrap();
        }
        assert!(matches!(get(&directory), Err(CallError::Disk(_))));
    }
}

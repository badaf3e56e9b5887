//! Cuts files into splits, one a partition, by the rule of Hadoop's FileInputFormat.

use std::path::{Path, PathBuf};

use super::paths;
use crate::error::CallError;
use crate::graph::TextOf;

/// The block size of Hadoop's local file system.
const BLOCK: u64 = 32 << 20;

/// Part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    pub(super) path: PathBuf,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) format: Format,
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Lines,
    CompressedLines,
    Records(usize),
}

/// The splits of a text file node. Lists directories.
///
/// # Errors
/// A path is not there or cannot be read.
pub(crate) async fn splits(directory: &Path, of: TextOf<'_>) -> Result<Vec<Split>, CallError> {
    let (directory, paths, least, record_length) =
        (directory.to_owned(), of.path.to_owned(), of.least, of.record_length);
    let listed = tokio::task::spawn_blocking(move || {
        let files = paths::find(&directory, &paths)?;
        let total: u64 = files.iter().map(|file| file.length).sum();
        let goal = total / u64::try_from(least.max(1)).unwrap_or(u64::MAX);
        Ok(files.iter().flat_map(|file| cut(&file.path, file.length, goal, record_length)).collect())
    });
    listed.await.map_err(|_| CallError::Closed)?
}

/// The splits of one file of a directory input.
pub(crate) fn of_file(path: &Path, length: u64, record_length: usize) -> Vec<Split> {
    cut(path, length, length, record_length)
}

fn cut(path: &Path, length: u64, goal: u64, record_length: usize) -> Vec<Split> {
    let format = match record_length {
        0 if path.extension().is_some_and(|extension| extension == "gz") => Format::CompressedLines,
        0 => Format::Lines,
        length => Format::Records(length),
    };
    let split = |start, end| Split { path: path.to_owned(), start, end, format };
    if format != Format::Lines {
        return vec![split(0, length)];
    }
    let size = goal.clamp(1, BLOCK);
    let mut splits = Vec::new();
    let mut start = 0;
    // The last split may be a tenth larger, so that there is no tiny one behind it.
    while (length - start).saturating_mul(10) > size.saturating_mul(11) {
        splits.push(split(start, start + size));
        start += size;
    }
    if start < length || length == 0 {
        splits.push(split(start, length));
    }
    splits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_follow_hadoop() {
        type Case<'a> = (u64, u64, &'a [(u64, u64)]);
        let table: [Case<'_>; 6] = [
            (0, 0, &[(0, 0)]),
            (10, 10, &[(0, 10)]),
            (10, 5, &[(0, 5), (5, 10)]),
            (11, 5, &[(0, 5), (5, 10), (10, 11)]),
            (21, 10, &[(0, 10), (10, 21)]),
            (3, 1, &[(0, 1), (1, 2), (2, 3)]),
        ];
        for (length, goal, expected) in table {
            let splits = cut(Path::new("a"), length, goal, 0);
            let ranges: Vec<_> = splits.iter().map(|split| (split.start, split.end)).collect();
            assert_eq!(ranges, expected, "{length} by {goal}");
        }
        assert_eq!(cut(Path::new("a.gz"), 100, 10, 0).len(), 1);
        assert_eq!(cut(Path::new("a"), 100, 10, 4).len(), 1);
    }
}

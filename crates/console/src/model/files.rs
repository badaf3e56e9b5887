//! The files of a partition, as they lie in its directory.

use serde::Serialize;

/// A partition's directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PartitionFiles {
    /// Its path.
    pub directory: String,
    /// Its segments, oldest first.
    pub segments: Vec<SegmentFiles>,
    /// Files that belong to no segment: `leader-epoch-checkpoint`, `partition.metadata`, and what is on its way out.
    pub others: Vec<File>,
}

/// The files of a segment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SegmentFiles {
    /// The offset in the files' names.
    pub base: i64,
    /// The first record's timestamp, in milliseconds since 1970 UTC, if it has one.
    pub first_ms: Option<i64>,
    /// Its files, by name.
    pub files: Vec<File>,
}

/// A file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub size_bytes: u64,
}

//! The names of a partition's files: twenty digits of a base offset and what kind of file it is, and a suffix while
//! the file is on its way in or out.

use std::path::{Path, PathBuf};

/// What a segment's file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The record batches.
    Log,
    /// Offset to position.
    OffsetIndex,
    /// Timestamp to offset.
    TimeIndex,
    /// Aborted transactions.
    TxnIndex,
    /// The producers' state just before the offset.
    Snapshot,
}

/// Why a file has a second suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has none: the file is in use.
    Live,
    /// Waiting to be removed.
    Deleted,
    /// Half of a compaction's or a split's result.
    Cleaned,
    /// A whole result, about to replace live files.
    Swap,
}

/// A file's name, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileName {
    /// The offset in it.
    pub(crate) base: i64,
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its stage.
    pub(crate) stage: Stage,
}

const KINDS: [(Kind, &str); 5] = [
    (Kind::Log, ".log"),
    (Kind::OffsetIndex, ".index"),
    (Kind::TimeIndex, ".timeindex"),
    (Kind::TxnIndex, ".txnindex"),
    (Kind::Snapshot, ".snapshot"),
];
const STAGES: [(Stage, &str); 4] =
    [(Stage::Live, ""), (Stage::Deleted, ".deleted"), (Stage::Cleaned, ".cleaned"), (Stage::Swap, ".swap")];

/// Files that belong to a segment, its snapshot included.
pub(crate) const SEGMENT_KINDS: [Kind; 5] =
    [Kind::Log, Kind::OffsetIndex, Kind::TimeIndex, Kind::TxnIndex, Kind::Snapshot];

impl FileName {
    /// The name of a file in use.
    pub(crate) const fn live(base: i64, kind: Kind) -> Self {
        Self { base, kind, stage: Stage::Live }
    }

    /// The same file at another stage.
    pub(crate) const fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    /// Reads a name; `None` for files that are none of a segment's.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (digits, rest) = name.split_at_checked(20)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let base = digits.parse().ok()?;
        let (kind, rest) =
            KINDS.iter().find_map(|(kind, suffix)| Some((*kind, rest.strip_prefix(suffix)?)))?;
        let (stage, _) = STAGES.iter().find(|(_, suffix)| *suffix == rest)?;
        Some(Self { base, kind, stage: *stage })
    }

    /// Where the file is.
    pub(crate) fn path(self, dir: &Path) -> PathBuf {
        let kind = KINDS.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, suffix)| suffix);
        let stage = STAGES.iter().find(|(stage, _)| *stage == self.stage).map_or("", |(_, suffix)| suffix);
        dir.join(format!("{:020}{kind}{stage}", self.base))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        let table = [
            ("00000000000000000000.log", FileName::live(0, Kind::Log)),
            ("00000000000000000042.index", FileName::live(42, Kind::OffsetIndex)),
            ("09223372036854775807.timeindex", FileName::live(i64::MAX, Kind::TimeIndex)),
            ("00000000000000000007.txnindex.deleted", FileName::live(7, Kind::TxnIndex).at(Stage::Deleted)),
            ("00000000000000000007.snapshot", FileName::live(7, Kind::Snapshot)),
            ("00000000000000000007.log.swap", FileName::live(7, Kind::Log).at(Stage::Swap)),
            ("00000000000000000007.log.cleaned", FileName::live(7, Kind::Log).at(Stage::Cleaned)),
        ];
        for (text, name) in table {
            assert_eq!(FileName::parse(text), Some(name), "{text}");
            assert_eq!(name.path(Path::new("")), Path::new(text));
        }
    }

    #[test]
    fn other_files_are_not_ours() {
        let table = [
            "leader-epoch-checkpoint",
            "partition.metadata",
            "00000000000000000000.logs",
            "0000000000000000000.log",
            "00000000000000000000-0000000000.checkpoint",
            "+0000000000000000000.log",
            "99999999999999999999.log",
            "00000000000000000000.log.deleted.deleted",
            "ééééééééééé.log",
        ];
        for text in table {
            assert_eq!(FileName::parse(text), None, "{text}");
        }
    }
}

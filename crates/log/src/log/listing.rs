//! The files of a partition as they lie on the disk, for whoever wants to look at them.

use std::collections::BTreeMap;
use std::io;

use millstream_wire::records::BatchHeader;

use super::Log;
use crate::disk::Open;
use crate::files::{FileName, Kind, Stage};

/// Bytes of a batch's header.
const HEADER: usize = 61;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
}

/// The files of a segment that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentListing {
    /// The offset in the files' names.
    pub base_offset: i64,
    /// Timestamp of its first record, in ms since 1970; `None` when it has none, or there is no record.
    pub first_ms: Option<i64>,
    /// Its files, by name.
    pub files: Vec<FileView>,
}

/// A log's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The segments, oldest first; of more than were asked for the oldest, and the youngest.
    pub segments: Vec<SegmentListing>,
    /// All other files, by name.
    pub others: Vec<FileView>,
}

impl Log {
    /// What lies in the directory: at most `most` segments with their files, and the other files. It asks the disk,
    /// and leaves out what is renamed or removed meanwhile.
    ///
    /// # Errors
    /// The system's.
    pub fn listing(&self, most: usize) -> io::Result<Listing> {
        let mut segments: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        let mut others = Vec::new();
        for entry in self.disk.list(&self.dir)?.into_iter().filter(|entry| !entry.is_dir) {
            match FileName::parse(&entry.name) {
                Some(FileName { base, stage: Stage::Live, .. }) => {
                    segments.entry(base).or_default().push(entry.name);
                }
                _ => others.push(entry.name),
            }
        }
        // A snapshot alone is what a segment has left behind: it is listed with the rest.
        let is_segment = |names: &Vec<String>| names.iter().any(|name| !name.ends_with(".snapshot"));
        let (segments, alone): (Vec<_>, Vec<_>) =
            segments.into_iter().partition(|(_, names)| is_segment(names));
        others.extend(alone.into_iter().flat_map(|(_, names)| names));
        let youngest = segments.len().saturating_sub(1);
        let wanted = (0..).zip(segments).filter(|(at, _)| *at + 1 < most || *at == youngest);
        let segment = |(_, (base_offset, names))| SegmentListing {
            base_offset,
            first_ms: self.first_ms(base_offset),
            files: self.sized(names),
        };
        others.truncate(most);
        Ok(Listing { segments: wanted.map(segment).collect(), others: self.sized(others) })
    }

    fn sized(&self, mut names: Vec<String>) -> Vec<FileView> {
        names.sort_unstable();
        let view = |name: String| {
            let size = self.disk.open(&self.dir.join(&name), Open::Read).ok()?.length().ok()?;
            Some(FileView { name, size })
        };
        names.into_iter().filter_map(view).collect()
    }

    fn first_ms(&self, base_offset: i64) -> Option<i64> {
        let path = FileName::live(base_offset, Kind::Log).path(&self.dir);
        let mut head = Vec::with_capacity(HEADER);
        self.disk.open(&path, Open::Read).ok()?.read_at(&mut head, HEADER, 0).ok()?;
        BatchHeader::parse(&head).ok().map(|header| header.base_timestamp).filter(|first| *first >= 0)
    }
}

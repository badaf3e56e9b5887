//! A segment's sparse indexes: sorted entries of a fixed size in a file, the youngest of them in memory.
//!
//! Readers at the end of a log, which are most, find what they need in the tail in memory; others search the file,
//! with about ten small reads. The file is written in steps of half a tail. It needs no checksum: what it says is
//! checked against the batch it points to, and it can always be made again from the log.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::disk::{Disk, DiskFile, Open};

/// Entries kept in memory at most, as many as are written or read at once.
const TAIL: usize = 256;

/// An entry of an index.
pub(crate) trait IndexEntry: Copy {
    /// Its bytes in the file.
    const SIZE: usize;
    /// Appends its bytes.
    fn put(self, out: &mut Vec<u8>);
    /// Reads it from `SIZE` bytes.
    fn get(bytes: &[u8]) -> Option<Self>;
}

/// `.index`: the batch whose last offset this is starts at this position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OffsetEntry {
    /// Last offset of the batch, less the segment's base offset.
    pub(crate) relative: u32,
    /// Where the batch starts in the segment.
    pub(crate) position: u32,
}

/// `.timeindex`: no record up to this offset is younger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeEntry {
    /// The largest timestamp so far, in ms.
    pub(crate) timestamp: i64,
    /// Last offset of the batch that has it, less the segment's base offset.
    pub(crate) relative: u32,
}

impl IndexEntry for OffsetEntry {
    const SIZE: usize = 8;

    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.relative.to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
    }

    fn get(bytes: &[u8]) -> Option<Self> {
        let (relative, rest) = bytes.split_first_chunk()?;
        let position = rest.first_chunk()?;
        Some(Self { relative: u32::from_be_bytes(*relative), position: u32::from_be_bytes(*position) })
    }
}

impl IndexEntry for TimeEntry {
    const SIZE: usize = 12;

    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.relative.to_be_bytes());
    }

    fn get(bytes: &[u8]) -> Option<Self> {
        let (timestamp, rest) = bytes.split_first_chunk()?;
        let relative = rest.first_chunk()?;
        Some(Self { timestamp: i64::from_be_bytes(*timestamp), relative: u32::from_be_bytes(*relative) })
    }
}

/// One index: how many entries the file holds, and the youngest ones.
#[derive(Debug)]
pub(crate) struct SparseIndex<E> {
    in_file: usize,
    unwritten: usize,
    tail: VecDeque<E>,
}

/// Where the answer to a search is.
pub(crate) enum Found<E> {
    /// Here.
    Entry(E),
    /// Among the first so many entries of the file, if anywhere.
    InFile(usize),
}

impl<E: IndexEntry> SparseIndex<E> {
    /// The index whose file holds this many entries.
    pub(crate) const fn of(in_file: usize) -> Self {
        Self { in_file, unwritten: 0, tail: VecDeque::new() }
    }

    /// Entries in all.
    pub(crate) const fn len(&self) -> usize {
        self.in_file + self.unwritten
    }

    /// Notes an entry, which is not smaller than the last one.
    pub(crate) fn push(&mut self, entry: E) {
        self.tail.push_back(entry);
        self.unwritten += 1;
    }

    /// Whether [`Self::write`] should be called.
    pub(crate) fn is_tail_full(&self) -> bool {
        self.tail.len() >= TAIL
    }

    /// The last entry for which `holds`, which is true up to some entry and false from there on.
    pub(crate) fn find(&self, holds: impl Fn(&E) -> bool) -> Found<E> {
        let below = self.tail.partition_point(holds);
        match below.checked_sub(1).and_then(|last| self.tail.get(last)) {
            Some(entry) => Found::Entry(*entry),
            None => Found::InFile(self.len() - self.tail.len()),
        }
    }

    /// Writes what is not in the file yet, and forgets all but half a tail. What could not be written stays.
    pub(crate) fn write(&mut self, disk: &dyn Disk, path: &Path) -> io::Result<()> {
        if self.unwritten == 0 {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(self.unwritten * E::SIZE);
        for entry in self.tail.range(self.tail.len() - self.unwritten..) {
            entry.put(&mut bytes);
        }
        disk.open(path, Open::Create)?.write_at(&bytes, (self.in_file * E::SIZE) as u64)?;
        self.in_file += self.unwritten;
        self.unwritten = 0;
        self.tail.drain(..self.tail.len().saturating_sub(TAIL / 2));
        Ok(())
    }

    /// Gives the memory back; everything must be in the file.
    pub(crate) fn forget(&mut self) {
        if self.unwritten == 0 {
            self.tail = VecDeque::new();
        }
    }
}

/// Entry number `at` of the file.
pub(crate) fn entry_at<E: IndexEntry>(file: &dyn DiskFile, at: usize) -> io::Result<Option<E>> {
    let mut bytes = Vec::with_capacity(E::SIZE);
    file.read_at(&mut bytes, E::SIZE, (at * E::SIZE) as u64)?;
    Ok(E::get(&bytes))
}

/// The last of the first `entries` entries of the file for which `holds`.
pub(crate) fn search_file<E: IndexEntry>(
    file: &Arc<dyn DiskFile>,
    entries: usize,
    holds: impl Fn(&E) -> bool,
) -> io::Result<Option<E>> {
    let (mut low, mut high) = (0, entries);
    while high - low > TAIL / 2 {
        let middle = low + (high - low) / 2;
        match entry_at::<E>(&**file, middle)? {
            Some(entry) if holds(&entry) => low = middle,
            _ => high = middle,
        }
    }
    let mut bytes = Vec::new();
    file.read_at(&mut bytes, (high - low) * E::SIZE, (low * E::SIZE) as u64)?;
    Ok(bytes.chunks_exact(E::SIZE).map_while(E::get).take_while(holds).last())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimDisk;

    #[test]
    fn every_entry_is_found_in_memory_and_in_the_file() {
        let disk = SimDisk::new();
        disk.create_dir_all(Path::new("d")).unwrap();
        let path = Path::new("d/index");
        let mut index = SparseIndex::of(0);
        for i in 1..=3000 {
            index.push(OffsetEntry { relative: i * 10, position: i });
            if index.is_tail_full() {
                index.write(&disk, path).unwrap();
            }
            assert!(index.tail.len() <= TAIL);
        }
        assert_eq!(index.len(), 3000);
        index.write(&disk, path).unwrap();
        index.forget();
        let file = disk.open(path, Open::Read).unwrap();
        assert_eq!(file.length().unwrap(), 3000 * 8);
        for target in [0, 9, 10, 11, 15_005, 29_999, 30_000, 40_000] {
            let holds = |entry: &OffsetEntry| entry.relative <= target;
            let Found::InFile(entries) = index.find(holds) else { panic!("the tail is empty") };
            let found = search_file(&file, entries, holds).unwrap().map(|entry| entry.position);
            assert_eq!(found, (target >= 10).then_some((target / 10).min(3000)), "{target}");
        }
    }

    #[test]
    fn a_write_that_fails_is_made_up_for() {
        let disk = SimDisk::new();
        disk.create_dir_all(Path::new("d")).unwrap();
        let path = Path::new("d/index");
        let mut index = SparseIndex::of(0);
        disk.set_capacity(Some(4));
        index.push(TimeEntry { timestamp: 5, relative: 1 });
        assert!(index.write(&disk, path).is_err());
        disk.set_capacity(None);
        index.push(TimeEntry { timestamp: 6, relative: 2 });
        index.write(&disk, path).unwrap();
        let file = disk.open(path, Open::Read).unwrap();
        assert_eq!(
            search_file::<TimeEntry>(&file, 2, |_| true).unwrap(),
            Some(TimeEntry { timestamp: 6, relative: 2 })
        );
    }
}

//! `.txnindex`: the aborted transactions whose markers lie in a segment, in the order of the markers, in Kafka's form.
//!
//! A reader of committed records only gets this list with the records, to leave out what it names. The file is there
//! only when there is something in it. It can always be made again from the log.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Buf, BufMut};

use crate::disk::{Disk, DiskFile, Open};
use crate::files::{FileName, Kind};

/// Bytes of an entry.
const SIZE: usize = 34;
const VERSION: i16 = 0;
/// Entries read at once.
const CHUNK: usize = 256;

/// A transaction that was aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// Whose it was.
    pub producer_id: i64,
    /// Offset of its first record in the partition.
    pub first_offset: i64,
    /// Offset of its marker.
    pub last_offset: i64,
    /// Where the first transaction begins that was still open then: none that begins below it was aborted later.
    pub last_stable_offset: i64,
}

impl AbortedTransaction {
    /// Appends the entry's bytes.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.put_i16(VERSION);
        out.put_i64(self.producer_id);
        out.put_i64(self.first_offset);
        out.put_i64(self.last_offset);
        out.put_i64(self.last_stable_offset);
    }

    /// Reads [`SIZE`] bytes.
    fn get(mut bytes: &[u8]) -> Option<Self> {
        if bytes.len() < SIZE || bytes.get_i16() != VERSION {
            return None;
        }
        let (producer_id, first_offset) = (bytes.get_i64(), bytes.get_i64());
        let (last_offset, last_stable_offset) = (bytes.get_i64(), bytes.get_i64());
        Some(Self { producer_id, first_offset, last_offset, last_stable_offset })
    }
}

/// One segment's index: how many entries the file holds, and those that could not be written yet.
#[derive(Debug, Default)]
pub(crate) struct TxnIndex {
    in_file: usize,
    unwritten: Vec<AbortedTransaction>,
}

impl TxnIndex {
    /// The index in the file of the segment that starts at `base`; `None` when it cannot be believed.
    pub(crate) fn load(disk: &dyn Disk, dir: &Path, base: i64) -> io::Result<Option<Self>> {
        let Some(file) = open(disk, &path(dir, base))? else { return Ok(Some(Self::default())) };
        let length = usize::try_from(file.length()?).unwrap_or(usize::MAX);
        let index = Self { in_file: length / SIZE, unwritten: Vec::new() };
        let mut before = base - 1;
        let mut sound = length % SIZE == 0;
        let complete = index.each(&file, 0, |entry| {
            sound &= entry.last_offset > before && entry.first_offset < entry.last_offset;
            before = entry.last_offset;
            sound
        })?;
        Ok((sound && complete).then_some(index))
    }

    /// Entries in all.
    pub(crate) const fn len(&self) -> usize {
        self.in_file + self.unwritten.len()
    }

    /// Notes an entry, whose marker lies behind those of the others.
    pub(crate) fn push(&mut self, entry: AbortedTransaction) {
        self.unwritten.push(entry);
    }

    /// Writes what is not in the file yet; what cannot be written stays.
    pub(crate) fn write(&mut self, disk: &dyn Disk, dir: &Path, base: i64) -> io::Result<()> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(self.unwritten.len() * SIZE);
        self.unwritten.iter().for_each(|entry| entry.put(&mut bytes));
        disk.open(&path(dir, base), Open::Create)?.write_at(&bytes, (self.in_file * SIZE) as u64)?;
        self.in_file += self.unwritten.len();
        self.unwritten.clear();
        Ok(())
    }

    /// Takes everything into memory: the file's name is about to go to another index.
    pub(crate) fn hold(&mut self, disk: &dyn Disk, dir: &Path, base: i64) -> io::Result<()> {
        let mut all = Vec::with_capacity(self.len());
        self.collect(disk, (dir, base), (i64::MIN, i64::MAX), &mut all)?;
        *self = Self { in_file: 0, unwritten: all };
        Ok(())
    }

    /// Syncs the file, which must be up to date.
    pub(crate) fn sync(&self, disk: &dyn Disk, dir: &Path, base: i64) -> io::Result<()> {
        if self.in_file == 0 {
            return Ok(());
        }
        disk.open(&path(dir, base), Open::Write)?.sync_data()
    }

    /// Adds the transactions to `found` that have a record in `from..to`. True when later segments have none either.
    pub(crate) fn collect(
        &self,
        disk: &dyn Disk,
        (dir, base): (&Path, i64),
        (from, to): (i64, i64),
        found: &mut Vec<AbortedTransaction>,
    ) -> io::Result<bool> {
        let mut complete = false;
        let mut take = |entry: AbortedTransaction| {
            if entry.last_offset >= from && entry.first_offset < to {
                found.push(entry);
            }
            complete = entry.last_stable_offset >= to;
            !complete
        };
        if self.in_file > 0
            && let Some(file) = open(disk, &path(dir, base))?
            && !self.each(&file, self.first_not_below(&file, from)?, &mut take)?
        {
            return Ok(complete);
        }
        let _ = self.unwritten.iter().all(|entry| take(*entry));
        Ok(complete)
    }

    /// Number of the first entry in the file whose marker is not below `offset`.
    fn first_not_below(&self, file: &Arc<dyn DiskFile>, offset: i64) -> io::Result<usize> {
        let (mut low, mut high) = (0, self.in_file);
        while low < high {
            let middle = low + (high - low) / 2;
            let mut bytes = Vec::with_capacity(SIZE);
            file.read_at(&mut bytes, SIZE, (middle * SIZE) as u64)?;
            match AbortedTransaction::get(&bytes) {
                Some(entry) if entry.last_offset < offset => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Shows entries of the file from number `at` on, until one is not `wanted`. True when it came to the end.
    fn each(
        &self,
        file: &Arc<dyn DiskFile>,
        mut at: usize,
        mut wanted: impl FnMut(AbortedTransaction) -> bool,
    ) -> io::Result<bool> {
        while at < self.in_file {
            let count = CHUNK.min(self.in_file - at);
            let mut bytes = Vec::with_capacity(count * SIZE);
            file.read_at(&mut bytes, count * SIZE, (at * SIZE) as u64)?;
            let mut entries = bytes.chunks_exact(SIZE).map(AbortedTransaction::get);
            if !(entries.len() == count && entries.all(|entry| entry.is_some_and(&mut wanted))) {
                return Ok(false);
            }
            at += count;
        }
        Ok(true)
    }
}

fn path(dir: &Path, base: i64) -> PathBuf {
    FileName::live(base, Kind::TxnIndex).path(dir)
}

fn open(disk: &dyn Disk, path: &Path) -> io::Result<Option<Arc<dyn DiskFile>>> {
    match disk.open(path, Open::Read) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimDisk;

    fn entry(first_offset: i64, last_offset: i64, last_stable_offset: i64) -> AbortedTransaction {
        AbortedTransaction { producer_id: 7, first_offset, last_offset, last_stable_offset }
    }

    #[test]
    fn the_bytes_are_kafkas() {
        let mut bytes = Vec::new();
        entry(1, 2, 3).put(&mut bytes);
        let numbers = [7_i64, 1, 2, 3].map(i64::to_be_bytes).concat();
        assert_eq!(bytes, [&[0, 0][..], &numbers].concat());
        assert_eq!(AbortedTransaction::get(&bytes), Some(entry(1, 2, 3)));
        bytes[1] = 1;
        assert_eq!(AbortedTransaction::get(&bytes), None, "another version");
    }

    #[test]
    fn transactions_are_found_by_their_records_in_the_file_and_in_memory() {
        let disk = SimDisk::new();
        let dir = Path::new("d");
        disk.create_dir_all(dir).unwrap();
        let all = [entry(0, 5, 6), entry(2, 9, 7), entry(7, 12, 13), entry(20, 30, 31)];
        for written in 0..=all.len() {
            let _ = disk.remove_file(&path(dir, 0));
            let mut index = TxnIndex::default();
            for (number, entry) in all.iter().enumerate() {
                index.push(*entry);
                if number < written {
                    index.write(&disk, dir, 0).unwrap();
                }
            }
            let table: [(i64, i64, &[usize], bool); 6] = [
                (0, 3, &[0], true),
                (0, 7, &[0, 1], true),
                (6, 8, &[1, 2], true),
                (10, 13, &[2], true),
                (13, 40, &[3], false),
                (31, 40, &[], false),
            ];
            for (from, to, expected, complete) in table {
                let mut found = Vec::new();
                let done = index.collect(&disk, (dir, 0), (from, to), &mut found).unwrap();
                let expected: Vec<_> = expected.iter().map(|at| all[*at]).collect();
                assert_eq!((found, done), (expected, complete), "{from}..{to} with {written} written");
            }
        }
    }

    #[test]
    fn a_damaged_file_is_not_believed() {
        let disk = SimDisk::new();
        let dir = Path::new("d");
        disk.create_dir_all(dir).unwrap();
        let load = |base| TxnIndex::load(&disk, dir, base).unwrap().map(|index| index.len());
        assert_eq!(load(0), Some(0), "no file");
        let mut index = TxnIndex::default();
        index.push(entry(0, 5, 6));
        index.push(entry(6, 9, 10));
        index.write(&disk, dir, 0).unwrap();
        assert_eq!(load(0), Some(2));
        let file = disk.open(&path(dir, 0), Open::Write).unwrap();
        file.write_at(&[9], 1).unwrap();
        assert_eq!(load(0), None, "another version");
        file.write_at(&[0], 1).unwrap();
        file.set_len(50).unwrap();
        assert_eq!(load(0), None, "half an entry");
    }
}

//! One segment: a `.log` file and its indexes. Grows at its end by one writer; is read by anybody at the same time.
//!
//! Bytes below [`Segment::size`] are whole batches and never change. The file is opened when it is first needed.

mod proven;
mod read;
mod slice;
mod times;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use millstream_wire::records::BatchHeader;

use crate::disk::{Disk, DiskFile, Open};
use crate::error::{ReadError, WriteError};
use crate::files::{FileName, Kind};
use crate::index::{Found, IndexEntry, OffsetEntry, SparseIndex, search_file};
use crate::indexes::Indexes;
use crate::lock;
use crate::order::Order;
use crate::txn_index::{AbortedTransaction, TxnIndex};
use proven::Proven;

/// A segment.
#[derive(Debug)]
pub(crate) struct Segment {
    base: i64,
    /// Where the next segment begins; `i64::MAX` while this one grows.
    until: AtomicI64,
    disk: Arc<dyn Disk>,
    dir: Arc<Path>,
    size: AtomicU64,
    /// Bytes that were there when the log was opened, and that nobody has looked at since.
    found: u64,
    /// Which of them somebody has.
    proven: Mutex<Proven>,
    file: Mutex<Option<Arc<dyn DiskFile>>>,
    /// Its files no longer have its names: the ones that do are of the segment that took its place.
    retired: AtomicBool,
    indexes: Mutex<Indexes>,
    aborted: Mutex<TxnIndex>,
}

/// Where a search may start: the batch there ends at this offset, if the index is right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hint {
    pub(crate) position: u64,
    pub(crate) last_offset: i64,
}

impl Segment {
    /// The segment whose `.log` holds `size` bytes of good batches, as `indexes` say.
    pub(crate) fn new(disk: Arc<dyn Disk>, dir: Arc<Path>, base: i64, size: u64, indexes: Indexes) -> Self {
        Self {
            base,
            until: AtomicI64::new(i64::MAX),
            disk,
            dir,
            size: AtomicU64::new(size),
            found: 0,
            proven: Mutex::default(),
            file: Mutex::new(None),
            retired: AtomicBool::new(false),
            indexes: Mutex::new(indexes),
            aborted: Mutex::default(),
        }
    }

    /// The same, when nobody has looked at these batches since the log was opened.
    #[must_use]
    pub(crate) fn found_on_disk(self) -> Self {
        Self { found: self.size(), ..self }
    }

    /// Makes the files of an empty segment. What an earlier try left there is overwritten.
    pub(crate) fn create(disk: Arc<dyn Disk>, dir: Arc<Path>, base: i64) -> Result<Self, WriteError> {
        let path = FileName::live(base, Kind::Log).path(&dir);
        let segment = Self::new(Arc::clone(&disk), Arc::clone(&dir), base, 0, Indexes::empty());
        let make = || {
            disk.open(&path, Open::Create)?.set_len(0)?;
            Indexes::make_files(&*disk, &dir, base)?;
            segment.reset_aborted()
        };
        make().map_err(|error| WriteError::new(&path, error))?;
        Ok(segment)
    }

    /// No offset in it is below this one.
    pub(crate) const fn base(&self) -> i64 {
        self.base
    }

    /// No offset in it is at or above this one, where the next segment begins; `i64::MAX` while it grows.
    pub(crate) fn until(&self) -> i64 {
        self.until.load(Ordering::Acquire)
    }

    /// Says where the next segment begins.
    pub(crate) fn set_until(&self, offset: i64) {
        self.until.store(offset, Ordering::Release);
    }

    /// The offsets that its batches may have, from the first one on or from some one.
    pub(crate) fn order(&self, is_from_start: bool) -> Order {
        let order = if is_from_start { Order::from_start } else { Order::from_middle };
        order(self.base, self.until())
    }

    /// Bytes of good batches.
    pub(crate) fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// The `.log` file's path.
    pub(crate) fn path(&self) -> PathBuf {
        FileName::live(self.base, Kind::Log).path(&self.dir)
    }

    /// The `.log` file, opened if it is not yet.
    pub(crate) fn file(&self) -> io::Result<Arc<dyn DiskFile>> {
        let mut file = lock(&self.file);
        match &*file {
            Some(file) => Ok(Arc::clone(file)),
            None => Ok(Arc::clone(file.insert(self.disk.open(&self.path(), Open::Write)?))),
        }
    }

    /// Closes the file until it is needed again.
    pub(crate) fn release(&self) {
        let mut file = lock(&self.file);
        if !self.retired.load(Ordering::Acquire) {
            *file = None;
        }
    }

    /// Its names are about to go to another segment: who still reads this one reads what is open and in memory now.
    pub(crate) fn retire(&self) -> io::Result<()> {
        self.retired.store(true, Ordering::Release);
        self.hold()
    }

    /// Opens the file and takes in what readers need besides it, so that [`Self::retire`] does not fail.
    pub(crate) fn hold(&self) -> io::Result<()> {
        self.file()?;
        lock(&self.aborted).hold(&*self.disk, &self.dir, self.base)
    }

    /// Appends one batch and notes it in the indexes. On an error the file is as it was, unless cutting it back
    /// failed too: then the second one is told.
    pub(crate) fn append(
        &self,
        batch: &[u8],
        header: &BatchHeader,
        interval: u32,
    ) -> Result<(), AppendFailed> {
        let position = self.size();
        let file = self.file().map_err(AppendFailed::Undone)?;
        if let Err(error) = file.write_at(batch, position) {
            return Err(match file.set_len(position) {
                Ok(()) => AppendFailed::Undone(error),
                Err(error) => AppendFailed::LeftOver(error),
            });
        }
        let mut indexes = lock(&self.indexes);
        indexes.note(self.base, position, header, interval);
        if indexes.want_writing() {
            // Not needed for the append to count: what cannot be written now stays in memory and is tried again.
            let _ = indexes.write(&*self.disk, &self.dir, self.base);
        }
        drop(indexes);
        self.size.store(position + batch.len() as u64, Ordering::Release);
        Ok(())
    }

    /// Takes over the transaction index in its file. False: it cannot be believed.
    pub(crate) fn load_aborted(&self) -> io::Result<bool> {
        let loaded = TxnIndex::load(&*self.disk, &self.dir, self.base)?;
        let believed = loaded.is_some();
        *lock(&self.aborted) = loaded.unwrap_or_default();
        Ok(believed)
    }

    /// Makes the transaction index empty.
    pub(crate) fn reset_aborted(&self) -> io::Result<()> {
        *lock(&self.aborted) = TxnIndex::default();
        match self.disk.remove_file(&FileName::live(self.base, Kind::TxnIndex).path(&self.dir)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Notes an aborted transaction whose marker is in the segment. True for the first: its file is a new one.
    pub(crate) fn note_aborted(&self, entry: AbortedTransaction) -> bool {
        let mut aborted = lock(&self.aborted);
        aborted.push(entry);
        // As with the other indexes: what cannot be written now stays in memory and is tried again.
        let _ = aborted.write(&*self.disk, &self.dir, self.base);
        aborted.len() == 1
    }

    /// Adds the aborted transactions with a record in `from..to` to `found`. True when later segments have none either.
    pub(crate) fn aborted(
        &self,
        from: i64,
        to: i64,
        found: &mut Vec<AbortedTransaction>,
    ) -> Result<bool, ReadError> {
        let aborted = lock(&self.aborted);
        if aborted.len() == 0 {
            return Ok(false);
        }
        let path = || FileName::live(self.base, Kind::TxnIndex).path(&self.dir);
        aborted
            .collect(&*self.disk, (&self.dir, self.base), (from, to), found)
            .map_err(|error| ReadError::io(&path(), error))
    }

    /// Does something with the indexes.
    pub(crate) fn with_indexes<T>(&self, act: impl FnOnce(&mut Indexes) -> T) -> T {
        act(&mut lock(&self.indexes))
    }

    /// Brings the index files up to date; for a finished segment, `sealed`, with the last entry of the time index.
    pub(crate) fn write_indexes(&self, sealed: bool) -> io::Result<()> {
        let mut indexes = lock(&self.indexes);
        if sealed {
            indexes.note_largest();
        }
        indexes.write(&*self.disk, &self.dir, self.base)?;
        self.write_aborted()?;
        if sealed {
            indexes.offsets.forget();
            indexes.times.forget();
        }
        Ok(())
    }

    /// Syncs the index files, which must be up to date.
    pub(crate) fn sync_indexes(&self) -> io::Result<()> {
        for kind in [Kind::OffsetIndex, Kind::TimeIndex] {
            self.disk.open(&FileName::live(self.base, kind).path(&self.dir), Open::Write)?.sync_data()?;
        }
        self.sync_aborted()
    }

    /// Brings the transaction index's file up to date.
    pub(crate) fn write_aborted(&self) -> io::Result<()> {
        lock(&self.aborted).write(&*self.disk, &self.dir, self.base)
    }

    /// Syncs the transaction index, which must be up to date.
    pub(crate) fn sync_aborted(&self) -> io::Result<()> {
        lock(&self.aborted).sync(&*self.disk, &self.dir, self.base)
    }

    /// The last indexed batch whose last offset is not above `offset`.
    pub(crate) fn hint(&self, offset: i64) -> Result<Option<Hint>, ReadError> {
        let Ok(relative) = u32::try_from(offset - self.base) else { return Ok(None) };
        let entry = self.search(Kind::OffsetIndex, |all| &all.offsets, |entry| entry.relative <= relative)?;
        Ok(entry.map(|entry| Hint {
            position: u64::from(entry.position),
            last_offset: self.base + i64::from(entry.relative),
        }))
    }

    /// Where some batch starts at or before this position.
    pub(crate) fn boundary_before(&self, position: u64) -> Result<u64, ReadError> {
        let holds = |entry: &OffsetEntry| u64::from(entry.position) <= position;
        let entry = self.search(Kind::OffsetIndex, |all| &all.offsets, holds)?;
        Ok(entry.map_or(0, |entry| u64::from(entry.position)))
    }

    fn search<E: IndexEntry>(
        &self,
        kind: Kind,
        index: impl Fn(&Indexes) -> &SparseIndex<E>,
        holds: impl Fn(&E) -> bool,
    ) -> Result<Option<E>, ReadError> {
        let found = index(&lock(&self.indexes)).find(&holds);
        let entries = match found {
            Found::Entry(entry) => return Ok(Some(entry)),
            Found::InFile(0) => return Ok(None),
            Found::InFile(entries) => entries,
        };
        let path = FileName::live(self.base, kind).path(&self.dir);
        let found = self.disk.open(&path, Open::Read).and_then(|file| search_file(&file, entries, holds));
        if self.retired.load(Ordering::Acquire) {
            // Perhaps another segment's index was read: this one is read from its start.
            return Ok(None);
        }
        match found {
            Ok(entry) => Ok(entry),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ReadError::io(&path, error)),
        }
    }
}

/// Why a batch is not in the segment.
#[derive(Debug)]
pub(crate) enum AppendFailed {
    /// The file is as it was.
    Undone(io::Error),
    /// Nobody knows what lies behind the last good batch.
    LeftOver(io::Error),
}

//! The copy of a group of segments, in files that count for nothing until they are renamed.

use std::io;
use std::path::Path;
use std::sync::Arc;

use millstream_wire::records::BatchHeader;

use super::transactions;
use crate::disk::{Disk, DiskFile, Open};
use crate::error::WriteError;
use crate::files::{FileName, Kind, Stage};
use crate::indexes::Indexes;
use crate::segment::Segment;
use crate::txn_index::AbortedTransaction;

/// Bytes that are written at once.
const STEP: usize = 1 << 20;

/// The files of a copy, in the order in which they are renamed.
pub(super) const KINDS: [Kind; 4] = [Kind::OffsetIndex, Kind::TimeIndex, Kind::TxnIndex, Kind::Log];

/// A copy in the making.
pub(super) struct Output {
    disk: Arc<dyn Disk>,
    dir: Arc<Path>,
    base: i64,
    interval: u32,
    file: Arc<dyn DiskFile>,
    written: u64,
    pending: Vec<u8>,
    indexes: Indexes,
    has_transactions: bool,
}

impl Output {
    /// Begins the copy of the segments from `base` on.
    pub(super) fn create(
        disk: &Arc<dyn Disk>,
        dir: &Arc<Path>,
        base: i64,
        interval: u32,
    ) -> Result<Self, WriteError> {
        let path = name(base, Kind::Log).path(dir);
        let make = || {
            let file = disk.open(&path, Open::Create)?;
            file.set_len(0)?;
            for kind in [Kind::OffsetIndex, Kind::TimeIndex] {
                disk.open(&name(base, kind).path(dir), Open::Create)?.set_len(0)?;
            }
            Ok(file)
        };
        let file = make().map_err(|error| WriteError::new(&path, error))?;
        Ok(Self {
            disk: Arc::clone(disk),
            dir: Arc::clone(dir),
            base,
            interval,
            file,
            written: 0,
            pending: Vec::new(),
            indexes: Indexes::empty(),
            has_transactions: false,
        })
    }

    /// Adds a batch.
    pub(super) fn add(&mut self, batch: &[u8]) -> Result<(), WriteError> {
        let Ok(header) = BatchHeader::parse(batch) else { return Ok(()) };
        let position = self.written + self.pending.len() as u64;
        self.indexes.note(self.base, position, &header, self.interval);
        self.pending.extend_from_slice(batch);
        let result = if self.pending.len() >= STEP { self.write() } else { Ok(()) };
        result
            .and_then(|()| if self.indexes.want_writing() { self.write_indexes() } else { Ok(()) })
            .map_err(|error| WriteError::new(&name(self.base, Kind::Log).path(&self.dir), error))
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.write_at(&self.pending, self.written)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    fn write_indexes(&mut self) -> io::Result<()> {
        self.indexes.write_at(&*self.disk, &self.dir, self.base, Stage::Cleaned)
    }

    /// Writes and syncs what is left, with the index of these aborted transactions. Gives the bytes of the batches.
    pub(super) fn finish(&mut self, aborted: &[AbortedTransaction]) -> Result<u64, WriteError> {
        let path = name(self.base, Kind::Log).path(&self.dir);
        self.put_on_disk(aborted).map_err(|error| WriteError::new(&path, error))?;
        Ok(self.written)
    }

    fn put_on_disk(&mut self, aborted: &[AbortedTransaction]) -> io::Result<()> {
        self.write()?;
        self.indexes.note_largest();
        self.write_indexes()?;
        self.file.sync_data()?;
        for kind in [Kind::OffsetIndex, Kind::TimeIndex] {
            self.disk.open(&name(self.base, kind).path(&self.dir), Open::Write)?.sync_data()?;
        }
        self.has_transactions = !aborted.is_empty();
        if self.has_transactions {
            let file = self.disk.open(&name(self.base, Kind::TxnIndex).path(&self.dir), Open::Create)?;
            file.set_len(0)?;
            file.write_at(&transactions::encode(aborted), 0)?;
            file.sync_data()?;
        }
        self.disk.sync_dir(&self.dir)
    }

    /// The files that there are.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> + use<> {
        let has_transactions = self.has_transactions;
        KINDS.into_iter().filter(move |kind| *kind != Kind::TxnIndex || has_transactions)
    }

    /// No offset in it is below this one.
    pub(super) const fn base(&self) -> i64 {
        self.base
    }

    /// The copy as a segment, to be used when its files have their names.
    pub(super) fn into_segment(mut self) -> Segment {
        self.indexes.offsets.forget();
        self.indexes.times.forget();
        Segment::new(self.disk, self.dir, self.base, self.written, self.indexes)
    }

    /// Removes what there is of it. What cannot be removed now is removed at the next start.
    pub(super) fn remove(&self) {
        for kind in KINDS {
            for stage in [Stage::Cleaned, Stage::Swap] {
                let _ = self.disk.remove_file(&FileName::live(self.base, kind).at(stage).path(&self.dir));
            }
        }
    }
}

/// The name of an unfinished file.
const fn name(base: i64, kind: Kind) -> FileName {
    FileName::live(base, kind).at(Stage::Cleaned)
}

//! Making what was appended durable, one sync for everybody who waits.
//!
//! The writer's lock is held to see what there is to do, not while the disk does it. What a sync covers becomes the
//! durable end only after every part of it is on disk: earlier segments and the names of
//! new files. Leader epochs are written when a segment is finished: recovery takes those of the last one from its
//! batches.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Log, Unsynced};
use crate::disk::Open;
use crate::error::WriteError;
use crate::files::{FileName, Kind};
use crate::segment::Segment;
use crate::{checkpoint, lock, producer_snapshot};

/// Name of the leader epochs' file.
pub(crate) const LEADER_EPOCHS: &str = "leader-epoch-checkpoint";

/// What one sync has to do.
struct Work {
    target: i64,
    active: Arc<Segment>,
    unsynced: Unsynced,
}

/// Why it did not: a sync that failed, or a write that can be tried again.
enum Failed {
    Sync(PathBuf, io::Error),
    Write(WriteError),
}

impl Log {
    /// Puts everything appended so far on disk and returns the durable end: offsets below it survive a crash. Callers
    /// at the same time share one sync. Blocks; appends go on meanwhile.
    ///
    /// # Errors
    /// [`WriteError::Poisoned`] from then on for every append and sync; others may be tried again.
    pub fn sync(&self) -> Result<i64, WriteError> {
        let wanted = self.log_end_offset();
        let _turn = lock(&self.sync_turn);
        self.check()?;
        if self.durable_offset() < wanted {
            self.sync_now()?;
        }
        Ok(self.durable_offset())
    }

    fn write_epochs(&self) -> Result<(), Failed> {
        let epochs = {
            let mut writer = lock(&self.writer);
            if !std::mem::take(&mut writer.epochs_dirty) {
                return Ok(());
            }
            writer.epochs.clone()
        };
        let path = self.dir.join(LEADER_EPOCHS);
        checkpoint::write_lines(&*self.disk, &path, epochs.lines()).map_err(|error| {
            lock(&self.writer).epochs_dirty = true;
            // The file is written and synced in one; only a full disk is sure not to have been a failed sync.
            match WriteError::new(&path, error) {
                WriteError::Io { path, source } => Failed::Sync(path, source),
                full => Failed::Write(full),
            }
        })
    }

    /// Syncs, and leaves the log such that opening it needs no scan: indexes written, a producer snapshot at its end.
    /// Nothing can be appended afterwards.
    ///
    /// # Errors
    /// [`WriteError`]; the next open recovers then.
    pub fn close(&self) -> Result<(), WriteError> {
        let _turn = lock(&self.sync_turn);
        self.check()?;
        {
            let mut writer = lock(&self.writer);
            writer.closed = true;
            let end = self.log_end_offset();
            if !writer.used && (end == 0 || writer.snapshots.contains(&end)) {
                return Ok(());
            }
            if !writer.snapshots.contains(&end) && end > 0 {
                let snapshot = producer_snapshot::encode(&writer.producers);
                writer.unsynced.snapshots.push((end, snapshot));
            }
            // The active segment is treated as finished: its indexes are completed and synced.
            let active = Arc::clone(&writer.active);
            writer.unsynced.sealed.push(active);
        }
        self.sync_now()?;
        lock(&self.writer).used = false;
        for segment in self.segments_from(i64::MIN) {
            segment.release();
        }
        Ok(())
    }

    /// Refuses appends from now on, without touching the disk: the partition is about to be deleted.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
        drop(lock(&self.swap));
        lock(&self.writer).closed = true;
    }

    /// Under `sync_turn`.
    pub(super) fn sync_now(&self) -> Result<(), WriteError> {
        let work = self.take_work();
        match self.run(&work) {
            Ok(()) => {
                let mut writer = lock(&self.writer);
                writer.snapshots.extend(work.unsynced.snapshots.iter().map(|(offset, _)| *offset));
                self.durable.fetch_max(work.target, Ordering::AcqRel);
                self.high_watermark.fetch_max(work.target, Ordering::AcqRel);
                self.note_unstable(&mut writer);
                Ok(())
            }
            // Its files have been renamed away under it.
            Err(Failed::Sync(path, error)) if self.is_abandoned() => Err(WriteError::new(&path, error)),
            Err(Failed::Sync(path, error)) => Err(self.poison(&path, &error).into()),
            Err(Failed::Write(error)) => {
                self.put_back(work.unsynced);
                Err(error)
            }
        }
    }

    fn take_work(&self) -> Work {
        let mut writer = lock(&self.writer);
        let unsynced = std::mem::take(&mut writer.unsynced);
        writer.unflushed_records = 0;
        Work { target: self.log_end_offset(), active: Arc::clone(&writer.active), unsynced }
    }

    fn put_back(&self, mut work: Unsynced) {
        let newer = &mut lock(&self.writer).unsynced;
        work.sealed.append(&mut newer.sealed);
        work.snapshots.append(&mut newer.snapshots);
        *newer = Unsynced { dir: work.dir || newer.dir, aborted: work.aborted || newer.aborted, ..work };
    }

    fn run(&self, work: &Work) -> Result<(), Failed> {
        for segment in &work.unsynced.sealed {
            let path = segment.path();
            segment.write_indexes(true).map_err(|error| Failed::write(&path, error))?;
        }
        for (offset, bytes) in &work.unsynced.snapshots {
            self.write_snapshot(*offset, bytes)?;
        }
        if !work.unsynced.sealed.is_empty() {
            self.write_epochs()?;
        }
        for segment in &work.unsynced.sealed {
            sync_segment(segment).map_err(|error| Failed::Sync(segment.path(), error))?;
            segment.sync_indexes().map_err(|error| Failed::Sync(segment.path(), error))?;
        }
        if work.unsynced.aborted {
            // What is durable is not read again after a crash: the index has to be there with it.
            let path = work.active.path();
            work.active.write_aborted().map_err(|error| Failed::write(&path, error))?;
            work.active.sync_aborted().map_err(|error| Failed::Sync(path, error))?;
        }
        sync_segment(&work.active).map_err(|error| Failed::Sync(work.active.path(), error))?;
        if work.unsynced.dir || !work.unsynced.snapshots.is_empty() {
            self.disk.sync_dir(&self.dir).map_err(|error| Failed::Sync(self.dir.to_path_buf(), error))?;
        }
        if let Some(parent) = self.dir.parent().filter(|_| work.unsynced.parent) {
            self.disk.sync_dir(parent).map_err(|error| Failed::Sync(parent.to_path_buf(), error))?;
        }
        Ok(())
    }

    fn write_snapshot(&self, offset: i64, bytes: &[u8]) -> Result<(), Failed> {
        let path = FileName::live(offset, Kind::Snapshot).path(&self.dir);
        let write = || {
            let file = self.disk.open(&path, Open::Create)?;
            file.set_len(0)?;
            file.write_at(bytes, 0)?;
            Ok(file)
        };
        let file = write().map_err(|error| Failed::write(&path, error))?;
        file.sync_data().map_err(|error| Failed::Sync(path, error))
    }
}

fn sync_segment(segment: &Segment) -> io::Result<()> {
    segment.file()?.sync_data()
}

impl Failed {
    fn write(path: &Path, error: io::Error) -> Self {
        Self::Write(WriteError::new(path, error))
    }
}

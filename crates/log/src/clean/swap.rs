//! Putting a copy in the place of its originals.
//!
//! | on disk after a crash | the next start has |
//! |---|---|
//! | some file of the copy still `.cleaned` | the originals |
//! | all of them `.swap` | the copy: what is left of the originals goes |
//! | the originals `.deleted`, the copy `.swap` | the copy |
//! | the copy under its names, perhaps an index still `.swap` | the copy |
//!
//! The directory is synced between these steps, so that no other mixture of names can be on disk.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::CleanError;
use super::copy::Copy;
use super::output::Output;
use crate::error::WriteError;
use crate::files::{FileName, Kind, Stage};
use crate::lock;
use crate::log::{Log, Removal};
use crate::segment::Segment;
use crate::write_lock;

impl Log {
    /// Replaces the group by its copy. After an error the log is as it was, or poisoned.
    pub(super) fn swap(&self, group: &[Arc<Segment>], copy: Copy, now_ms: i64) -> Result<(), CleanError> {
        // No sync and no retention is at work on these files meanwhile, and the topic is not deleted.
        let _turn = lock(&self.sync_turn);
        let _swap = lock(&self.swap);
        let Copy { output, .. } = copy;
        if let Err(error) = self.may_swap(group).and_then(|()| Ok(self.announce(&output)?)) {
            output.remove();
            return Err(error);
        }
        // From here on the copy is what a start would find.
        for segment in group {
            segment
                .retire()
                .map_err(|error| self.poison(&segment.path(), &error))
                .map_err(WriteError::from)?;
        }
        self.rename(group, &output, now_ms)
            .map_err(|error| self.poison(&self.dir, &error))
            .map_err(WriteError::from)?;
        let copy = output.into_segment();
        copy.set_until(group.last().map_or(i64::MAX, |last| last.until()));
        copy.load_aborted().map_err(|error| self.poison(&copy.path(), &error)).map_err(WriteError::from)?;
        self.show(group, copy);
        Ok(())
    }

    /// The originals must be in use, finished, and on disk.
    fn may_swap(&self, group: &[Arc<Segment>]) -> Result<(), CleanError> {
        let writer = lock(&self.writer);
        self.check().map_err(WriteError::from)?;
        let in_use = self.segments_from(i64::MIN);
        let is_in =
            |all: &[Arc<Segment>], one: &Arc<Segment>| all.iter().any(|other| Arc::ptr_eq(other, one));
        let is_ready = |one: &Arc<Segment>| {
            is_in(&in_use, one) && !is_in(&writer.unsynced.sealed, one) && !Arc::ptr_eq(&writer.active, one)
        };
        for segment in group {
            segment.hold().map_err(|error| WriteError::new(&segment.path(), error))?;
        }
        if writer.closed || self.is_abandoned() || !group.iter().all(is_ready) {
            return Err(CleanError::Interrupted);
        }
        Ok(())
    }

    /// Renames the copy's files from `.cleaned` to `.swap`: from then on it counts.
    fn announce(&self, output: &Output) -> Result<(), WriteError> {
        let rename = || {
            for kind in output.kinds() {
                self.rename_stage(output.base(), kind, Stage::Cleaned, Stage::Swap)?;
            }
            self.disk.sync_dir(&self.dir)
        };
        rename().map_err(|error| WriteError::new(&self.dir, error))
    }

    fn rename(&self, group: &[Arc<Segment>], output: &Output, now_ms: i64) -> io::Result<()> {
        let not_before_ms = now_ms.saturating_add(self.config().file_delete_delay_ms);
        for segment in group {
            for kind in [Kind::Log, Kind::OffsetIndex, Kind::TimeIndex, Kind::TxnIndex] {
                self.let_go(FileName::live(segment.base(), kind), not_before_ms)?;
            }
            // The producers' state before a segment that is there no more: nobody asks for it.
            if segment.base() != output.base() {
                self.let_go(FileName::live(segment.base(), Kind::Snapshot), not_before_ms)?;
            }
        }
        self.disk.sync_dir(&self.dir)?;
        for kind in output.kinds() {
            self.rename_stage(output.base(), kind, Stage::Swap, Stage::Live)?;
        }
        self.disk.sync_dir(&self.dir)
    }

    fn rename_stage(&self, base: i64, kind: Kind, from: Stage, to: Stage) -> io::Result<()> {
        let name = FileName::live(base, kind);
        self.disk.rename(&name.at(from).path(&self.dir), &name.at(to).path(&self.dir))
    }

    fn let_go(&self, live: FileName, not_before_ms: i64) -> io::Result<()> {
        let path = live.at(Stage::Deleted).path(&self.dir);
        match self.disk.rename(&live.path(&self.dir), &path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => {
                let mut removals = lock(&self.removals);
                // A file of this name may wait already, from the round before: it was just replaced.
                removals.retain(|removal| removal.path != path);
                removals.push(Removal { path, not_before_ms });
                Ok(())
            }
        }
    }

    /// Gives readers the copy.
    fn show(&self, group: &[Arc<Segment>], copy: Segment) {
        let mut writer = lock(&self.writer);
        let mut segments = write_lock(&self.segments);
        let base = copy.base();
        let first = segments.partition_point(|segment| segment.base() < base);
        let end = (first + group.len()).min(segments.len());
        segments.splice(first..end, [Arc::new(copy)]);
        self.swaps.fetch_add(1, Ordering::AcqRel);
        for segment in group.iter().filter(|segment| segment.base() != base) {
            writer.snapshots.remove(&segment.base());
        }
    }
}

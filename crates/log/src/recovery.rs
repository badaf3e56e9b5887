//! Making a log of what lies in a directory after a stop of any kind.
//!
//! | found | done |
//! |---|---|
//! | no directory, no segment | an empty log at the log start offset; an error if records were synced once |
//! | clean stop | nothing is scanned but the last index interval |
//! | torn, half-written or damaged batch beyond the recovery point | the log is cut there, later segments go |
//! | the same below the recovery point | [`OpenError::Damaged`], nothing is touched |
//! | the log ends below the recovery point | the same |
//! | a segment with a gap, or one before the last that ends early, and an index that names what is missing | the same, unless compacted |
//! | a segment with batches of another one's offsets | as a damaged batch |
//! | a gap before a segment beyond the recovery point | that segment and later ones go (not when compacted) |
//! | empty segment at the end, from a roll that was cut short | it is the active one |
//! | index missing, torn, or not pointing at a batch that it names | made again from the log |
//! | transaction index of a segment that was scanned, or damaged | made again, with those of all later segments |
//! | index without a log | removed; between two segments below the recovery point: as a damaged batch (not when compacted) |
//! | producer snapshot missing, damaged or beyond the end | an older one, and the batches since; the active segment's is written again |
//! | leader epochs missing or damaged | taken from the batches |
//! | `.deleted`, `.cleaned` | removed |
//! | `.swap` | a compaction's result takes the place of what it replaced; of an unfinished split, removed |
//! | log start offset beyond the end | an empty log from there |
//!
//! That a segment ends before the next one begins is no proof of a loss by itself: a topic may have been compacted
//! before its policy became `delete`, and Apache Kafka after a crash keeps a segment whose predecessor lost its end. So it
//! takes an index entry beyond the segment's end to refuse it.
//!
//! Whatever was scanned is synced before the log is used: after `kill -9` it may be in the page cache only. There is
//! nothing to sync of a log that has never held a record.

mod inventory;
mod producers;
mod scan;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::checkpoint;
use crate::config::LogConfig;
use crate::disk::{Disk, DiskFile, Open};
use crate::error::OpenError;
use crate::files::{FileName, Kind, SEGMENT_KINDS};
use crate::indexes::Indexes;
use crate::leader_epoch::LeaderEpochs;
use crate::log::OpenOptions;
use crate::producer::Producers;
use crate::segment::Segment;
use inventory::Inventory;
use scan::{Missing, Scan};

/// A log's parts.
pub(crate) struct Recovered {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) active: Arc<Segment>,
    pub(crate) producers: Producers,
    pub(crate) snapshots: BTreeSet<i64>,
    pub(crate) epochs: LeaderEpochs,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// The log was made just now, or has never held a record: its names may not be on disk yet, the first sync has to
    /// see to that. It costs nothing until then: ten thousand empty logs are opened and closed without a sync.
    pub(crate) fresh: bool,
}

/// Where the work is done, and what is known so far.
struct Recovery<'a> {
    disk: &'a Arc<dyn Disk>,
    dir: &'a Arc<Path>,
    config: &'a LogConfig,
    options: OpenOptions,
    /// There was no segment. Who made the directory does not matter: its name may not be on disk.
    fresh: bool,
    epochs: LeaderEpochs,
    /// The last broker closed it in order, with all of its names on disk.
    closed: bool,
    /// The epochs differ from what their file says.
    epochs_changed: bool,
    segments: Vec<Arc<Segment>>,
    /// Base offset of the first segment whose transaction index has to be made again.
    index_from: Option<i64>,
    /// The offset after the last good batch, once a segment has been looked at.
    end: Option<i64>,
}

/// See the module.
pub(crate) fn recover(
    disk: &Arc<dyn Disk>,
    dir: &Arc<Path>,
    config: &LogConfig,
    options: OpenOptions,
) -> Result<Recovered, OpenError> {
    let inventory = inventory::sweep(&**disk, dir).map_err(|error| OpenError::io(dir, error))?;
    refuse_lost(&**disk, dir, &inventory, config, options)?;
    inventory.remove_leftovers(&**disk, dir).map_err(|error| OpenError::io(dir, error))?;
    let mut recovery = Recovery {
        disk,
        dir,
        config,
        options,
        fresh: inventory.segments.is_empty(),
        epochs: LeaderEpochs::default(),
        closed: false,
        epochs_changed: false,
        segments: Vec::new(),
        index_from: None,
        end: None,
    };
    let epochs_known = recovery.load_epochs()?;
    recovery.closed = options.clean && recovery.load_clean(&inventory.segments)?;
    if !recovery.closed {
        recovery.scan_unclean(&inventory.segments)?;
    }
    if !epochs_known {
        recovery.epochs_from_batches()?;
    }
    recovery.finish(inventory.snapshots)
}

/// A segment's file that is gone while its index is there was not let go: that takes the oldest ones first. Where
/// compaction is at work a crash may leave an index behind.
fn refuse_lost(
    disk: &dyn Disk,
    dir: &Path,
    inventory: &Inventory,
    config: &LogConfig,
    options: OpenOptions,
) -> Result<(), OpenError> {
    let is_synced = |base: &&i64| **base < options.recovery_point && !config.cleanup.compact;
    for base in inventory.without_log.iter().filter(is_synced) {
        let after = inventory.segments.partition_point(|other| other < base);
        let Some(next) = inventory.segments.get(after).filter(|_| after > 0) else { continue };
        let path = FileName::live(*base, Kind::Log).path(dir);
        if Indexes::know_of(disk, dir, *base, &(*base..*next)).map_err(|error| OpenError::io(&path, error))? {
            let reason = "the file is gone, and its index is there".to_owned();
            return Err(damaged(&path, 0, *base, options.recovery_point, reason));
        }
    }
    Ok(())
}

impl Recovery<'_> {
    /// Everything as the last broker left it. False: something is not as it should be after a clean stop.
    fn load_clean(&mut self, bases: &[i64]) -> Result<bool, OpenError> {
        for (at, base) in bases.iter().enumerate() {
            self.load_segment(*base..next_base(bases, at))?;
        }
        let Some(last) = self.segments.last() else { return Ok(true) };
        match scan::end_of(last).map_err(|error| OpenError::io(&last.path(), error))? {
            Some(end) if end >= self.options.recovery_point => {
                self.end = Some(end);
                Ok(true)
            }
            _ => {
                self.segments.clear();
                self.index_from = None;
                Ok(false)
            }
        }
    }

    /// Segments below the recovery point's are taken as they are, the others are read to the last byte.
    fn scan_unclean(&mut self, bases: &[i64]) -> Result<(), OpenError> {
        let recovery_point = self.options.recovery_point;
        let first = bases.partition_point(|base| *base <= recovery_point).saturating_sub(1);
        let (synced, rest) = bases.split_at_checked(first).unwrap_or_default();
        for (at, base) in synced.iter().enumerate() {
            self.load_segment(*base..next_base(bases, at))?;
        }
        for (at, base) in rest.iter().enumerate() {
            let path = FileName::live(*base, Kind::Log).path(self.dir);
            if let Some(end) = self.end.filter(|end| self.is_gap(*end, *base)) {
                self.refuse_below(end, &path, 0, &format!("the records from {end} to {base} are missing"))?;
                tracing::warn!(path = %path.display(), end, "records before this segment never reached the disk: it goes");
                return self.remove_segments(rest.get(at..).unwrap_or_default());
            }
            if self.scan_segment(*base..next_base(rest, at), &path)? {
                return self.remove_segments(rest.get(at + 1..).unwrap_or_default());
            }
        }
        Ok(())
    }

    fn is_gap(&self, end: i64, base: i64) -> bool {
        base < end || (base > end && !self.config.cleanup.compact)
    }

    /// Reads a segment to its last good byte and cuts it there. Returns whether there was anything to cut.
    fn scan_segment(&mut self, offsets: Range<i64>, path: &Path) -> Result<bool, OpenError> {
        let base = offsets.start;
        let failed = |error| OpenError::io(path, error);
        let file = self.disk.open(path, Open::Write).map_err(failed)?;
        let size = file.length().map_err(failed)?;
        let interval = self.config.index_interval_bytes;
        let mut scan = Scan::verify(&*file, offsets, size, interval, &mut self.epochs).map_err(failed)?;
        if let Some(Missing { offsets, position }) = scan.gap.take() {
            let recovery_point = self.options.recovery_point;
            let offsets = offsets.start..offsets.end.min(recovery_point);
            self.refuse_known(base, &Missing { offsets, position }, path, recovery_point)?;
        }
        self.epochs_changed |= scan.epochs_changed;
        let cut = scan.stop.is_some();
        if let Some(reason) = &scan.stop {
            // An offset is not under the checksum: one that became too large must not make what follows it go.
            if scan.goes_back_to.is_some_and(|offset| offset < self.options.recovery_point) {
                let recovery_point = self.options.recovery_point;
                return Err(damaged(path, scan.good_bytes, scan.end, recovery_point, reason.to_string()));
            }
            self.refuse_below(scan.end, path, scan.good_bytes, &reason.to_string())?;
            tracing::warn!(path = %path.display(), position = scan.good_bytes, lost = size - scan.good_bytes, offset = scan.end, %reason, "cut the log at its last good batch");
            file.set_len(scan.good_bytes).map_err(failed)?;
        }
        if size > 0 {
            file.sync_data().map_err(failed)?;
            scan.write_indexes(&**self.disk, self.dir, base).map_err(failed)?;
        } else {
            Indexes::make_files(&**self.disk, self.dir, base).map_err(failed)?;
        }
        self.end = Some(scan.end);
        let segment = self.segment(base, scan.good_bytes, scan.indexes);
        self.index_again(Arc::new(segment)).map_err(failed)?;
        Ok(cut)
    }

    /// Takes a segment as it is. `offsets` end where the following one begins.
    fn load_segment(&mut self, offsets: Range<i64>) -> Result<(), OpenError> {
        let base = offsets.start;
        let path = FileName::live(base, Kind::Log).path(self.dir);
        let failed = |error| OpenError::io(&path, error);
        let file = self.disk.open(&path, Open::Write).map_err(failed)?;
        let size = file.length().map_err(failed)?;
        if let Some(indexes) =
            Indexes::load(&**self.disk, self.dir, &offsets, &*file, size).map_err(failed)?
        {
            let segment = self.segment(base, size, indexes).found_on_disk();
            segment.set_until(offsets.end);
            if segment.is_largest_timestamp_right() {
                return self.with_aborted(Arc::new(segment)).map_err(failed);
            }
        }
        let indexes = self.rebuild_indexes(offsets, &path, &*file, size)?;
        let segment = self.segment(base, size, indexes);
        self.with_aborted(Arc::new(segment)).map_err(failed)
    }

    /// Takes a segment whose transaction index may be believed.
    fn with_aborted(&mut self, segment: Arc<Segment>) -> io::Result<()> {
        let believed = segment.load_aborted()?;
        if believed && self.index_from.is_none() {
            self.segments.push(segment);
            return Ok(());
        }
        if !believed {
            tracing::warn!(path = %segment.path().display(), "the transaction index is wrong: making it again");
        }
        self.index_again(segment)
    }

    /// Takes a segment whose transaction index is made again from its batches, as are those of all that follow.
    fn index_again(&mut self, segment: Arc<Segment>) -> io::Result<()> {
        segment.reset_aborted()?;
        self.index_from.get_or_insert(segment.base());
        self.segments.push(segment);
        Ok(())
    }

    /// Makes both indexes again from the segment's batches. Where those leave a gap, or end before the next segment
    /// begins, an index that names what is missing tells of a file that was cut, or is another's.
    fn rebuild_indexes(
        &mut self,
        offsets: Range<i64>,
        path: &Path,
        file: &dyn DiskFile,
        size: u64,
    ) -> Result<Indexes, OpenError> {
        tracing::warn!(path = %path.display(), "an index is missing or wrong: making both again");
        let failed = |error| OpenError::io(path, error);
        let (base, interval) = (offsets.start, self.config.index_interval_bytes);
        let mut scan =
            Scan::verify(file, offsets.clone(), size, interval, &mut self.epochs.clone()).map_err(failed)?;
        // Where the last segment ends is compared with the recovery point later.
        let ends_early = scan.stop.is_none() && offsets.end < i64::MAX;
        let end = ends_early.then_some(Missing { offsets: scan.end..offsets.end, position: scan.good_bytes });
        for missing in end.into_iter().chain(scan.gap.take()) {
            self.refuse_known(base, &missing, path, offsets.end)?;
        }
        if let Some(reason) = &scan.stop {
            let synced = self.options.recovery_point.max(scan.end + 1);
            return Err(damaged(path, scan.good_bytes, scan.end, synced, reason.to_string()));
        }
        scan.write_indexes(&**self.disk, self.dir, base).map_err(failed)?;
        Ok(scan.indexes)
    }

    /// Records that no batch of a segment has, and that its index names: they were there. A name of the base alone may
    /// be the zeros of an index that was never written.
    fn refuse_known(
        &self,
        base: i64,
        Missing { offsets: missing, position }: &Missing,
        path: &Path,
        synced: i64,
    ) -> Result<(), OpenError> {
        let named = missing.start.max(base + 1)..missing.end;
        let failed = |error| OpenError::io(path, error);
        if self.config.cleanup.compact
            || !Indexes::know_of(&**self.disk, self.dir, base, &named).map_err(failed)?
        {
            return Ok(());
        }
        let reason = format!("the records from {} to {} are missing", missing.start, missing.end);
        Err(damaged(path, *position, missing.start, synced, reason))
    }

    fn refuse_below(&self, offset: i64, path: &Path, position: u64, reason: &str) -> Result<(), OpenError> {
        let recovery_point = self.options.recovery_point;
        if offset >= recovery_point {
            return Ok(());
        }
        Err(damaged(path, position, offset, recovery_point, reason.to_owned()))
    }

    fn remove_segments(&mut self, bases: &[i64]) -> Result<(), OpenError> {
        for base in bases {
            for kind in SEGMENT_KINDS {
                let path = FileName::live(*base, kind).path(self.dir);
                match self.disk.remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(OpenError::io(&path, error));
                    }
                    _ => {}
                }
            }
        }
        if bases.is_empty() {
            return Ok(());
        }
        // Now, and not with the first record: a clean stop without one syncs nothing, and they would come back.
        self.disk.sync_dir(self.dir).map_err(|error| OpenError::io(self.dir, error))
    }

    fn segment(&self, base: i64, size: u64, indexes: Indexes) -> Segment {
        Segment::new(Arc::clone(self.disk), Arc::clone(self.dir), base, size, indexes)
    }

    fn load_epochs(&mut self) -> Result<bool, OpenError> {
        let path = self.dir.join(crate::log::LEADER_EPOCHS);
        let (mut epochs, mut last, mut grow) = (LeaderEpochs::default(), None, true);
        let read = checkpoint::read_lines(&**self.disk, &path, |line| {
            let (epoch, start) = LeaderEpochs::parse_line(line)?;
            grow &= last.is_none_or(|last: (i32, i64)| last.0 < epoch && last.1 < start);
            if grow {
                epochs.assign(epoch, start);
            }
            last = Some((epoch, start));
            Some(())
        });
        match read {
            Ok(()) if !grow => {
                tracing::warn!(path = %path.display(), "leader epochs that do not grow: taking them from the batches");
                Ok(false)
            }
            Ok(()) => {
                self.epochs = epochs;
                Ok(last.is_some())
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                tracing::warn!(path = %path.display(), %error, "taking the leader epochs from the batches");
                Ok(false)
            }
            Err(error) => Err(OpenError::io(&path, error)),
        }
    }

    fn epochs_from_batches(&mut self) -> Result<(), OpenError> {
        self.epochs = LeaderEpochs::default();
        for segment in &self.segments {
            let changed = scan::epochs_of(segment, &mut self.epochs)
                .map_err(|error| OpenError::io(&segment.path(), error))?;
            self.epochs_changed |= changed;
        }
        Ok(())
    }

    fn finish(mut self, snapshots: BTreeSet<i64>) -> Result<Recovered, OpenError> {
        let start = self.options.log_start_offset;
        let end = self.end.unwrap_or(start);
        if let Some(last) = self.segments.last() {
            self.refuse_below(end, &last.path(), last.size(), "the log ends here")?;
        } else {
            self.refuse_below(end, self.dir, 0, "there is no segment")?;
        }
        let end = if end < start { self.start_again(start)? } else { end };
        let active = match self.segments.last() {
            Some(active) => Arc::clone(active),
            None => self.first_segment(end)?,
        };
        let start = self.segments.first().map_or(start, |first| first.base().max(start));
        let were_beyond = self.cut_epochs(start, end);
        if start < end && (were_beyond || self.epochs.latest().is_none()) {
            // What the file said was of other records than there are.
            self.epochs_from_batches()?;
            self.cut_epochs(start, end);
        }
        self.write_epochs()?;
        let (mut producers, snapshots) =
            producers::load(&**self.disk, self.dir, &self.segments, snapshots, (end, self.index_from))?;
        producers.seen(self.options.now_ms);
        let fresh = self.fresh || (end == 0 && self.segments.len() == 1);
        if !(fresh || self.closed) {
            self.disk.sync_dir(self.dir).map_err(|error| OpenError::io(self.dir, error))?;
        }
        let next_bases = self.segments.iter().skip(1).map(|segment| segment.base()).chain([i64::MAX]);
        for (segment, next) in self.segments.iter().zip(next_bases) {
            segment.set_until(next);
            segment.release();
        }
        let Self { segments, epochs, .. } = self;
        Ok(Recovered { segments, active, producers, snapshots, epochs, start, end, fresh })
    }

    /// In this order: of a log without records no epoch is known after a start, as the leader's own is noted then.
    /// Returns whether there were epochs beyond the end.
    fn cut_epochs(&mut self, start: i64, end: i64) -> bool {
        self.epochs_changed |= self.epochs.cut_start(start);
        let were_beyond = self.epochs.cut_end(end);
        self.epochs_changed |= were_beyond;
        were_beyond
    }

    fn write_epochs(&self) -> Result<(), OpenError> {
        if !self.epochs_changed {
            return Ok(());
        }
        let path = self.dir.join(crate::log::LEADER_EPOCHS);
        checkpoint::write_lines(&**self.disk, &path, self.epochs.lines())
            .map_err(|error| OpenError::io(&path, error))
    }

    fn start_again(&mut self, start: i64) -> Result<i64, OpenError> {
        tracing::warn!(dir = %self.dir.display(), start, end = ?self.end, "the log start offset lies beyond the log's end: the log starts again there");
        let bases: Vec<i64> = self.segments.drain(..).map(|segment| segment.base()).collect();
        self.remove_segments(&bases)?;
        self.epochs = LeaderEpochs::default();
        self.epochs_changed = true;
        Ok(start)
    }

    fn first_segment(&mut self, base: i64) -> Result<Arc<Segment>, OpenError> {
        let segment = Segment::create(Arc::clone(self.disk), Arc::clone(self.dir), base)
            .map_err(|error| OpenError::io(self.dir, io::Error::other(error)))?;
        let segment = Arc::new(segment);
        self.segments.push(Arc::clone(&segment));
        Ok(segment)
    }
}

/// Where the segment after the one at `at` begins.
fn next_base(bases: &[i64], at: usize) -> i64 {
    bases.get(at + 1).copied().unwrap_or(i64::MAX)
}

fn damaged(path: &Path, position: u64, offset: i64, recovery_point: i64, reason: String) -> OpenError {
    OpenError::Damaged { path: path.to_path_buf(), position, offset, recovery_point, reason }
}

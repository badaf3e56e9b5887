//! Reading a segment from its first byte to its last good one.

use std::io;
use std::ops::Range;
use std::path::Path;

use millstream_wire::records::{BatchHeader, RecordsError};

use crate::disk::{Disk, DiskFile, Open};
use crate::files::{FileName, Kind};
use crate::indexes::Indexes;
use crate::leader_epoch::LeaderEpochs;
use crate::segment::Segment;
use crate::walk::{Stop, Walk};

/// Offsets that no batch of a segment has.
pub(super) struct Missing {
    pub(super) offsets: Range<i64>,
    /// Where in the file their batches would be.
    pub(super) position: u64,
}

/// What a segment holds.
pub(super) struct Scan {
    /// Its indexes, not written yet.
    pub(super) indexes: Indexes,
    /// The offset after its last good batch.
    pub(super) end: i64,
    /// Bytes of good batches.
    pub(super) good_bytes: u64,
    /// Why the rest is not good, if there is a rest.
    pub(super) stop: Option<RecordsError>,
    /// The first offsets that no batch has, with batches behind them.
    pub(super) gap: Option<Missing>,
    /// The offset of the sound batch at which it stopped, if it would fill a gap that was passed before: then what
    /// lies behind the gap has a wrong offset, which no torn write makes too large.
    pub(super) goes_back_to: Option<i64>,
    /// The batches knew leader epochs that were not known before.
    pub(super) epochs_changed: bool,
}

impl Scan {
    /// Checks every batch: checksum, that offsets grow, and that they are this segment's `offsets`: from its base to
    /// where the next segment begins.
    pub(super) fn verify(
        file: &dyn DiskFile,
        offsets: Range<i64>,
        size: u64,
        interval: u32,
        epochs: &mut LeaderEpochs,
    ) -> io::Result<Self> {
        let base = offsets.start;
        let mut walk = Walk::verified(file, 0, size);
        let mut scan = Self {
            indexes: Indexes::empty(),
            end: base,
            good_bytes: 0,
            stop: None,
            gap: None,
            goes_back_to: None,
            epochs_changed: false,
        };
        loop {
            match walk.step() {
                Ok(None) => return Ok(scan),
                Ok(Some(step)) => {
                    if let Err(reason) = check_offsets(&step.header, scan.end, &offsets) {
                        scan.stop = Some(reason);
                        let offset = step.header.base_offset;
                        let fills = scan.gap.as_ref().is_some_and(|gap| offset >= gap.offsets.start);
                        scan.goes_back_to = fills.then_some(offset);
                        return Ok(scan);
                    }
                    if step.header.base_offset > scan.end {
                        let offsets = scan.end..step.header.base_offset;
                        scan.gap.get_or_insert(Missing { offsets, position: step.position });
                    }
                    scan.indexes.note(base, step.position, &step.header, interval);
                    scan.epochs_changed |= note_epoch(&step.header, epochs);
                    scan.end = step.header.next_offset();
                    scan.good_bytes = walk.position();
                }
                Err(Stop::Bad(reason)) => {
                    scan.stop = Some(reason);
                    return Ok(scan);
                }
                Err(Stop::Io(error)) => return Err(error),
            }
        }
    }

    /// Replaces the index files by what was found, on disk.
    pub(super) fn write_indexes(&mut self, disk: &dyn Disk, dir: &Path, base: i64) -> io::Result<()> {
        Indexes::make_files(disk, dir, base)?;
        self.indexes.note_largest();
        self.indexes.write(disk, dir, base)?;
        for kind in [Kind::OffsetIndex, Kind::TimeIndex] {
            disk.open(&FileName::live(base, kind).path(dir), Open::Write)?.sync_data()?;
        }
        Ok(())
    }
}

fn check_offsets(batch: &BatchHeader, end: i64, offsets: &Range<i64>) -> Result<(), RecordsError> {
    let most = offsets.start.saturating_add(i64::from(i32::MAX)).min(offsets.end.saturating_sub(1));
    if batch.base_offset < end || batch.last_offset() > most {
        return Err(RecordsError::BadField { field: "base offset", value: batch.base_offset });
    }
    Ok(())
}

fn note_epoch(batch: &BatchHeader, epochs: &mut LeaderEpochs) -> bool {
    let newer = epochs.latest().is_none_or(|latest| batch.partition_leader_epoch > latest.epoch);
    newer && epochs.assign(batch.partition_leader_epoch, batch.base_offset)
}

/// The offset after a segment's last batch, found from its last index entry on; `None` when what lies there is not the
/// batch that the entry names, with a row of batches behind it.
pub(super) fn end_of(segment: &Segment) -> io::Result<Option<i64>> {
    if segment.size() == 0 {
        return Ok(Some(segment.base()));
    }
    let hint = segment.hint(segment.base().saturating_add(i64::from(i32::MAX))).map_err(io::Error::other)?;
    if let Some(hint) = hint
        && !segment.is_right(hint)?
    {
        return Ok(None);
    }
    let start = hint.map_or(0, |hint| hint.position);
    let file = segment.file()?;
    let mut walk = Walk::headers(&*file, start, segment.size());
    let mut end = segment.base();
    loop {
        match walk.step() {
            Ok(None) => return Ok(Some(end)),
            Ok(Some(step)) if step.header.base_offset >= end => end = step.header.next_offset(),
            Ok(Some(_)) | Err(Stop::Bad(_)) => return Ok(None),
            Err(Stop::Io(error)) => return Err(error),
        }
    }
}

/// Takes the leader epochs from a segment's headers. Returns whether there were new ones.
pub(super) fn epochs_of(segment: &Segment, epochs: &mut LeaderEpochs) -> io::Result<bool> {
    let file = segment.file()?;
    let mut walk = Walk::headers(&*file, 0, segment.size());
    let mut changed = false;
    loop {
        match walk.step() {
            Ok(Some(step)) => changed |= note_epoch(&step.header, epochs),
            Ok(None) | Err(Stop::Bad(_)) => return Ok(changed),
            Err(Stop::Io(error)) => return Err(error),
        }
    }
}

//! Both indexes of one segment and the rule by which entries are made: one in each for every
//! `index.interval.bytes` of log, made by the first batch beyond it.

use std::io;
use std::ops::Range;
use std::path::Path;

use millstream_wire::records::BatchHeader;
use millstream_wire::records::batch::{HEADER_SIZE, NO_TIMESTAMP};

use crate::disk::{Disk, DiskFile, Open};
use crate::files::{FileName, Kind, Stage};
use crate::index::{IndexEntry, OffsetEntry, SparseIndex, TimeEntry, entry_at};

/// Entries read at a time by who reads a whole index.
const ENTRIES_AT_ONCE: usize = 512;

/// The indexes of a segment.
#[derive(Debug)]
pub(crate) struct Indexes {
    /// Offset to position.
    pub(crate) offsets: SparseIndex<OffsetEntry>,
    /// Timestamp to offset.
    pub(crate) times: SparseIndex<TimeEntry>,
    /// The largest timestamp of the segment, and the batch that has it; its timestamp is -1 when there is none.
    pub(crate) largest: TimeEntry,
    last_time: i64,
    bytes_since_entry: u64,
}

impl Indexes {
    /// Those of an empty segment.
    pub(crate) const fn empty() -> Self {
        Self {
            offsets: SparseIndex::of(0),
            times: SparseIndex::of(0),
            largest: TimeEntry { timestamp: NO_TIMESTAMP, relative: 0 },
            last_time: NO_TIMESTAMP,
            bytes_since_entry: 0,
        }
    }

    /// Notes a batch that is at `position` of the segment that starts at `base`.
    pub(crate) fn note(&mut self, base: i64, position: u64, batch: &BatchHeader, interval: u32) {
        let relative = u32::try_from(batch.last_offset() - base).unwrap_or(u32::MAX);
        if batch.max_timestamp > self.largest.timestamp {
            self.largest = TimeEntry { timestamp: batch.max_timestamp, relative };
        }
        if self.bytes_since_entry > u64::from(interval) {
            self.offsets
                .push(OffsetEntry { relative, position: u32::try_from(position).unwrap_or(u32::MAX) });
            self.note_largest();
            self.bytes_since_entry = 0;
        }
        self.bytes_since_entry += batch.size_in_bytes() as u64;
    }

    /// The time index of a finished segment ends with its largest timestamp.
    pub(crate) fn note_largest(&mut self) {
        if self.largest.timestamp > self.last_time {
            self.times.push(self.largest);
            self.last_time = self.largest.timestamp;
        }
    }

    /// Whether one of the files has reached `segment.index.bytes`; the time index keeps room for its last entry.
    pub(crate) const fn are_full(&self, most_bytes: u32) -> bool {
        let most = most_bytes as usize;
        self.offsets.len() >= most / OffsetEntry::SIZE || self.times.len() + 1 >= most / TimeEntry::SIZE
    }

    /// Whether [`Self::write`] should be called.
    pub(crate) fn want_writing(&self) -> bool {
        self.offsets.is_tail_full() || self.times.is_tail_full()
    }

    /// Writes what is not in the files yet.
    pub(crate) fn write(&mut self, disk: &dyn Disk, dir: &Path, base: i64) -> io::Result<()> {
        self.write_at(disk, dir, base, Stage::Live)
    }

    /// The same into files that are on their way in.
    pub(crate) fn write_at(
        &mut self,
        disk: &dyn Disk,
        dir: &Path,
        base: i64,
        stage: Stage,
    ) -> io::Result<()> {
        self.offsets.write(disk, &FileName::live(base, Kind::OffsetIndex).at(stage).path(dir))?;
        self.times.write(disk, &FileName::live(base, Kind::TimeIndex).at(stage).path(dir))
    }

    /// Makes both files anew, empty, for what [`Self::write`] will put in.
    pub(crate) fn make_files(disk: &dyn Disk, dir: &Path, base: i64) -> io::Result<()> {
        for kind in [Kind::OffsetIndex, Kind::TimeIndex] {
            disk.open(&FileName::live(base, kind).path(dir), Open::Create)?.set_len(0)?;
        }
        Ok(())
    }

    /// The indexes in the files, if they can be believed: the last entry must point at the batch that it names, and
    /// where there is none the first batch must be of the segment's `offsets`.
    pub(crate) fn load(
        disk: &dyn Disk,
        dir: &Path,
        offsets: &Range<i64>,
        log: &dyn DiskFile,
        size: u64,
    ) -> io::Result<Option<Self>> {
        let (base, own) = (offsets.start, offsets);
        let Some((offsets, last_offset)) = open_index::<OffsetEntry>(disk, dir, base, Kind::OffsetIndex)?
        else {
            return Ok(None);
        };
        let Some((times, last_time)) = open_index::<TimeEntry>(disk, dir, base, Kind::TimeIndex)? else {
            return Ok(None);
        };
        if let Some(entry) = last_offset {
            let mut head = Vec::new();
            log.read_at(&mut head, HEADER_SIZE, u64::from(entry.position))?;
            let named = |batch: BatchHeader| batch.last_offset() == base + i64::from(entry.relative);
            if u64::from(entry.position) >= size || !BatchHeader::parse(&head).is_ok_and(named) {
                return Ok(None);
            }
        } else if size > 0 && own.end < i64::MAX {
            let mut head = Vec::new();
            log.read_at(&mut head, HEADER_SIZE, 0)?;
            if !BatchHeader::parse(&head).is_ok_and(|batch| own.contains(&batch.base_offset)) {
                return Ok(None);
            }
        }
        let largest = last_time.unwrap_or(TimeEntry { timestamp: NO_TIMESTAMP, relative: 0 });
        Ok(Some(Self {
            offsets: SparseIndex::of(offsets),
            times: SparseIndex::of(times),
            largest,
            last_time: largest.timestamp,
            bytes_since_entry: 0,
        }))
    }

    /// Whether one of the index files, as far as it is a sorted list, names an offset among `missing`.
    pub(crate) fn know_of(disk: &dyn Disk, dir: &Path, base: i64, missing: &Range<i64>) -> io::Result<bool> {
        let is_missing = |relative: u32| missing.contains(&(base + i64::from(relative)));
        let path = |kind| FileName::live(base, kind).path(dir);
        Ok(any_entry::<OffsetEntry>(disk, &path(Kind::OffsetIndex), |entry| is_missing(entry.relative))?
            || any_entry::<TimeEntry>(disk, &path(Kind::TimeIndex), |entry| is_missing(entry.relative))?)
    }
}

/// Whether `wanted` holds for an entry of the file's sorted beginning.
fn any_entry<E: IndexEntry + Sorted>(
    disk: &dyn Disk,
    path: &Path,
    wanted: impl Fn(&E) -> bool,
) -> io::Result<bool> {
    let file = match disk.open(path, Open::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let (mut at, mut last) = (0, None::<E>);
    loop {
        let mut bytes = Vec::new();
        file.read_at(&mut bytes, ENTRIES_AT_ONCE * E::SIZE, at)?;
        at += bytes.len() as u64;
        for entry in bytes.chunks_exact(E::SIZE).map_while(E::get) {
            if last.is_some_and(|last| !last.is_below(&entry)) {
                return Ok(false);
            }
            if wanted(&entry) {
                return Ok(true);
            }
            last = Some(entry);
        }
        if bytes.len() < ENTRIES_AT_ONCE * E::SIZE {
            return Ok(false);
        }
    }
}

/// How many entries a file has, and the last one; `None` when the file is missing or not a sorted list of entries.
fn open_index<E: IndexEntry + Sorted>(
    disk: &dyn Disk,
    dir: &Path,
    base: i64,
    kind: Kind,
) -> io::Result<Option<(usize, Option<E>)>> {
    let file = match disk.open(&FileName::live(base, kind).path(dir), Open::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let len = usize::try_from(file.length()?).unwrap_or(usize::MAX);
    let entries = len / E::SIZE;
    if len == 0 {
        return Ok(Some((0, None)));
    }
    let (first, last) = (entry_at::<E>(&*file, 0)?, entry_at::<E>(&*file, entries.saturating_sub(1))?);
    let sorted = first.zip(last).is_none_or(|(first, last)| entries == 1 || first.is_below(&last));
    Ok((len % E::SIZE == 0 && sorted).then_some((entries, last)))
}

trait Sorted {
    fn is_below(&self, other: &Self) -> bool;
}

impl Sorted for OffsetEntry {
    fn is_below(&self, other: &Self) -> bool {
        self.relative < other.relative && self.position < other.position
    }
}

impl Sorted for TimeEntry {
    fn is_below(&self, other: &Self) -> bool {
        self.timestamp < other.timestamp && self.relative <= other.relative
    }
}

//! The producers' state at a log's end: the youngest good snapshot and the batches since.
//!
//! A snapshot keeps the last batch of each producer. The other four of its window are taken from the batches shortly
//! before it, so that what a client had in flight when the broker stopped is still recognised.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use millstream_wire::records::EndMarker;

use crate::checkpoint;
use crate::disk::{Disk, DiskFile, Open};
use crate::error::OpenError;
use crate::files::{FileName, Kind};
use crate::producer::{Produced, Producers};
use crate::producer_snapshot;
use crate::segment::Segment;
use crate::walk::{Step, Stop, Walk};

/// How many bytes before the snapshot are looked at.
const LOOK_BACK: u64 = 1 << 20;

/// A marker's batch is not larger.
const LARGEST_MARKER: usize = 64 * 1024;

/// The state at `end`, and the snapshots that are worth keeping: those at a segment's start, and the youngest. The
/// transaction indexes of the segments from `index_from` on, which are empty, are made on the way.
///
/// The state is the youngest snapshot's, never an older one's with the batches since: compaction removes the marker of
/// a transaction of which nothing is left, and an older snapshot may still have it open. For the indexes an older one
/// is good enough, for a reader asks them only about records that are there.
pub(super) fn load(
    disk: &dyn Disk,
    dir: &Path,
    segments: &[Arc<Segment>],
    mut snapshots: BTreeSet<i64>,
    (end, index_from): (i64, Option<i64>),
) -> Result<(Producers, BTreeSet<i64>), OpenError> {
    let beyond = snapshots.split_off(&end.saturating_add(1));
    for offset in &beyond {
        remove(disk, dir, *offset)?;
    }
    let (mut producers, from) = youngest(disk, dir, &mut snapshots, end)?;
    if let Some(index_from) = index_from.filter(|offset| *offset < from) {
        let (mut earlier, since) = youngest(disk, dir, &mut snapshots, index_from)?;
        for segment in from_offset(segments, since) {
            replay(segment, position(segment, since)?, since..from, index_from, &mut earlier)?;
        }
    }
    if producers.iter().len() > 0 {
        producers.recall(shortly_before(segments, from)?);
    }
    let mut changed = !beyond.is_empty();
    for segment in from_offset(segments, from).iter().filter(|_| from < end) {
        let is_active = segments.last().is_some_and(|last| Arc::ptr_eq(last, segment));
        if is_active && segment.base() > from {
            write(disk, dir, segment.base(), &producers)?;
            changed |= snapshots.insert(segment.base());
        }
        let indexed = index_from.unwrap_or(i64::MAX);
        replay(segment, position(segment, from)?, from..i64::MAX, indexed, &mut producers)?;
    }
    if changed {
        // A snapshot from beyond the end must not come back when the log has grown to where it was.
        disk.sync_dir(dir).map_err(|error| OpenError::io(dir, error))?;
    }
    write_indexes(segments, index_from)?;
    remove_stray(disk, dir, segments, &mut snapshots)?;
    Ok((producers, snapshots))
}

/// Removes the snapshots that are not at a segment's start, but for the youngest.
fn remove_stray(
    disk: &dyn Disk,
    dir: &Path,
    segments: &[Arc<Segment>],
    snapshots: &mut BTreeSet<i64>,
) -> Result<(), OpenError> {
    let youngest = snapshots.last().copied();
    let is_stray =
        |offset: &i64| Some(*offset) != youngest && !segments.iter().any(|segment| segment.base() == *offset);
    let stray: Vec<i64> = snapshots.iter().copied().filter(is_stray).collect();
    for offset in stray {
        remove(disk, dir, offset)?;
        snapshots.remove(&offset);
    }
    Ok(())
}

/// Puts the transaction indexes on disk that were made again.
fn write_indexes(segments: &[Arc<Segment>], index_from: Option<i64>) -> Result<(), OpenError> {
    let made = |segment: &&Arc<Segment>| {
        segment.size() > 0 && index_from.is_some_and(|offset| segment.base() >= offset)
    };
    for segment in segments.iter().filter(made) {
        segment.write_indexes(false).map_err(|error| failed(segment, error))?;
        segment.sync_indexes().map_err(|error| failed(segment, error))?;
    }
    Ok(())
}

/// The segments with batches from this offset on.
fn from_offset(segments: &[Arc<Segment>], offset: i64) -> &[Arc<Segment>] {
    let first = segments.partition_point(|segment| segment.base() <= offset).saturating_sub(1);
    segments.get(first..).unwrap_or_default()
}

/// Where in a segment to begin looking for an offset.
fn position(segment: &Segment, offset: i64) -> Result<u64, OpenError> {
    let hint = segment.hint(offset).map_err(|error| failed(segment, io::Error::other(error)))?;
    Ok(hint.map_or(0, |hint| hint.position))
}

/// A snapshot that every segment but the first has from the roll that made it. A crash may have taken it, and without
/// it the next start would take an older one.
fn write(disk: &dyn Disk, dir: &Path, offset: i64, producers: &Producers) -> Result<(), OpenError> {
    let path = FileName::live(offset, Kind::Snapshot).path(dir);
    let write = || {
        let file = disk.open(&path, Open::Create)?;
        file.set_len(0)?;
        file.write_at(&producer_snapshot::encode(producers), 0)?;
        file.sync_data()
    };
    write().map_err(|error| OpenError::io(&path, error))
}

fn youngest(
    disk: &dyn Disk,
    dir: &Path,
    snapshots: &mut BTreeSet<i64>,
    not_above: i64,
) -> Result<(Producers, i64), OpenError> {
    while let Some(offset) = snapshots.range(..=not_above).next_back().copied() {
        let path = FileName::live(offset, Kind::Snapshot).path(dir);
        let bytes = checkpoint::read(disk, &path).map_err(|error| OpenError::io(&path, error))?;
        if let Some(producers) = bytes.as_deref().and_then(producer_snapshot::decode) {
            return Ok((producers, offset));
        }
        tracing::warn!(path = %path.display(), "a damaged producer snapshot: taking an older one and the batches since");
        remove(disk, dir, offset)?;
        snapshots.remove(&offset);
    }
    Ok((Producers::default(), 0))
}

/// What the batches say that lie at most [`LOOK_BACK`] bytes before this offset.
fn shortly_before(segments: &[Arc<Segment>], offset: i64) -> Result<Producers, OpenError> {
    let mut starts = Vec::new();
    let mut left = LOOK_BACK;
    for segment in segments.iter().rev().filter(|segment| segment.base() < offset) {
        let hint = segment.hint(offset).map_err(|error| failed(segment, io::Error::other(error)))?;
        let end = hint.map_or(segment.size(), |hint| hint.position);
        let start = segment
            .boundary_before(end.saturating_sub(left))
            .map_err(|error| failed(segment, io::Error::other(error)))?;
        starts.push((segment, start));
        left = left.saturating_sub(end);
        if left == 0 {
            break;
        }
    }
    let mut seen = Producers::default();
    for (segment, start) in starts.into_iter().rev() {
        replay(segment, start, i64::MIN..offset, i64::MAX, &mut seen)?;
    }
    Ok(seen)
}

/// Takes in the batches of these offsets; a segment from `index_from` on is told what was aborted.
fn replay(
    segment: &Segment,
    start: u64,
    offsets: Range<i64>,
    index_from: i64,
    producers: &mut Producers,
) -> Result<(), OpenError> {
    let indexed = segment.base() >= index_from;
    let file = segment.file().map_err(|error| failed(segment, error))?;
    let mut walk = Walk::headers(&*file, start, segment.size());
    loop {
        match walk.step() {
            Ok(Some(step)) if step.header.base_offset >= offsets.end => return Ok(()),
            Ok(Some(step)) if step.header.base_offset >= offsets.start => {
                let marker = end_marker(&*file, &step).map_err(|error| failed(segment, error))?;
                let aborted = producers.add(Produced { header: &step.header, marker }, 0);
                if let Some(aborted) = aborted.filter(|_| indexed) {
                    segment.note_aborted(aborted);
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => return Ok(()),
            Err(Stop::Io(error)) => return Err(failed(segment, error)),
            Err(Stop::Bad(reason)) => return Err(failed(segment, io::Error::other(reason))),
        }
    }
}

/// What the batch says, if it is the marker that ends a transaction.
fn end_marker(file: &dyn DiskFile, step: &Step) -> io::Result<Option<EndMarker>> {
    let (header, size) = (step.header, step.header.size_in_bytes());
    if !header.attributes.is_control() || !header.has_producer_id() || size > LARGEST_MARKER {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(size);
    file.read_at(&mut bytes, size, step.position)?;
    EndMarker::parse(&Bytes::from(bytes)).map_err(io::Error::other)
}

fn failed(segment: &Segment, error: io::Error) -> OpenError {
    OpenError::io(&segment.path(), error)
}

fn remove(disk: &dyn Disk, dir: &Path, offset: i64) -> Result<(), OpenError> {
    let path = FileName::live(offset, Kind::Snapshot).path(dir);
    match disk.remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(OpenError::io(&path, error)),
        _ => Ok(()),
    }
}

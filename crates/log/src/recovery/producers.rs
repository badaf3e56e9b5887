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
use crate::disk::{Disk, DiskFile};
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
pub(super) fn load(
    disk: &dyn Disk,
    dir: &Path,
    segments: &[Arc<Segment>],
    mut snapshots: BTreeSet<i64>,
    (end, index_from): (i64, Option<i64>),
) -> Result<(Producers, BTreeSet<i64>), OpenError> {
    for beyond in snapshots.split_off(&end.saturating_add(1)) {
        remove(disk, dir, beyond)?;
    }
    let (mut producers, from) = youngest(disk, dir, &mut snapshots, index_from.unwrap_or(i64::MAX))?;
    if producers.iter().len() > 0 {
        producers.recall(shortly_before(segments, from)?);
    }
    let first = segments.partition_point(|segment| segment.base() <= from).saturating_sub(1);
    for segment in segments.get(first..).unwrap_or_default().iter().filter(|_| from < end) {
        let start = segment.hint(from).map_err(|error| failed(segment, io::Error::other(error)))?;
        let indexed = index_from.is_some_and(|from| segment.base() >= from);
        replay(segment, start.map_or(0, |hint| hint.position), from..i64::MAX, indexed, &mut producers)?;
        if indexed {
            segment.write_indexes(false).map_err(|error| failed(segment, error))?;
            segment.sync_indexes().map_err(|error| failed(segment, error))?;
        }
    }
    let youngest = snapshots.last().copied();
    let stray: Vec<i64> = snapshots
        .iter()
        .filter(|offset| {
            Some(**offset) != youngest && !segments.iter().any(|segment| segment.base() == **offset)
        })
        .copied()
        .collect();
    for offset in stray {
        remove(disk, dir, offset)?;
        snapshots.remove(&offset);
    }
    Ok((producers, snapshots))
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
        replay(segment, start, i64::MIN..offset, false, &mut seen)?;
    }
    Ok(seen)
}

fn replay(
    segment: &Segment,
    start: u64,
    offsets: Range<i64>,
    indexed: bool,
    producers: &mut Producers,
) -> Result<(), OpenError> {
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

//! The producers' state at a log's end: the youngest good snapshot and the batches since.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::checkpoint;
use crate::disk::Disk;
use crate::error::OpenError;
use crate::files::{FileName, Kind};
use crate::producer::Producers;
use crate::producer_snapshot;
use crate::segment::Segment;
use crate::walk::{Stop, Walk};

/// The state at `end`, and the snapshots that are worth keeping: those at a segment's start, and the youngest.
pub(super) fn load(
    disk: &dyn Disk,
    dir: &Path,
    segments: &[Arc<Segment>],
    mut snapshots: BTreeSet<i64>,
    end: i64,
) -> Result<(Producers, BTreeSet<i64>), OpenError> {
    for beyond in snapshots.split_off(&end.saturating_add(1)) {
        remove(disk, dir, beyond)?;
    }
    let (mut producers, from) = youngest(disk, dir, &mut snapshots)?;
    let first = segments.partition_point(|segment| segment.base() <= from).saturating_sub(1);
    for segment in segments.get(first..).unwrap_or_default().iter().filter(|_| from < end) {
        replay(segment, from, &mut producers)?;
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
) -> Result<(Producers, i64), OpenError> {
    while let Some(offset) = snapshots.last().copied() {
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

fn replay(segment: &Segment, from: i64, producers: &mut Producers) -> Result<(), OpenError> {
    let failed = |error| OpenError::io(&segment.path(), error);
    let hint = segment.hint(from).map_err(|error| failed(io::Error::other(error)))?;
    let file = segment.file().map_err(failed)?;
    let mut walk = Walk::headers(&*file, hint.map_or(0, |hint| hint.position), segment.size());
    loop {
        match walk.step() {
            Ok(Some(step)) if step.header.base_offset >= from => producers.add(&step.header),
            Ok(Some(_)) => {}
            Ok(None) => return Ok(()),
            Err(Stop::Io(error)) => return Err(failed(error)),
            Err(Stop::Bad(reason)) => return Err(failed(io::Error::other(reason))),
        }
    }
}

fn remove(disk: &dyn Disk, dir: &Path, offset: i64) -> Result<(), OpenError> {
    let path = FileName::live(offset, Kind::Snapshot).path(dir);
    match disk.remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(OpenError::io(&path, error)),
        _ => Ok(()),
    }
}

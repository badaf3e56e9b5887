//! What a partition's directory holds, after what was about to replace something has done so.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::disk::{Disk, Open};
use crate::files::{FileName, Kind, Stage};
use crate::walk::Walk;

/// The files that count.
pub(super) struct Inventory {
    /// Base offsets of the segments, growing.
    pub(super) segments: Vec<i64>,
    /// Offsets of the producer snapshots.
    pub(super) snapshots: BTreeSet<i64>,
    /// Base offsets of indexes whose segment is not there.
    pub(super) without_log: BTreeSet<i64>,
    /// What no longer belongs there.
    leftovers: Vec<FileName>,
}

impl Inventory {
    /// Removes what no longer belongs there.
    pub(super) fn remove_leftovers(&self, disk: &dyn Disk, dir: &Path) -> io::Result<()> {
        self.leftovers.iter().try_for_each(|file| disk.remove_file(&file.path(dir)))
    }
}

/// Completes what was about to replace something, removes what is left of what was not, and lists the rest. Makes the
/// directory if there is none.
pub(super) fn sweep(disk: &dyn Disk, dir: &Path) -> io::Result<Inventory> {
    let mut files = list(disk, dir).or_else(|_| disk.create_dir_all(dir).map(|()| Vec::new()))?;
    let unfinished = files.iter().filter(|file| file.stage == Stage::Cleaned).map(|file| file.base).min();
    let mut swaps = Vec::new();
    for file in files.iter().filter(|file| matches!(file.stage, Stage::Cleaned | Stage::Swap)) {
        let whole = file.stage == Stage::Swap && unfinished.is_none_or(|base| file.base < base);
        if whole {
            swaps.push(*file);
        } else {
            disk.remove_file(&file.path(dir))?;
        }
    }
    if !swaps.is_empty() {
        complete(disk, dir, &files, &swaps)?;
        files = list(disk, dir)?;
    }
    let (mut leftovers, files): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| file.stage == Stage::Deleted);
    let files: Vec<_> = files.into_iter().filter(|file| file.stage == Stage::Live).collect();
    let mut segments: Vec<i64> =
        files.iter().filter(|file| file.kind == Kind::Log).map(|file| file.base).collect();
    segments.sort_unstable();
    let is_alone = |file: &&FileName| {
        !matches!(file.kind, Kind::Log | Kind::Snapshot) && segments.binary_search(&file.base).is_err()
    };
    leftovers.extend(files.iter().filter(is_alone));
    let without_log = files.iter().filter(is_alone).map(|file| file.base).collect();
    let snapshots = files.iter().filter(|file| file.kind == Kind::Snapshot).map(|file| file.base).collect();
    Ok(Inventory { segments, snapshots, without_log, leftovers })
}

fn list(disk: &dyn Disk, dir: &Path) -> io::Result<Vec<FileName>> {
    Ok(disk
        .list(dir)?
        .iter()
        .filter(|entry| !entry.is_dir)
        .filter_map(|entry| FileName::parse(&entry.name))
        .collect())
}

/// Puts the results of a compaction in the place of the segments whose records they hold. Their indexes are made
/// again when the log is opened.
fn complete(disk: &dyn Disk, dir: &Path, files: &[FileName], swaps: &[FileName]) -> io::Result<()> {
    for swap in swaps.iter().filter(|file| file.kind == Kind::Log) {
        let end = end_of(disk, &swap.path(dir))?;
        let replaced = |file: &&FileName| {
            file.stage == Stage::Live && file.base >= swap.base && (file.base < end || file.base == swap.base)
        };
        for file in files.iter().filter(|file| file.kind != Kind::Snapshot).filter(replaced) {
            disk.remove_file(&file.path(dir))?;
        }
    }
    // Gone before anything comes: no crash may leave both.
    disk.sync_dir(dir)?;
    for swap in swaps.iter().filter(|file| file.kind == Kind::Log) {
        disk.rename(&swap.path(dir), &swap.at(Stage::Live).path(dir))?;
    }
    for swap in swaps.iter().filter(|file| file.kind != Kind::Log) {
        let live = swap.at(Stage::Live).path(dir);
        if swap.kind == Kind::TxnIndex {
            disk.rename(&swap.path(dir), &live)?;
        } else {
            remove_if_there(disk, &swap.path(dir))?;
        }
    }
    disk.sync_dir(dir)
}

fn end_of(disk: &dyn Disk, path: &Path) -> io::Result<i64> {
    let file = disk.open(path, Open::Read)?;
    let mut walk = Walk::headers(&*file, 0, file.length()?);
    let mut end = 0;
    while let Ok(Some(step)) = walk.step() {
        end = step.header.next_offset();
    }
    Ok(end)
}

fn remove_if_there(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

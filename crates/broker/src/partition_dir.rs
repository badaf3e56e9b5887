//! A partition's directory beyond its log: whose it is, and how it goes.
//!
//! `partition.metadata` holds the topic's id, so that a topic made again under an old name does not get the records
//! of the one before. Directories of a deleted topic get Kafka's name for them, `-delete`, before they are removed: a
//! crash in between leaves no half topic, and the next start sweeps up.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use millstream_cluster::Image;
use millstream_log::disk::{Disk, Open};
use millstream_wire::Uuid;

const FILE: &str = "partition.metadata";
const DELETED: &str = "-delete";
const STRAY: &str = "-stray";
const METADATA_LOG: &str = "__cluster_metadata-0";
/// The longest name of a file that file systems take.
const NAME_MAX: usize = 255;
/// More than the file has, so that a longer one is seen to be another.
const FILE_MAX: usize = 1024;

/// The directory's name.
pub(crate) fn name(topic: &str, index: i32) -> String {
    format!("{topic}-{index}")
}

/// Which directories are known to be whose, so that at the start no file is read twice.
#[derive(Debug, Default)]
pub(crate) struct Claimed(HashMap<String, Uuid>);

impl Claimed {
    /// Whether the directory's file says so, from its first byte to its last.
    pub(crate) fn has(&self, name: &str, id: Uuid) -> bool {
        self.0.get(name) == Some(&id)
    }
}

/// Makes the directory `root/name` this topic's own. What an earlier topic of the name has left is moved aside.
///
/// The file is not synced: one that is lost or torn is written again at the next start.
pub(crate) fn claim(disk: &dyn Disk, root: &Path, name: &str, id: Uuid) -> io::Result<()> {
    let (dir, wanted) = (root.join(name), content(id));
    let found = read(disk, &dir.join(FILE))?;
    if found.trim_end() == wanted {
        return Ok(());
    }
    if let Some(other) = topic_id(&found) {
        let aside = root.join(format!("{name}.{}{STRAY}", hex(other)));
        tracing::warn!(directory = %dir.display(), aside = %aside.display(), "records of a deleted topic moved aside");
        disk.rename(&dir, &aside)?;
        disk.sync_dir(root)?;
    }
    disk.create_dir_all(&dir)?;
    let file = disk.open(&dir.join(FILE), Open::Create)?;
    file.set_len(0)?;
    file.write_at(wanted.as_bytes(), 0)
}

/// Takes the directory `root/name` of a deleted topic's partition out of the way. Gives its new place, to be removed.
pub(crate) fn set_aside(disk: &dyn Disk, root: &Path, name: &str, id: Uuid) -> io::Result<PathBuf> {
    let suffix = format!(".{}{DELETED}", hex(id));
    // Names of topics are ASCII.
    let kept = name.get(..NAME_MAX.saturating_sub(suffix.len())).unwrap_or(name);
    let aside = root.join(format!("{kept}{suffix}"));
    if disk.list(&aside).is_ok() {
        // Another partition of this topic whose name is cut at the same place.
        disk.remove_dir_all(&aside)?;
    }
    disk.rename(&root.join(name), &aside)?;
    disk.sync_dir(root)?;
    Ok(aside)
}

/// Removes directories that were set aside.
pub(crate) fn remove(disk: &dyn Disk, directories: &[PathBuf]) {
    for directory in directories {
        match disk.remove_dir_all(directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(directory = %directory.display(), %error, "stays until the next start");
            }
            _ => {}
        }
    }
}

/// Removes what a crash has left of deleted topics: what was set aside, and what is still under its name though the
/// metadata says that its topic was deleted. Says which directories are whose.
pub(crate) fn sweep(
    disk: &dyn Disk,
    root: &Path,
    image: &Image,
    deleted: &HashSet<Uuid>,
) -> io::Result<Claimed> {
    let mut claimed = Claimed::default();
    for entry in disk.list(root)?.into_iter().filter(|entry| entry.is_dir) {
        let dir = root.join(&entry.name);
        if entry.name.ends_with(DELETED) {
            disk.remove_dir_all(&dir)?;
            continue;
        }
        let is_partition = !entry.name.ends_with(STRAY) && entry.name != METADATA_LOG;
        let found = read(disk, &dir.join(FILE))?;
        let Some(id) = topic_id(&found).filter(|_| is_partition) else { continue };
        if deleted.contains(&id) {
            tracing::info!(directory = entry.name, "the deletion of its topic was cut short: finished now");
            let aside = set_aside(disk, root, &entry.name, id)?;
            disk.remove_dir_all(&aside)?;
        } else if image.topic_by_id(id).is_none() {
            tracing::warn!(directory = %dir.display(), "belongs to no topic: left as it is");
        } else if found.trim_end() == content(id) {
            claimed.0.insert(entry.name, id);
        }
    }
    Ok(claimed)
}

fn content(id: Uuid) -> String {
    format!("version: 0\ntopic_id: {id}")
}

fn read(disk: &dyn Disk, path: &Path) -> io::Result<String> {
    match disk.open(path, Open::Read) {
        Ok(file) => {
            let mut bytes = Vec::new();
            file.read_at(&mut bytes, FILE_MAX, 0)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// The id in a whole file.
fn topic_id(text: &str) -> Option<Uuid> {
    text.lines().find_map(|line| line.strip_prefix("topic_id: ")?.trim().parse().ok())
}

fn hex(id: Uuid) -> String {
    id.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use millstream_log::disk::RealDisk;

    use super::*;

    #[test]
    fn a_topic_does_not_inherit_the_records_of_another() {
        let root = tempfile::tempdir().unwrap();
        let (one, two) = (Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16]));
        let dir = root.path().join("t-0");
        claim(&RealDisk, root.path(), "t-0", one).unwrap();
        std::fs::write(dir.join("records"), "of one").unwrap();
        claim(&RealDisk, root.path(), "t-0", one).unwrap();
        assert!(dir.join("records").exists());
        // Torn by a crash: written again, the records stay.
        std::fs::write(dir.join(FILE), "version: 0\ntop").unwrap();
        claim(&RealDisk, root.path(), "t-0", one).unwrap();
        assert!(dir.join("records").exists());

        claim(&RealDisk, root.path(), "t-0", two).unwrap();
        assert!(!dir.join("records").exists());
        let aside = root.path().join("t-0.01010101010101010101010101010101-stray");
        assert!(aside.join("records").exists());
    }

    #[test]
    fn a_crash_while_deleting_is_swept_up() {
        let root = tempfile::tempdir().unwrap();
        for name in ["t-0", "u-0.0101-delete"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let (gone, other) = (Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16]));
        claim(&RealDisk, root.path(), "gone-0", gone).unwrap();
        claim(&RealDisk, root.path(), "other-0", other).unwrap();
        sweep(&RealDisk, root.path(), &Image::default(), &HashSet::from([gone])).unwrap();
        let mut left: Vec<String> =
            RealDisk.list(root.path()).unwrap().into_iter().map(|entry| entry.name).collect();
        left.sort();
        assert_eq!(left, ["other-0", "t-0"]);
    }

    #[test]
    fn the_longest_name_can_be_deleted() {
        let root = tempfile::tempdir().unwrap();
        let id = Uuid::from_bytes([7; 16]);
        let asides: Vec<PathBuf> = (10..12)
            .map(|index| {
                let name = name(&"n".repeat(249), index);
                claim(&RealDisk, root.path(), &name, id).unwrap();
                set_aside(&RealDisk, root.path(), &name, id).unwrap()
            })
            .collect();
        remove(&RealDisk, &asides);
        assert_eq!(RealDisk.list(root.path()).unwrap(), []);
    }
}

//! A partition's directory beyond its log: whose it is, and how it goes.
//!
//! `partition.metadata` holds the topic's id, so that a topic made again under an old name does not get the records
//! of the one before. Directories of a deleted topic get Kafka's name for them, `-delete`, before they are removed: a
//! crash in between leaves no half topic, and the next start sweeps up.

use std::io;
use std::path::Path;

use millstream_log::disk::{Disk, Open};
use millstream_wire::Uuid;

const FILE: &str = "partition.metadata";
const DELETED: &str = "-delete";
const STRAY: &str = "-stray";
/// More than the file has, so that a longer one is seen to be another.
const FILE_MAX: usize = 1024;

/// The directory's name.
pub(crate) fn name(topic: &str, index: i32) -> String {
    format!("{topic}-{index}")
}

/// Makes the directory `root/name` this topic's own. What an earlier topic of the name has left is moved aside.
///
/// The file is not synced: one that is lost or torn is written again at the next start.
pub(crate) fn claim(disk: &dyn Disk, root: &Path, name: &str, id: Uuid) -> io::Result<()> {
    let (dir, wanted) = (root.join(name), format!("version: 0\ntopic_id: {id}"));
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

/// Removes the directory `root/name` of a deleted topic's partition.
pub(crate) fn remove(disk: &dyn Disk, root: &Path, name: &str, id: Uuid) -> io::Result<()> {
    let aside = root.join(format!("{name}.{}{DELETED}", hex(id)));
    disk.rename(&root.join(name), &aside)?;
    disk.sync_dir(root)?;
    disk.remove_dir_all(&aside)
}

/// Removes what a crash has left of deleted topics.
pub(crate) fn sweep(disk: &dyn Disk, root: &Path) -> io::Result<()> {
    for entry in disk.list(root)? {
        if entry.is_dir && entry.name.ends_with(DELETED) {
            disk.remove_dir_all(&root.join(entry.name))?;
        }
    }
    Ok(())
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
        sweep(&RealDisk, root.path()).unwrap();
        assert!(root.path().join("t-0").exists());
        assert!(!root.path().join("u-0.0101-delete").exists());
    }
}

//! `partition.metadata`: the id of the topic that a partition's directory belongs to.

use std::io;
use std::path::{Path, PathBuf};

use super::meta_properties::Id;
use crate::checkpoint;
use crate::disk::{Disk, Open};

const NAME: &str = "partition.metadata";

/// The topic's id, if the file is there and right.
pub(super) fn read(disk: &dyn Disk, dir: &Path) -> io::Result<Option<Id>> {
    let Some(bytes) = checkpoint::read(disk, &dir.join(NAME))? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let mut lines =
        text.lines().map(|line| line.split_once(':').map(|(key, value)| (key.trim(), value.trim())));
    let (version, topic_id) = (lines.next().flatten(), lines.next().flatten());
    Ok(match (version, topic_id) {
        (Some(("version", "0")), Some(("topic_id", id))) => Id::parse(id),
        _ => None,
    })
}

/// Writes it, not synced. Returns its path.
pub(super) fn write(disk: &dyn Disk, dir: &Path, topic_id: Id) -> io::Result<PathBuf> {
    let path = dir.join(NAME);
    let file = disk.open(&path, Open::Create)?;
    file.set_len(0)?;
    file.write_at(format!("version: 0\ntopic_id: {topic_id}").as_bytes(), 0)?;
    Ok(path)
}

//! `.kafka_cleanshutdown`: every log was closed in order, by the broker of this epoch (KIP-966).

use std::io;
use std::path::Path;

use crate::checkpoint;
use crate::disk::Disk;

const NAME: &str = ".kafka_cleanshutdown";

/// The marker that was there, which is removed, for good: a crash from now on is not a clean stop.
pub(super) fn take(disk: &dyn Disk, dir: &Path) -> io::Result<Option<Option<i64>>> {
    let path = dir.join(NAME);
    let Some(bytes) = checkpoint::read(disk, &path)? else { return Ok(None) };
    disk.remove_file(&path)?;
    disk.sync_dir(dir)?;
    let content: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    Ok(Some(content.and_then(|content| content.get("brokerEpoch")?.as_i64())))
}

/// Leaves the marker.
pub(super) fn leave(disk: &dyn Disk, dir: &Path, broker_epoch: i64) -> io::Result<()> {
    let content = format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}");
    checkpoint::replace(disk, &dir.join(NAME), content.as_bytes())
}

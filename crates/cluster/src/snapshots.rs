//! When the metadata log is summed up in a snapshot, and what goes then: older snapshots, and segments before it.
//!
//! A start reads the newest snapshot and the log behind it, so that its cost does not grow with the cluster's age. The
//! snapshot before it stays until the next one is made, and a log is never cut beyond a snapshot that is on disk.

use std::path::Path;

use millstream_log::Log;
use millstream_log::disk::Disk;

use crate::control::{self, QuorumRecords};
use crate::durable_file::{self, named};
use crate::snapshot::{Contents, name, parse_name};
use crate::{Image, MetadataError};

/// Kafka's default of `metadata.log.max.record.bytes.between.snapshots`.
pub const SNAPSHOT_BYTES: u64 = 20 << 20;

/// Bytes of log after which there is a new snapshot, and when the log is cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SnapshotPolicy {
    /// While the cluster runs.
    pub(crate) running_bytes: u64,
    /// At a start: what it has just read need not be read by the next one.
    pub(crate) start_bytes: u64,
    /// A segment of the log: what it can be cut by.
    pub(crate) segment_bytes: u32,
    /// The log is cut when it is larger: Kafka's default of `metadata.max.retention.bytes`.
    pub(crate) retention_bytes: u64,
}

impl Default for SnapshotPolicy {
    fn default() -> Self {
        Self {
            running_bytes: SNAPSHOT_BYTES,
            start_bytes: 1 << 20,
            segment_bytes: 64 << 20,
            retention_bytes: 100 << 20,
        }
    }
}

impl SnapshotPolicy {
    /// The default with a snapshot after so many bytes, at a start as well when they are few.
    pub(crate) fn every(bytes: u64) -> Self {
        let default = Self::default();
        Self { running_bytes: bytes, start_bytes: default.start_bytes.min(bytes), ..default }
    }
}

/// Writes the snapshot of the image. What was there before it goes, but for the youngest one.
pub(crate) fn write(
    disk: &dyn Disk,
    log_dir: &Path,
    quorum: &QuorumRecords,
    image: &Image,
    now_ms: i64,
) -> Result<(), MetadataError> {
    let (offset, epoch) = (image.offset().saturating_add(1), image.epoch());
    let mut head = vec![control::snapshot_header(now_ms)?];
    head.extend(quorum.records());
    let contents = Contents { epoch, now_ms, head: &head, records: &image.records() };
    durable_file::replace(disk, &log_dir.join(name(offset, epoch)), &contents.to_bytes()?)?;
    remove_before_last_two(disk, log_dir)
}

fn remove_before_last_two(disk: &dyn Disk, log_dir: &Path) -> Result<(), MetadataError> {
    let entries = disk.list(log_dir).map_err(named(log_dir))?;
    let mut snapshots: Vec<(i64, i32)> = entries.iter().filter_map(|entry| parse_name(&entry.name)).collect();
    snapshots.sort_unstable();
    snapshots.truncate(snapshots.len().saturating_sub(2));
    for (offset, epoch) in snapshots {
        let path = log_dir.join(name(offset, epoch));
        disk.remove_file(&path).map_err(named(&path))?;
    }
    Ok(())
}

/// Lets the log's segments go that lie before the older snapshot, when the log is too large.
pub(crate) fn cut(
    disk: &dyn Disk,
    log_dir: &Path,
    log: &Log,
    policy: SnapshotPolicy,
    now_ms: i64,
) -> Result<(), MetadataError> {
    if log.size_in_bytes() <= policy.retention_bytes {
        return Ok(());
    }
    let entries = disk.list(log_dir).map_err(named(log_dir))?;
    let oldest = entries.iter().filter_map(|entry| parse_name(&entry.name)).min();
    // Where a segment begins, so that a restart, which knows no other start, finds the same.
    let start = oldest.and_then(|(offset, _)| {
        log.segments().into_iter().map(|(base, _)| base).take_while(|base| *base <= offset).last()
    });
    if let Some(start) = start.filter(|start| *start > log.log_start_offset())
        && log.delete_records(start).is_ok()
    {
        log.delete_old_segments(now_ms)?;
    }
    Ok(())
}

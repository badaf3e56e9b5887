//! From the disk to the image: the newest snapshot, then the log behind it, transactions as a whole (KIP-868).

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use millstream_log::disk::Disk;
use millstream_log::{Log, ReadLimits};
use millstream_wire::metadata::MetadataRecord;
use millstream_wire::records::{Batches, Record, RecordBatch};
use millstream_wire::{DecodeError, Uuid};

use crate::control::QuorumRecords;
use crate::durable_file::{self, named};
use crate::format::{MAX_METADATA_VERSION, METADATA_VERSION};
use crate::snapshot::{control_kind, parse_name, read, records_of};
use crate::{Image, MetadataError};

/// Bytes of the log that are read at once.
const READ_BYTES: usize = 1 << 20;

/// An image in the making.
#[derive(Debug)]
pub(crate) struct Replay {
    path: PathBuf,
    image: Image,
    /// Records of an open transaction, which count only when it ends well.
    transaction: Option<Vec<MetadataRecord>>,
    has_access_rules: bool,
    deleted: HashSet<Uuid>,
    quorum: QuorumRecords,
    /// There is a record that this build does not know.
    has_unknown: bool,
    /// Bytes of the log behind the newest snapshot.
    bytes: u64,
}

/// What a replay has found.
pub(crate) struct Replayed {
    pub(crate) image: Image,
    /// Topics that were deleted since the newest snapshot.
    pub(crate) deleted: HashSet<Uuid>,
    /// A transaction is open that must be aborted.
    pub(crate) in_transaction: bool,
    /// What the log says of its quorum.
    pub(crate) quorum: QuorumRecords,
    /// The image does not hold all that the log says.
    pub(crate) has_unknown: bool,
    /// Bytes of the log behind the newest snapshot.
    pub(crate) bytes: u64,
}

impl Replay {
    /// Replays what lies in the directory of the metadata log.
    pub(crate) fn of(disk: &dyn Disk, log_dir: &Path, log: &Log) -> Result<Self, MetadataError> {
        let mut replay = Self {
            path: log_dir.to_path_buf(),
            image: Image::default(),
            transaction: None,
            has_access_rules: false,
            deleted: HashSet::new(),
            quorum: QuorumRecords::default(),
            has_unknown: false,
            bytes: 0,
        };
        if let Some((offset, epoch)) = newest_snapshot(disk, log_dir)? {
            replay.snapshot(disk, log_dir, offset, epoch)?;
        }
        let from = replay.image.offset() + 1;
        let (start, end) = (log.log_start_offset(), log.log_end_offset());
        if from < start || from > end {
            return Err(replay.damaged(format!(
                "its snapshots end at offset {from}, its log goes from {start} to {end}: one of its files is missing"
            )));
        }
        replay.log(log, from, end)?;
        if replay.has_access_rules {
            tracing::warn!("this cluster has access rules (ACLs), which are not enforced here");
        }
        Ok(replay)
    }

    /// What came of it.
    pub(crate) fn finish(self) -> Replayed {
        let Self { mut image, transaction, deleted, quorum, has_unknown, bytes, .. } = self;
        image.set_kraft_version(quorum.kraft_version());
        Replayed { image, deleted, in_transaction: transaction.is_some(), quorum, has_unknown, bytes }
    }

    fn damaged(&self, detail: String) -> MetadataError {
        MetadataError::Damaged { path: self.path.clone(), detail }
    }

    fn snapshot(
        &mut self,
        disk: &dyn Disk,
        log_dir: &Path,
        offset: i64,
        epoch: i32,
    ) -> Result<(), MetadataError> {
        let path = log_dir.join(crate::snapshot::name(offset, epoch));
        for record in read(disk, &path, &mut self.quorum)? {
            self.record(&record)?;
        }
        self.image.advance(offset - 1, epoch);
        Ok(())
    }

    fn log(&mut self, log: &Log, mut from: i64, end: i64) -> Result<(), MetadataError> {
        while from < end {
            let limits = ReadLimits { max_bytes: READ_BYTES, min_one_batch: true, upper_bound: end };
            let bytes = log.read(from, limits).map_err(|error| self.damaged(error.to_string()))?;
            let before = from;
            for batch in Batches::new(bytes) {
                let batch = batch.map_err(|error| self.damaged(error.to_string()))?;
                from = batch.header.next_offset();
                self.batch(&batch)?;
            }
            if from <= before {
                return Err(self.damaged(format!("nothing can be read at offset {before}")));
            }
        }
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), MetadataError> {
        let records = records_of(batch).map_err(|error| self.damaged(error.to_string()))?;
        // A snapshot may end within a batch.
        let known = self.image.offset();
        for record in records.into_iter().filter(|record| record.offset > known) {
            match control_kind(batch, &record) {
                None => self.record(&record)?,
                Some(kind) => self.quorum.note(kind, record.value.as_ref()),
            }
        }
        self.bytes += batch.bytes.len() as u64;
        let last = batch.header.last_offset().max(self.image.offset());
        self.image.advance(last, batch.header.partition_leader_epoch);
        Ok(())
    }

    fn record(&mut self, record: &Record) -> Result<(), MetadataError> {
        let offset = record.offset;
        let value = record.value.clone().unwrap_or_default();
        let record = match MetadataRecord::decode(value) {
            Ok(record) => record,
            Err(DecodeError::UnknownRecord { family, id }) => {
                tracing::warn!(offset, id, "{family} is not known here: kept, not understood");
                self.has_unknown = true;
                return Ok(());
            }
            Err(error) => return Err(self.damaged(format!("record {offset}: {error}"))),
        };
        match (record, &mut self.transaction) {
            (MetadataRecord::BeginTransaction(_), transaction) => *transaction = Some(Vec::new()),
            (MetadataRecord::AbortTransaction(_), transaction) => *transaction = None,
            (MetadataRecord::EndTransaction(_), transaction) => {
                for record in transaction.take().unwrap_or_default() {
                    self.apply(offset, &record)?;
                }
            }
            (record, Some(records)) => records.push(record),
            (record, None) => self.apply(offset, &record)?,
        }
        Ok(())
    }

    fn apply(&mut self, offset: i64, record: &MetadataRecord) -> Result<(), MetadataError> {
        match record {
            MetadataRecord::FeatureLevel(feature)
                if feature.name == METADATA_VERSION && feature.feature_level > MAX_METADATA_VERSION =>
            {
                return Err(MetadataError::TooNew { path: self.path.clone(), level: feature.feature_level });
            }
            MetadataRecord::RemoveTopic(topic) => drop(self.deleted.insert(topic.topic_id)),
            MetadataRecord::AccessControlEntry(_) => self.has_access_rules = true,
            _ => {}
        }
        self.image.apply(record).map_err(|error| self.damaged(format!("record {offset}: {error}")))
    }
}

/// The offset and epoch of the newest snapshot in the directory.
fn newest_snapshot(disk: &dyn Disk, log_dir: &Path) -> Result<Option<(i64, i32)>, MetadataError> {
    let entries = disk.list(log_dir).map_err(named(log_dir))?;
    Ok(entries.iter().filter_map(|entry| parse_name(&entry.name)).max())
}

/// Refuses a log that is damaged before its end; one that `was_closed` in order, also at its end.
///
/// Each batch is on disk before the next is written, so a crash can tear the last one only, and cutting it off is
/// right. A bad batch with a good one behind it is no torn write: cutting there would lose topics in silence.
pub(crate) fn check_integrity(
    disk: &dyn Disk,
    log_dir: &Path,
    was_closed: bool,
) -> Result<(), MetadataError> {
    let entries = disk.list(log_dir).map_err(named(log_dir))?;
    let mut segments: Vec<&str> =
        entries.iter().map(|entry| entry.name.as_str()).filter(|name| name.ends_with(".log")).collect();
    segments.sort_unstable();
    let newest = segments.last().copied();
    for segment in segments {
        let path = log_dir.join(segment);
        let bytes = Bytes::from(durable_file::read(disk, &path)?.unwrap_or_default());
        let Some(Bad { position, what: bad, may_be_torn }) = first_bad(&bytes, base_offset(segment)) else {
            continue;
        };
        let detail = if Some(segment) != newest || has_batch_after(&bytes, position) {
            format!("{bad}, with good records behind it; nothing was changed")
        } else if !may_be_torn {
            format!("{bad}, and is whole otherwise; nothing was changed")
        } else if was_closed {
            format!(
                "{bad}, after a stop in order; nothing was changed; to lose what lies there, remove \
                 .kafka_cleanshutdown and start again"
            )
        } else {
            continue;
        };
        return Err(MetadataError::Damaged { path, detail });
    }
    Ok(())
}

/// The offset in a segment's name.
fn base_offset(segment: &str) -> i64 {
    segment.split('.').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// A batch that is damaged, or not in its place.
struct Bad {
    position: usize,
    what: String,
    /// A write that a crash has cut short leaves such a batch.
    may_be_torn: bool,
}

/// The first batch that is damaged. A checksum does not cover a batch's offset and epoch; what it leaves out must fit to
/// the batch before: no offset is missing here, and epochs do not fall.
///
/// A sector that was not written takes a batch's length or its checksum with its epoch, and of its offset it leaves no
/// more than there was: a fallen epoch alone, or an offset that is too large, is no torn write.
fn first_bad(bytes: &Bytes, base_offset: i64) -> Option<Bad> {
    let (mut offset, mut epoch) = (base_offset, 0);
    for batch in Batches::verified(bytes.clone()) {
        let (header, position) = match batch {
            Ok(batch) => (batch.header, batch.position),
            Err(bad) => {
                return Some(Bad { position: bad.position, what: bad.to_string(), may_be_torn: true });
            }
        };
        let found = (header.base_offset, header.partition_leader_epoch);
        if found.0 != offset || found.1 < epoch {
            let what = format!(
                "the batch at byte {position} has offset {} and epoch {}, not {offset} and {epoch} or later",
                found.0, found.1
            );
            return Some(Bad { position, what, may_be_torn: found.0 < offset });
        }
        (offset, epoch) = (header.next_offset(), header.partition_leader_epoch);
    }
    None
}

/// Whether a whole batch with a right checksum begins anywhere behind `position`.
fn has_batch_after(bytes: &Bytes, position: usize) -> bool {
    const MAGIC_AT: usize = 16;
    let starts = (position + 1)..bytes.len().saturating_sub(MAGIC_AT);
    starts.filter(|start| bytes.get(start + MAGIC_AT) == Some(&2)).any(|start| {
        let is_batch = |batch: RecordBatch| batch.header.verify_crc(&batch.bytes).is_ok();
        RecordBatch::parse(&bytes.slice(start..)).is_ok_and(is_batch)
    })
}

//! Snapshots (`*.checkpoint`) and the batches that they and the metadata log are made of.
//!
//! A snapshot is a file of record batches: a control batch that begins with the header, batches of metadata records,
//! and a control batch with the footer, without which it is not complete. Its name says which offset and epoch of the
//! log it stands for; `bootstrap.checkpoint` holds what the first leader writes into an empty log.

use std::path::Path;

use bytes::{Bytes, BytesMut};
use millstream_log::disk::Disk;
use millstream_wire::EncodeError;
use millstream_wire::metadata::MetadataRecord;
use millstream_wire::raft::control;
use millstream_wire::records::{BatchBuilder, Batches, Budget, Codec, Record, RecordBatch, RecordsError};
use thiserror::Error;

use crate::MetadataError;
use crate::control::{self as control_records, Control, QuorumRecords};
use crate::durable_file;
use crate::level::MetadataLevel;

/// What stops records from becoming a batch: a text or the whole is longer than the format allows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// A record.
    #[error(transparent)]
    Record(#[from] EncodeError),
    /// The batch.
    #[error(transparent)]
    Batch(#[from] RecordsError),
}

/// A batch of metadata records, in the versions of a level, or of those that the records themselves rise to; the log
/// gives it its offset and epoch.
pub(crate) fn batch(
    offset: i64,
    epoch: i32,
    now_ms: i64,
    level: MetadataLevel,
    records: &[MetadataRecord],
) -> Result<BytesMut, BuildError> {
    let mut builder = BatchBuilder::new(Codec::None).at(offset, epoch);
    for (record, version) in level.versions(records) {
        let value = record.encode(version)?;
        builder.append(now_ms, None, Some(&value), &[])?;
    }
    Ok(builder.finish()?)
}

/// What a snapshot file holds.
pub(crate) struct Contents<'a> {
    pub(crate) epoch: i32,
    pub(crate) now_ms: i64,
    /// The control records of the first batch, the header first.
    pub(crate) head: &'a [Control],
    /// The level of `metadata.version` comes before what depends on it.
    pub(crate) records: &'a [MetadataRecord],
}

impl Contents<'_> {
    /// The file's bytes.
    pub(crate) fn to_bytes(&self) -> Result<BytesMut, BuildError> {
        let Self { epoch, now_ms, head, records } = *self;
        let count = |records: usize| i64::try_from(records).unwrap_or(i64::MAX);
        let mut bytes = control_records::batch(0, epoch, now_ms, head)?;
        let at = count(head.len());
        bytes.unsplit(batch(at, epoch, now_ms, MetadataLevel::NEWEST, records)?);
        let footer = [control_records::snapshot_footer()?];
        bytes.unsplit(control_records::batch(at + count(records.len()), epoch, now_ms, &footer)?);
        Ok(bytes)
    }
}

/// The offset and epoch in the name of a complete snapshot.
pub(crate) fn parse_name(name: &str) -> Option<(i64, i32)> {
    let (offset, epoch) = name.strip_suffix(".checkpoint")?.split_once('-')?;
    let digits = |text: &str, len: usize| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(offset, 20) || !digits(epoch, 10) {
        return None;
    }
    Some((offset.parse().ok()?, epoch.parse().ok()?))
}

/// The name of a snapshot.
pub(crate) fn name(offset: i64, epoch: i32) -> String {
    format!("{offset:020}-{epoch:010}.checkpoint")
}

/// The metadata records of a snapshot, checked from header to footer; what it says of the quorum is noted.
pub(crate) fn read(
    disk: &dyn Disk,
    path: &Path,
    quorum: &mut QuorumRecords,
) -> Result<Vec<Record>, MetadataError> {
    let damaged = |detail: String| MetadataError::Damaged { path: path.to_path_buf(), detail };
    let Some(bytes) = durable_file::read(disk, path)? else {
        return Err(damaged("it is gone".to_owned()));
    };
    let mut records = Vec::new();
    let (mut has_header, mut has_footer) = (false, false);
    for batch in Batches::verified(Bytes::from(bytes)) {
        let batch = batch.map_err(|error| damaged(error.to_string()))?;
        for record in records_of(&batch).map_err(|error| damaged(error.to_string()))? {
            match control_kind(&batch, &record) {
                None => records.push(record),
                Some(control::SNAPSHOT_HEADER) => has_header = true,
                Some(control::SNAPSHOT_FOOTER) => has_footer = true,
                Some(kind) => quorum.note(kind, record.value.as_ref()),
            }
        }
    }
    match (has_header, has_footer) {
        (true, true) => Ok(records),
        (false, _) => Err(damaged("it has no snapshot header".to_owned())),
        (true, false) => Err(damaged("it has no snapshot footer: it ends too early".to_owned())),
    }
}

/// The records of a batch.
pub(crate) fn records_of(batch: &RecordBatch) -> Result<Vec<Record>, RecordsError> {
    batch.records(Budget::default())?.collect()
}

/// The type of a control record; `None` for a metadata record.
pub(crate) fn control_kind(batch: &RecordBatch, record: &Record) -> Option<i16> {
    if !batch.header.attributes.is_control() {
        return None;
    }
    let kind = record.key.as_deref().and_then(|key| key.get(2..4)).and_then(|kind| kind.try_into().ok());
    Some(kind.map_or(-1, i16::from_be_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let table = [
            ("00000000000000000000-0000000000.checkpoint", Some((0, 0))),
            ("00000000000000012345-0000000007.checkpoint", Some((12_345, 7))),
            ("bootstrap.checkpoint", None),
            ("00000000000000000000-0000000000.checkpoint.part", None),
            ("00000000000000000000-0000000000.checkpoint.deleted", None),
            ("0-0.checkpoint", None),
            ("+0000000000000000001-0000000000.checkpoint", None),
        ];
        for (text, parsed) in table {
            assert_eq!(parse_name(text), parsed, "{text}");
            if let Some((offset, epoch)) = parsed {
                assert_eq!(name(offset, epoch), text);
            }
        }
    }
}

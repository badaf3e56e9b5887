//! What a reader gets of the log's bytes: the same bytes, by a copy or from the file, or an old format for an old
//! client.

use bytes::Bytes;
use millstream_log::LogSlice;
use millstream_wire::records::down_convert::{DownConvertError, down_convert};
use millstream_wire::records::{Batches, Budget};
use millstream_wire::{ErrorCode, Place, RecordSet};

use crate::partition::Found;

/// Records as they go out.
#[derive(Debug, Clone)]
pub(crate) enum Fetched {
    /// Copied out of the log.
    Copied {
        /// What goes to the client.
        bytes: Bytes,
        /// The batches in the log's format.
        batches: Bytes,
    },
    /// Sent from the log's file.
    Sent(LogSlice),
}

impl Fetched {
    /// Bytes of the batches in the log.
    pub(crate) fn len(&self) -> u64 {
        let len = match self {
            Self::Copied { batches, .. } => batches.len(),
            Self::Sent(slice) => slice.length,
        };
        u64::try_from(len).unwrap_or(u64::MAX)
    }

    /// Records in the batches: by their headers, or by the offsets where the headers are not at hand.
    pub(crate) fn record_count(&self) -> u64 {
        match self {
            Self::Copied { batches, .. } => record_count(batches),
            Self::Sent(slice) => slice.offsets(),
        }
    }

    /// What stands in the answer; a file is put behind those that are sent already.
    pub(crate) fn records(&self, files: &mut Vec<LogSlice>) -> RecordSet {
        match self {
            Self::Copied { bytes, .. } => bytes.clone().into(),
            Self::Sent(slice) => {
                files.push(slice.clone());
                RecordSet::Elsewhere(Place { number: files.len() - 1, length: slice.length })
            }
        }
    }
}

/// Whether Fetch `version` carries the log's own format.
pub(crate) const fn is_sent_as_it_is(version: i16) -> bool {
    version >= 4
}

/// Records in whole batches, by their headers.
pub(crate) fn record_count(batches: &Bytes) -> u64 {
    let counts = Batches::new(batches.clone()).flatten().map(|batch| batch.header.record_count);
    counts.map(|count| u64::try_from(count).unwrap_or(0)).sum()
}

/// The batches in the format that Fetch `version` carries.
pub(crate) fn for_version(found: Found, version: i16, fetch_offset: i64) -> Result<Fetched, ErrorCode> {
    let batches = match found {
        Found::Slice(slice) => return Ok(Fetched::Sent(slice)),
        Found::Bytes(batches) => batches,
    };
    let magic = match version {
        0..=1 => 0,
        2..=3 => 1,
        _ => return Ok(Fetched::Copied { bytes: batches.clone(), batches }),
    };
    match down_convert(batches.clone(), magic, fetch_offset, Budget::default()) {
        Ok(bytes) => Ok(Fetched::Copied { bytes, batches }),
        Err(DownConvertError::Zstd) => Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE),
        Err(error @ DownConvertError::Unreadable(_)) => {
            tracing::warn!(%error, "records could not be converted for an old client");
            Err(ErrorCode::CORRUPT_MESSAGE)
        }
    }
}

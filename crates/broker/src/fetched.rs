//! What a reader gets of the log's bytes: the same bytes, or an old format for an old client.

use bytes::Bytes;
use millstream_wire::ErrorCode;
use millstream_wire::records::down_convert::{DownConvertError, down_convert};
use millstream_wire::records::{Batches, Budget};

/// Records as they go out.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    /// What goes to the client.
    pub(crate) bytes: Bytes,
    /// The batches in the log's format.
    batches: Bytes,
}

impl Fetched {
    /// Bytes of the batches in the log.
    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.batches.len()).unwrap_or(u64::MAX)
    }

    /// Records in the batches, by their headers.
    pub(crate) fn record_count(&self) -> u64 {
        record_count(&self.batches)
    }
}

/// Records in whole batches, by their headers.
pub(crate) fn record_count(batches: &Bytes) -> u64 {
    let counts = Batches::new(batches.clone()).flatten().map(|batch| batch.header.record_count);
    counts.map(|count| u64::try_from(count).unwrap_or(0)).sum()
}

/// The batches in the format that Fetch `version` carries.
pub(crate) fn for_version(batches: Bytes, version: i16, fetch_offset: i64) -> Result<Fetched, ErrorCode> {
    let magic = match version {
        0..=1 => 0,
        2..=3 => 1,
        _ => return Ok(Fetched { bytes: batches.clone(), batches }),
    };
    match down_convert(batches.clone(), magic, fetch_offset, Budget::default()) {
        Ok(bytes) => Ok(Fetched { bytes, batches }),
        Err(DownConvertError::Zstd) => Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE),
        Err(error @ DownConvertError::Unreadable(_)) => {
            tracing::warn!(%error, "records could not be converted for an old client");
            Err(ErrorCode::CORRUPT_MESSAGE)
        }
    }
}

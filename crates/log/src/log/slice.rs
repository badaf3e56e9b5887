//! Where batches lie, for whoever sends them from the file to a socket without reading them.

use std::sync::Arc;

use super::{Log, ReadLimits};
use crate::disk::DiskFile;
use crate::error::ReadError;

/// Whole batches in a segment's file. The file stays open as long as the slice lives, also when the segment is deleted
/// meanwhile, and these bytes of it never change.
#[derive(Debug, Clone)]
pub struct LogSlice {
    /// The segment's file.
    pub file: Arc<dyn DiskFile>,
    /// Where the first batch starts.
    pub position: u64,
    /// Bytes of the batches.
    pub length: usize,
    /// Offset of the first batch's first record.
    pub base_offset: i64,
    /// An offset behind the last batch's last record, and not behind the first record after it.
    pub next_offset: i64,
}

impl LogSlice {
    /// Offsets in it: its records, unless compaction has taken some away.
    pub fn offsets(&self) -> u64 {
        u64::try_from(self.next_offset - self.base_offset).unwrap_or(0)
    }
}

impl Log {
    /// What [`Log::read`] would give, not read. `None` means that [`Log::read`] has to be asked: because there are
    /// fewer than `at_least` bytes, which are sooner copied, or because something is not as it should be.
    ///
    /// # Errors
    /// [`ReadError::OffsetOutOfRange`].
    pub fn slice(
        &self,
        from: i64,
        limits: ReadLimits,
        at_least: usize,
    ) -> Result<Option<LogSlice>, ReadError> {
        let limits = ReadLimits { upper_bound: limits.upper_bound.min(self.log_end_offset()), ..limits };
        self.check_range(from)?;
        if from >= limits.upper_bound || limits.max_bytes < at_least {
            return Ok(None);
        }
        Ok(self.segment_of(from).and_then(|segment| segment.slice(from, &limits, at_least)))
    }
}

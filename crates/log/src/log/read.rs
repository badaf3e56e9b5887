//! Reading by offset and finding offsets by time.

use bytes::Bytes;

use super::{Log, ReadLimits, TimestampOffset, TimestampQuery};
use crate::error::ReadError;
use crate::lock;

impl Log {
    /// Whole batches from the one that holds `from` on; empty when there is none below the upper bound. At most one
    /// segment is read per call. Allocates at most `max_bytes` and what the segment has left, or one batch.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(&self, from: i64, limits: ReadLimits) -> Result<Bytes, ReadError> {
        let limits = ReadLimits { upper_bound: limits.upper_bound.min(self.log_end_offset()), ..limits };
        self.check_range(from)?;
        if from >= limits.upper_bound {
            return Ok(Bytes::new());
        }
        let mut next = self.segment_of(from);
        while let Some(segment) = next.filter(|segment| segment.base() < limits.upper_bound) {
            next = self.segment_after(segment.base());
            match segment.read(from, &limits) {
                Ok(bytes) if bytes.is_empty() => {}
                Err(ReadError::Io { .. }) if from < self.log_start_offset() => {
                    return Err(self.out_of_range(from));
                }
                result => return result,
            }
        }
        Ok(Bytes::new())
    }

    /// Looks an offset up by time. `None`: no such record. [`TimestampQuery::Latest`] is the high watermark, and no
    /// record at or above it is found.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn offset_for_timestamp(&self, query: TimestampQuery) -> Result<Option<TimestampOffset>, ReadError> {
        let start = self.log_start_offset();
        let found = match query {
            TimestampQuery::Earliest => Some(self.special(start)),
            TimestampQuery::Latest => Some(self.special(self.high_watermark())),
            TimestampQuery::LatestStable => Some(self.special(self.last_stable_offset())),
            TimestampQuery::At(timestamp) => self.first_not_before(timestamp, start)?,
            TimestampQuery::MaxTimestamp => self.youngest()?,
        };
        let visible = |found: &TimestampOffset| found.timestamp < 0 || found.offset < self.high_watermark();
        Ok(found.filter(visible))
    }

    fn special(&self, offset: i64) -> TimestampOffset {
        let epochs = &lock(&self.writer).epochs;
        let leader_epoch = if offset == self.log_end_offset() {
            epochs.latest().map(|latest| latest.epoch)
        } else {
            epochs.at(offset)
        };
        TimestampOffset { timestamp: -1, offset, leader_epoch }
    }

    fn first_not_before(&self, timestamp: i64, start: i64) -> Result<Option<TimestampOffset>, ReadError> {
        for segment in self.segments_from(start) {
            if segment.largest_timestamp() >= timestamp
                && let Some(found) = segment.first_not_before(timestamp, start)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn youngest(&self) -> Result<Option<TimestampOffset>, ReadError> {
        let mut best = None;
        for segment in self.segments_from(self.log_start_offset()) {
            let largest = segment.largest_timestamp();
            if best.as_ref().is_none_or(|(timestamp, _)| largest > *timestamp) {
                best = Some((largest, segment));
            }
        }
        best.map_or(Ok(None), |(_, segment)| segment.youngest())
    }

    pub(super) fn check_range(&self, offset: i64) -> Result<(), ReadError> {
        let inside = (self.log_start_offset()..=self.log_end_offset()).contains(&offset);
        if inside { Ok(()) } else { Err(self.out_of_range(offset)) }
    }

    pub(super) fn out_of_range(&self, offset: i64) -> ReadError {
        ReadError::OffsetOutOfRange {
            offset,
            log_start_offset: self.log_start_offset(),
            log_end_offset: self.log_end_offset(),
        }
    }
}

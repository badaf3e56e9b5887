//! What retention will do, told before: the segments, which of them goes next, why, and from when on.

use super::Log;
use crate::config::LogConfig;

/// A segment, as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentView {
    /// No offset in it is below this one: the number in its files' names.
    pub base_offset: i64,
    /// One past its last offset.
    pub end_offset: i64,
    /// Bytes of its record batches.
    pub size: u64,
    /// The largest timestamp in it, in ms since 1970; `None` when no record has one.
    pub newest_ms: Option<i64>,
    /// Whether new records are appended to it.
    pub is_active: bool,
}

/// Why a segment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// All of it lies below the log start offset: somebody has deleted its records.
    LogStartOffset,
    /// `retention.ms`: its newest record is too old.
    RetentionMs,
    /// `retention.bytes`: without it the log is still as large as it may be.
    RetentionBytes,
}

/// When the oldest segment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// Why.
    pub reason: Reason,
    /// [`Log::delete_old_segments`] takes it from this time on, in ms since 1970; `None`: at once.
    pub from_ms: Option<i64>,
}

/// A log's segments and what becomes of the oldest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The segments that hold something, oldest first.
    pub segments: Vec<SegmentView>,
    /// What happens to the first of them if nothing else comes; `None`: it stays.
    pub next: Option<Departure>,
    /// So many bytes more, and `retention.bytes` lets the first one go; `None` without such a limit.
    pub room: Option<u64>,
}

impl Log {
    /// What is here, and what goes next. Young segments that are not on disk yet are taken as if they were.
    pub fn outlook(&self) -> Outlook {
        let segments = self.views();
        let config = self.config();
        let size: u64 = segments.iter().map(|segment| segment.size).sum();
        let limit = u64::try_from(config.retention_bytes).ok().filter(|_| config.cleanup.delete);
        let room = segments
            .first()
            .zip(limit)
            .map(|(oldest, limit)| limit.saturating_add(oldest.size).saturating_sub(size));
        let next = segments.first().and_then(|oldest| self.departure(oldest, &config, room));
        Outlook { segments, next, room }
    }

    fn departure(&self, oldest: &SegmentView, config: &LogConfig, room: Option<u64>) -> Option<Departure> {
        if !oldest.is_active && oldest.end_offset <= self.log_start_offset() {
            return Some(Departure { reason: Reason::LogStartOffset, from_ms: None });
        }
        if room == Some(0) {
            return Some(Departure { reason: Reason::RetentionBytes, from_ms: None });
        }
        let newest = oldest.newest_ms.filter(|_| config.cleanup.delete && config.retention_ms >= 0)?;
        let from = newest.saturating_add(config.retention_ms).saturating_add(1);
        Some(Departure { reason: Reason::RetentionMs, from_ms: Some(from) })
    }

    fn views(&self) -> Vec<SegmentView> {
        let segments = self.segments_from(i64::MIN);
        let end = self.log_end_offset();
        let view = |(at, segment): (usize, &std::sync::Arc<crate::segment::Segment>)| {
            let next = segments.get(at + 1).map(|next| next.base());
            SegmentView {
                base_offset: segment.base(),
                end_offset: next.unwrap_or(end),
                size: segment.size(),
                newest_ms: Some(segment.largest_timestamp()).filter(|newest| *newest >= 0),
                is_active: next.is_none(),
            }
        };
        segments.iter().enumerate().map(view).filter(|segment| segment.size > 0).collect()
    }
}

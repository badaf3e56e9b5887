//! How much of a log a round would clean, and whether it is worth it.

use std::sync::Arc;

use crate::config::LogConfig;
use crate::log::{Log, first_timestamp};
use crate::segment::Segment;

/// The part of a log that can be cleaned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dirt {
    /// The first offset that no round has seen.
    pub first_dirty: i64,
    /// The first offset that must stay as it is: where a segment begins that is active, too young
    /// (`min.compaction.lag.ms`), not on disk, or has an open transaction in it.
    pub first_uncleanable: i64,
    /// Bytes of the segments that begin before the dirty part.
    pub clean_bytes: u64,
    /// Bytes of the segments with the dirty part.
    pub dirty_bytes: u64,
    /// `max.compaction.lag.ms` is over for some record in it.
    pub is_overdue: bool,
}

impl Dirt {
    /// The dirty part's share, from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a share, compared with a setting of two digits")]
    pub fn ratio(&self) -> f64 {
        let all = self.clean_bytes + self.dirty_bytes;
        if all == 0 { 0.0 } else { self.dirty_bytes as f64 / all as f64 }
    }

    /// Whether a round is due (`min.cleanable.dirty.ratio`, `max.compaction.lag.ms`).
    pub fn is_due(&self, config: &LogConfig) -> bool {
        self.dirty_bytes > 0 && (self.is_overdue || self.ratio() > config.min_cleanable_dirty_ratio)
    }
}

impl Log {
    /// What a round could clean, when an earlier one came to `cleaned_to`. An offset that is not in the log any more,
    /// or never was, counts as the log's start.
    pub fn dirt(&self, cleaned_to: Option<i64>, now_ms: i64) -> Dirt {
        let config = self.config();
        let start = self.log_start_offset();
        let known = |offset: &i64| (start..=self.log_end_offset()).contains(offset);
        let first_dirty = cleaned_to.filter(known).unwrap_or(start);
        let segments = self.segments_from(i64::MIN);
        let finished = segments.len().saturating_sub(1);
        let dirty_from = segments.partition_point(|segment| segment.base() <= first_dirty).saturating_sub(1);
        let dirty = segments.get(dirty_from..finished).unwrap_or_default();
        let bound = self.bound(&segments, dirty, &config, now_ms);
        if bound <= first_dirty {
            return Dirt { first_dirty, first_uncleanable: first_dirty, ..Dirt::default() };
        }
        let clean = segments.iter().filter(|segment| segment.base() < first_dirty);
        let dirty = || dirty.iter().filter(|segment| segment.base() < bound);
        let overdue_before = now_ms.saturating_sub(config.max_compaction_lag_ms);
        let is_overdue = |timestamp: i64| timestamp > 0 && timestamp < overdue_before;
        Dirt {
            first_dirty,
            first_uncleanable: bound,
            clean_bytes: clean.map(|segment| segment.size()).sum(),
            dirty_bytes: dirty().map(|segment| segment.size()).sum(),
            is_overdue: config.max_compaction_lag_ms < i64::MAX
                && dirty().any(|segment| is_overdue(first_timestamp(segment))),
        }
    }

    /// Where the segment begins that must stay as it is.
    fn bound(
        &self,
        segments: &[Arc<Segment>],
        dirty: &[Arc<Segment>],
        config: &LogConfig,
        now_ms: i64,
    ) -> i64 {
        let active = segments.last().map_or(0, |active| active.base());
        let lag = config.min_compaction_lag_ms;
        let is_young = |segment: &&Arc<Segment>| segment.largest_timestamp() > now_ms.saturating_sub(lag);
        let young = dirty.iter().find(is_young).filter(|_| lag > 0).map(|segment| segment.base());
        let decided = self.durable_offset().min(self.last_stable_offset());
        let bound = young.unwrap_or(active).min(active).min(decided);
        segments.iter().map(|segment| segment.base()).take_while(|base| *base <= bound).last().unwrap_or(0)
    }

    /// The segments before this offset, none of which is the active one.
    pub(super) fn finished_segments(&self, before: i64) -> Vec<Arc<Segment>> {
        let segments = self.segments_from(i64::MIN);
        segments.into_iter().take_while(|segment| segment.base() < before).collect()
    }
}

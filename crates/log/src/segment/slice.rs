//! Finding whole batches of a segment without reading them: the index leads to both ends, a few headers do the rest.
//!
//! Whatever is out of the ordinary, such as an index that does not say the truth or a batch that is not in its place
//! ([`super::proven`]), is left to [`Segment::read`], which copies, and tells what is wrong.

use std::sync::Arc;

use super::{Hint, Segment};
use crate::disk::DiskFile;
use crate::files::Kind;
use crate::index::OffsetEntry;
use crate::log::{LogSlice, ReadLimits};
use crate::walk::{Step, Walk};

impl Segment {
    /// Whole batches from the one that holds `from`, or the first behind it, on. `None`: [`Segment::read`] has to look.
    pub(crate) fn slice(&self, from: i64, limits: &ReadLimits, at_least: usize) -> Option<LogSlice> {
        let size = self.size();
        let hint = self.hint(from).ok()?;
        let near = hint.map_or(0, |hint| hint.position);
        if size.saturating_sub(near) < at_least as u64 {
            return None;
        }
        let file = self.file().ok()?;
        let first = self.first_batch(&file, hint, from, size)?;
        let (end, next_offset) = self.end_of_batches(&file, &first, limits, size)?;
        let length = usize::try_from(end - first.position).ok().filter(|length| *length >= at_least)?;
        if !self.is_in_order(&file, &first, end) {
            return None;
        }
        let (position, base_offset) = (first.position, first.header.base_offset);
        Some(LogSlice { file, position, length, base_offset, next_offset })
    }

    /// Where the batches from `first` on that are within the limits end, and an offset behind them.
    fn end_of_batches(
        &self,
        file: &Arc<dyn DiskFile>,
        first: &Step,
        limits: &ReadLimits,
        size: u64,
    ) -> Option<(u64, i64)> {
        let most = first.position.saturating_add(limits.max_bytes as u64);
        let is_within = |entry: &OffsetEntry| {
            u64::from(entry.position) <= most && self.base() + i64::from(entry.relative) < limits.upper_bound
        };
        let entry = self.search(Kind::OffsetIndex, |all| &all.offsets, is_within).ok()?;
        let entry = entry.filter(|entry| u64::from(entry.position) > first.position);
        let start = entry.map_or(first.position, |entry| u64::from(entry.position));
        let mut expected = entry.map(|entry| self.base() + i64::from(entry.relative));
        let mut walk = Walk::few_headers(&**file, start, size);
        let mut end = None;
        while let Some(step) = walk.step().ok()? {
            let last_offset = step.header.last_offset();
            if let Some(expected) = expected.take() {
                if expected != last_offset {
                    return None;
                }
                end = Some((step.position, step.header.base_offset));
            }
            let fits = walk.position() <= most || (end.is_none() && limits.min_one_batch);
            if !fits || last_offset >= limits.upper_bound {
                break;
            }
            end = Some((walk.position(), step.header.next_offset()));
        }
        end
    }

    /// The batch that holds `from`, or the first behind it.
    fn first_batch(
        &self,
        file: &Arc<dyn DiskFile>,
        hint: Option<Hint>,
        from: i64,
        size: u64,
    ) -> Option<Step> {
        let start = hint.map_or(0, |hint| hint.position);
        let mut walk = Walk::few_headers(&**file, start, size).ordered(self.order(hint.is_none()));
        let mut expected = hint.map(|hint| hint.last_offset);
        loop {
            let step = walk.step().ok()??;
            let last_offset = step.header.last_offset();
            if expected.take().is_some_and(|expected| expected != last_offset) {
                return None;
            }
            if last_offset >= from {
                return Some(step);
            }
        }
    }
}

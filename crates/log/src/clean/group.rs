//! Which neighbouring segments become one: as many as fit into a segment of full size, so that a log that is compacted
//! again and again does not fall into ever smaller files.

use std::sync::Arc;

use crate::config::LogConfig;
use crate::index::{IndexEntry, OffsetEntry, TimeEntry};
use crate::segment::Segment;

/// Bytes of a segment and of its indexes.
#[derive(Debug, Clone, Copy)]
struct Size {
    log: u64,
    offsets: usize,
    times: usize,
}

impl Size {
    fn of(segment: &Segment) -> Self {
        let (offsets, times) = segment.with_indexes(|all| (all.offsets.len(), all.times.len()));
        Self { log: segment.size(), offsets: offsets * OffsetEntry::SIZE, times: times * TimeEntry::SIZE }
    }

    const fn with(self, other: Self) -> Self {
        Self {
            log: self.log + other.log,
            offsets: self.offsets + other.offsets,
            times: self.times + other.times,
        }
    }

    const fn fits(self, config: &LogConfig) -> bool {
        let index = config.segment_index_bytes as usize;
        self.log <= config.segment_bytes as u64 && self.offsets <= index && self.times <= index
    }
}

/// The segments that begin before `end`, in groups. `round_end` is where the segment after them all begins.
pub(super) fn by_size<'a>(
    segments: &'a [Arc<Segment>],
    end: i64,
    round_end: i64,
    config: &LogConfig,
) -> Vec<&'a [Arc<Segment>]> {
    let count = segments.partition_point(|segment| segment.base() < end);
    let mut groups = Vec::new();
    let mut start = 0;
    while start < count {
        let first = segments.get(start).map_or(0, |first| first.base());
        let mut size = segments.get(start).map_or(Size { log: 0, offsets: 0, times: 0 }, |one| Size::of(one));
        let mut next = start + 1;
        while let Some(segment) = segments.get(next).filter(|_| next < count) {
            let with = size.with(Size::of(segment));
            let segment_end = segments.get(next + 1).map_or(round_end, |after| after.base());
            // Offsets in the indexes are 32 bits.
            if !with.fits(config) || segment_end - 1 - first > i64::from(i32::MAX) {
                break;
            }
            size = with;
            next += 1;
        }
        groups.extend(segments.get(start..next));
        start = next;
    }
    groups
}

//! Which part of a segment was found to be a row of batches, each in its place.
//!
//! Who sends batches from the file does not look at them, but for the first and the last few. What this process has
//! appended, scanned or copied is known to be in order; what it found when it opened the log is walked once, header by
//! header, when it is sent first. A reader that goes on where the last one stopped walks nothing again.

use std::ops::Range;
use std::sync::Arc;

use super::Segment;
use crate::disk::DiskFile;
use crate::lock;
use crate::order::Order;
use crate::walk::{GLANCE, Step, Walk};

/// How many readers far from each other are remembered.
const MOST: usize = 32;

/// Positions that were walked: parts that neither overlap nor touch, growing.
#[derive(Debug, Default)]
pub(super) struct Proven(Vec<Range<u64>>);

impl Proven {
    /// From this position on, what is left to walk starts here.
    fn end_from(&self, position: u64) -> u64 {
        let part = self.0.iter().find(|part| part.start <= position && position <= part.end);
        part.map_or(position, |part| part.end)
    }

    fn add(&mut self, mut new: Range<u64>) {
        self.0.retain(|part| {
            let is_apart = part.end < new.start || new.end < part.start;
            if !is_apart {
                new = part.start.min(new.start)..part.end.max(new.end);
            }
            is_apart
        });
        if self.0.len() >= MOST {
            let smallest = (0..).zip(&self.0).min_by_key(|(_, part)| part.end - part.start);
            let smallest: usize = smallest.map_or(0, |(at, _)| at);
            self.0.remove(smallest);
        }
        let at = self.0.partition_point(|part| part.start < new.start);
        self.0.insert(at, new);
    }
}

impl Segment {
    /// Whether the batches from `first` up to the one that ends at `end` are each in their place, and the one behind
    /// them too.
    pub(super) fn is_in_order(&self, file: &Arc<dyn DiskFile>, first: &Step, end: u64) -> bool {
        let end = end.min(self.found);
        let start = lock(&self.proven).end_from(first.position);
        if start >= end {
            return true;
        }
        // Large batches are passed over, small ones read many at a time.
        let walk = if first.header.size_in_bytes() < GLANCE { Walk::headers } else { Walk::few_headers };
        let order = Order::from_middle(self.base(), self.until());
        let mut walk = walk(&**file, start, self.found).ordered(order);
        loop {
            match walk.step() {
                Ok(Some(step)) if step.position < end => {}
                Ok(_) => break,
                Err(_) => return false,
            }
        }
        lock(&self.proven).add(start..end);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_together() {
        let mut proven = Proven::default();
        for (new, parts) in [
            (10..20, "[10..20]"),
            (40..50, "[10..20, 40..50]"),
            (0..5, "[0..5, 10..20, 40..50]"),
            (20..30, "[0..5, 10..30, 40..50]"),
            (25..45, "[0..5, 10..50]"),
            (5..10, "[0..50]"),
        ] {
            proven.add(new);
            assert_eq!(format!("{:?}", proven.0), parts);
        }
        assert_eq!([0, 49, 50, 51].map(|position| proven.end_from(position)), [50, 50, 50, 51]);
        for part in 0..100 {
            proven.add(1000 + part * 10..1001 + part * 10);
        }
        assert_eq!((proven.0.len(), proven.0[0].clone()), (MOST, 0..50), "the largest are remembered");
    }
}

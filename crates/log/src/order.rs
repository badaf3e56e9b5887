//! Whether a batch's offsets fit its place.
//!
//! A batch's base offset lies outside its checksum, so that nothing in the batch shows that it is wrong. Its neighbours
//! do: no batch begins below the end of the one before it, and none ends beyond where the next segment begins. In a log
//! that was never compacted the offsets leave no gaps, and any wrong one overlaps a neighbour. An offset that is wrong
//! within a gap that compaction has left is not seen, nor is that of a log's last batch when it became larger.

use millstream_wire::records::{BatchHeader, RecordsError};

/// Which offsets the next batch of a segment may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    next: i64,
    until: i64,
    /// A batch was seen, or the segment's start: what is skipped from here on is a gap.
    is_begun: bool,
    doubt: Option<Doubt>,
}

/// The last batch, if it left a gap before it: compaction was here, or its offset became too large.
#[derive(Debug, Clone, Copy)]
struct Doubt {
    position: u64,
    expected: i64,
    found: i64,
}

/// A batch that does not belong where it lies.
#[derive(Debug)]
pub(crate) struct Misplaced {
    /// Where it starts.
    pub(crate) position: u64,
    /// What is wrong with it.
    pub(crate) reason: RecordsError,
}

impl Order {
    /// The batches of a segment whose offsets are `base..until`, from its first one on.
    pub(crate) const fn from_start(base: i64, until: i64) -> Self {
        Self { next: base, until, is_begun: true, doubt: None }
    }

    /// The same from some batch on, which is taken to be right.
    pub(crate) const fn from_middle(base: i64, until: i64) -> Self {
        Self { is_begun: false, ..Self::from_start(base, until) }
    }

    /// The next batch, which lies at `position`. When it cannot follow the one before, and there was a gap before that
    /// one, it is the one before that is wrong.
    pub(crate) fn admit(&mut self, position: u64, batch: &BatchHeader) -> Result<(), Misplaced> {
        let here = Doubt { position, expected: self.next, found: batch.base_offset };
        let goes_back = batch.base_offset < self.next;
        if goes_back || batch.next_offset() > self.until {
            let wrong = self.doubt.filter(|_| goes_back).unwrap_or(here);
            (self.next, self.doubt) = (wrong.expected, None);
            let reason = RecordsError::BadField { field: "base offset", value: wrong.found };
            return Err(Misplaced { position: wrong.position, reason });
        }
        self.doubt = (self.is_begun && batch.base_offset > self.next).then_some(here);
        self.is_begun = true;
        self.next = batch.next_offset();
        Ok(())
    }

    /// The least offset that the next batch may have; after an error, that the wrong one may have.
    pub(crate) const fn next(&self) -> i64 {
        self.next
    }

    /// Whether it takes the batch behind the last one to know that this one is right.
    pub(crate) const fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }
}

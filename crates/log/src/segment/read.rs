//! Reading whole batches of a segment: one positioned read where the index leads, cut at batch boundaries.

use std::ops::Range;

use bytes::Bytes;
use millstream_wire::records::batch::HEADER_SIZE;
use millstream_wire::records::{BatchHeader, RecordsError};

use super::Segment;
use crate::error::ReadError;
use crate::log::ReadLimits;

/// How far the index may lead us before the batch that is wanted: an index interval and a small batch.
const SLACK: usize = 8 * 1024;

/// What a window of the file gave.
enum Cut {
    /// These bytes of it are the answer.
    Batches(Range<usize>),
    /// What is wanted starts this much further, beyond the window.
    Beyond(usize),
    /// The first batch wanted starts here and has this size, which the window does not hold.
    Larger { at: usize, size: usize },
    /// The index led to another batch than it said.
    Misled,
}

struct Search<'a> {
    from: i64,
    limits: &'a ReadLimits,
    /// Last offset that the window's first batch must have.
    expected: Option<i64>,
    /// Bytes of the segment from the window's start on.
    available: u64,
}

impl Segment {
    /// Whole batches from the one that holds `from`, or the first behind it, on. Empty: there is none here, or none
    /// within the limits.
    pub(crate) fn read(&self, from: i64, limits: &ReadLimits) -> Result<Bytes, ReadError> {
        let end = self.size();
        let path = self.path();
        let file = self.file().map_err(|error| ReadError::io(&path, error))?;
        let hint = self.hint(from)?;
        let mut position = hint.map_or(0, |hint| hint.position);
        let mut expected = hint.map(|hint| hint.last_offset);
        while position < end {
            let available = end - position;
            let mut window = Vec::new();
            let most = usize::try_from(available).unwrap_or(usize::MAX);
            let want = limits.max_bytes.max(HEADER_SIZE).saturating_add(SLACK).min(most);
            file.read_at(&mut window, want, position).map_err(|error| ReadError::io(&path, error))?;
            let damaged = |(at, reason)| ReadError::Damaged {
                path: path.clone(),
                position: position + at as u64,
                reason,
            };
            match (Search { from, limits, expected, available }).cut(&window).map_err(damaged)? {
                Cut::Batches(range) => return Ok(Bytes::from(window).slice(range)),
                Cut::Beyond(skip) => position += skip as u64,
                Cut::Larger { at, size } => {
                    let mut batch = Vec::new();
                    file.read_at(&mut batch, size, position + at as u64)
                        .map_err(|error| ReadError::io(&path, error))?;
                    return Ok(Bytes::from(batch));
                }
                Cut::Misled => {
                    tracing::warn!(path = %path.display(), position, "the offset index is wrong: reading from the segment's start");
                    position = 0;
                }
            }
            expected = None;
        }
        Ok(Bytes::new())
    }
}

impl Search<'_> {
    fn cut(&self, window: &[u8]) -> Result<Cut, (usize, RecordsError)> {
        let (mut at, mut start) = (0, None);
        while let Some(rest) = window.get(at..).filter(|rest| rest.len() >= HEADER_SIZE) {
            let header = match self.header(rest, at) {
                Ok(header) if self.is_expected(at, &header) => header,
                Err(_) if start.is_some_and(|start| start < at) => break,
                Err(reason) if self.expected.is_none() || at > 0 => return Err((at, reason)),
                _ => return Ok(Cut::Misled),
            };
            let size = header.size_in_bytes();
            if header.last_offset() < self.from {
                at += size;
                continue;
            }
            let first = *start.get_or_insert(at);
            let fits =
                at + size - first <= self.limits.max_bytes || (first == at && self.limits.min_one_batch);
            if header.last_offset() >= self.limits.upper_bound || !fits {
                return Ok(Cut::Batches(first..at));
            }
            if at + size > window.len() {
                return Ok(if first == at { Cut::Larger { at, size } } else { Cut::Batches(first..at) });
            }
            at += size;
        }
        match start {
            Some(start) => Ok(Cut::Batches(start..at)),
            None if at > 0 => Ok(Cut::Beyond(at)),
            None => Err((0, RecordsError::Truncated { needed: HEADER_SIZE, available: window.len() })),
        }
    }

    fn header(&self, rest: &[u8], at: usize) -> Result<BatchHeader, RecordsError> {
        let header = BatchHeader::parse(rest)?;
        let (needed, available) = (header.size_in_bytes(), self.available - at as u64);
        if needed as u64 <= available {
            Ok(header)
        } else {
            Err(RecordsError::Truncated {
                needed,
                available: usize::try_from(available).unwrap_or(usize::MAX),
            })
        }
    }

    fn is_expected(&self, at: usize, header: &BatchHeader) -> bool {
        at > 0 || self.expected.is_none_or(|last_offset| last_offset == header.last_offset())
    }
}

//! Reading whole batches of a segment: one positioned read where the index leads, cut at batch boundaries.
//!
//! The header of each batch that is given, or passed over on the way to it, is looked at: one whose offsets do not fit
//! its place ends the read before it, and is told when a read begins there.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use millstream_wire::records::batch::HEADER_SIZE;
use millstream_wire::records::{BatchHeader, RecordsError};

use super::Segment;
use crate::disk::DiskFile;
use crate::error::ReadError;
use crate::log::ReadLimits;
use crate::order::{Misplaced, Order};

/// How far the index may lead us before the batch that is wanted: an index interval and a small batch.
const SLACK: usize = 8 * 1024;

/// What a window of the file gave.
enum Cut {
    /// These bytes of it are the answer. The last batch that was looked at ends at `seen`.
    Batches { range: Range<usize>, seen: usize },
    /// What is wanted starts this much further, beyond the window.
    Beyond(usize),
    /// The first batch wanted starts here and has this size, which the window does not hold.
    Larger { at: usize, size: usize },
    /// The index led to another batch than it said.
    Misled,
}

/// A window of the file and what is looked for in it.
struct Search<'a> {
    from: i64,
    limits: &'a ReadLimits,
    /// Last offset that the window's first batch must have.
    expected: Option<i64>,
    /// Where in the file the window starts.
    position: u64,
    /// Bytes of the segment from there on.
    available: u64,
    order: &'a mut Order,
}

impl Segment {
    /// Whole batches from the one that holds `from`, or the first behind it, on. Empty: there is none here, or none
    /// within the limits.
    pub(crate) fn read(&self, from: i64, limits: &ReadLimits) -> Result<Bytes, ReadError> {
        let end = self.size();
        let path = self.path();
        let io = |error| ReadError::io(&path, error);
        let file = self.file().map_err(io)?;
        let hint = self.hint(from)?;
        let mut position = hint.map_or(0, |hint| hint.position);
        let mut expected = hint.map(|hint| hint.last_offset);
        let mut order = self.order(hint.is_none());
        while position < end {
            let available = end - position;
            let mut window = Vec::new();
            let most = usize::try_from(available).unwrap_or(usize::MAX);
            let want = limits.max_bytes.max(HEADER_SIZE).saturating_add(SLACK).min(most);
            file.read_at(&mut window, want, position).map_err(io)?;
            let cut = Search { from, limits, expected, position, available, order: &mut order }.cut(&window);
            match cut.map_err(|bad| self.damaged(bad, &order))? {
                Cut::Batches { range, seen } => {
                    let behind = position + seen as u64;
                    // A batch that is not given because it ends too far off may not really do so.
                    let (asks, ends) = (order.is_in_doubt() || range.is_empty(), order.next());
                    let good = if asks { self.follows(&file, behind, &mut order) } else { Ok(Ok(())) };
                    let start = position + range.start as u64;
                    return match good.map_err(io)? {
                        Err(bad) if bad.position <= start => Err(self.damaged(bad, &order)),
                        Err(_) if range.is_empty() => {
                            let reason = RecordsError::BadField { field: "end offset", value: ends };
                            Err(ReadError::Damaged { path, position: start, offset: from, reason })
                        }
                        Err(bad) => Ok(cut_at(window, range, bad.position - position)),
                        Ok(()) => Ok(Bytes::from(window).slice(range)),
                    };
                }
                Cut::Beyond(skip) => position += skip as u64,
                Cut::Larger { at, size } => {
                    let start = position + at as u64;
                    if order.is_in_doubt() {
                        let good = self.follows(&file, start + size as u64, &mut order).map_err(io)?;
                        good.map_err(|bad| self.damaged(bad, &order))?;
                    }
                    let mut batch = Vec::new();
                    file.read_at(&mut batch, size, start).map_err(io)?;
                    return Ok(Bytes::from(batch));
                }
                Cut::Misled => {
                    tracing::warn!(path = %path.display(), position, "the offset index is wrong: reading from the segment's start");
                    position = 0;
                    order = self.order(true);
                }
            }
            expected = None;
        }
        Ok(Bytes::new())
    }

    fn damaged(&self, Misplaced { position, reason }: Misplaced, order: &Order) -> ReadError {
        ReadError::Damaged { path: self.path(), position, offset: order.next(), reason }
    }

    /// Whether the batch at `behind` can follow the last one that was looked at: when there is a gap before that one,
    /// only the next one can tell whether it is in its place.
    fn follows(
        &self,
        file: &Arc<dyn DiskFile>,
        behind: u64,
        order: &mut Order,
    ) -> std::io::Result<Result<(), Misplaced>> {
        if behind >= self.size() {
            return Ok(Ok(()));
        }
        let mut head = Vec::with_capacity(HEADER_SIZE);
        file.read_at(&mut head, HEADER_SIZE, behind)?;
        // What is wrong with that one itself is told to who reads it.
        Ok(BatchHeader::parse(&head).map_or(Ok(()), |header| order.admit(behind, &header)))
    }
}

/// The bytes of a range up to a position of the window, which lies behind its start.
fn cut_at(window: Vec<u8>, range: Range<usize>, position: u64) -> Bytes {
    let end = usize::try_from(position).unwrap_or(usize::MAX).clamp(range.start, range.end);
    Bytes::from(window).slice(range.start..end)
}

impl Search<'_> {
    fn cut(self, window: &[u8]) -> Result<Cut, Misplaced> {
        let (mut at, mut start) = (0, None);
        while let Some(rest) = window.get(at..).filter(|rest| rest.len() >= HEADER_SIZE) {
            let position = self.position + at as u64;
            let header = match self.header(rest, at) {
                Ok(header) if self.is_expected(at, &header) => header,
                Err(_) if start.is_some_and(|start| start < at) => break,
                Err(reason) if self.expected.is_none() || at > 0 => {
                    return Err(Misplaced { position, reason });
                }
                _ => return Ok(Cut::Misled),
            };
            if let Err(bad) = self.order.admit(position, &header) {
                let good = usize::try_from(bad.position.saturating_sub(self.position)).unwrap_or(at);
                let range = start.map(|start| start..good).filter(|range| !range.is_empty());
                return range.map(|range| Cut::Batches { range, seen: at }).ok_or(bad);
            }
            let size = header.size_in_bytes();
            if header.last_offset() < self.from {
                at += size;
                continue;
            }
            let first = *start.get_or_insert(at);
            let fits =
                at + size - first <= self.limits.max_bytes || (first == at && self.limits.min_one_batch);
            if header.last_offset() >= self.limits.upper_bound || !fits {
                return Ok(Cut::Batches { range: first..at, seen: at + size });
            }
            if at + size > window.len() {
                return Ok(if first == at {
                    Cut::Larger { at, size }
                } else {
                    Cut::Batches { range: first..at, seen: at + size }
                });
            }
            at += size;
        }
        match start {
            Some(start) => Ok(Cut::Batches { range: start..at, seen: at }),
            None if at > 0 => Ok(Cut::Beyond(at)),
            None => {
                let reason = RecordsError::Truncated { needed: HEADER_SIZE, available: window.len() };
                Err(Misplaced { position: self.position, reason })
            }
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

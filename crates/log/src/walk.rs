//! Going through a segment's batches, header by header, with or without their checksums.
//!
//! Reads a window at a time; a damaged length costs no memory, since a checksum is computed window by window.

use std::io;

use millstream_wire::records::batch::HEADER_SIZE;
use millstream_wire::records::{BatchHeader, RecordsError};

use crate::disk::DiskFile;
use crate::order::{Misplaced, Order};

const WINDOW: usize = 64 * 1024;
/// The window of a walk that wants a few headers, not what lies between them.
pub(crate) const GLANCE: usize = 4 * 1024;
const ATTRIBUTES_AT: usize = 21;

/// Why a walk ended before the end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// What starts at the walk's position is not a good batch.
    #[error("{0}")]
    Bad(RecordsError),
    /// The disk refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A walk. After an error its position is where the bad batch starts.
pub(crate) struct Walk<'a> {
    file: &'a dyn DiskFile,
    position: u64,
    end: u64,
    verify: bool,
    order: Option<Order>,
    reach: usize,
    window: Vec<u8>,
    window_at: u64,
}

/// A batch that was walked over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// Where it starts.
    pub(crate) position: u64,
    /// Its header.
    pub(crate) header: BatchHeader,
}

impl<'a> Walk<'a> {
    /// The headers from `position` to `end`.
    pub(crate) const fn headers(file: &'a dyn DiskFile, position: u64, end: u64) -> Self {
        Self {
            file,
            position,
            end,
            verify: false,
            order: None,
            reach: WINDOW,
            window: Vec::new(),
            window_at: 0,
        }
    }

    /// The same for somebody who wants the next few only.
    pub(crate) fn few_headers(file: &'a dyn DiskFile, position: u64, end: u64) -> Self {
        Self { reach: GLANCE, ..Self::headers(file, position, end) }
    }

    /// The same with every checksum checked.
    pub(crate) fn verified(file: &'a dyn DiskFile, position: u64, end: u64) -> Self {
        Self { verify: true, ..Self::headers(file, position, end) }
    }

    /// The same walk, which stops at a batch whose offsets do not fit its place.
    pub(crate) fn ordered(self, order: Order) -> Self {
        Self { order: Some(order), ..self }
    }

    /// The least offset that the next batch of an ordered walk may have; after an error, that the bad one should have.
    pub(crate) fn offset(&self) -> i64 {
        self.order.map_or(0, |order| order.next())
    }

    /// Where the next batch starts.
    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// The next batch; `None` at the end.
    pub(crate) fn step(&mut self) -> Result<Option<Step>, Stop> {
        if self.position >= self.end {
            return Ok(None);
        }
        let position = self.position;
        let header = BatchHeader::parse(self.view(position, HEADER_SIZE)?).map_err(Stop::Bad)?;
        let size = header.size_in_bytes();
        let available = self.end - position;
        if size as u64 > available {
            let available = usize::try_from(available).unwrap_or(usize::MAX);
            return Err(Stop::Bad(RecordsError::Truncated { needed: size, available }));
        }
        if self.verify {
            self.check(position, &header)?;
        }
        if let Some(Err(Misplaced { position, reason })) =
            self.order.as_mut().map(|order| order.admit(position, &header))
        {
            self.position = position;
            return Err(Stop::Bad(reason));
        }
        self.position += size as u64;
        Ok(Some(Step { position, header }))
    }

    fn check(&mut self, position: u64, header: &BatchHeader) -> Result<(), Stop> {
        let (mut at, end) = (ATTRIBUTES_AT, header.size_in_bytes());
        let mut computed = 0;
        while at < end {
            let chunk = self.view(position + at as u64, (end - at).min(WINDOW))?;
            if chunk.is_empty() {
                return Err(Stop::Bad(RecordsError::Truncated { needed: end, available: at }));
            }
            computed = crc32c::crc32c_append(computed, chunk);
            at += chunk.len();
        }
        if computed == header.crc {
            Ok(())
        } else {
            Err(Stop::Bad(RecordsError::BadCrc { stored: header.crc, computed }))
        }
    }

    /// `len` bytes from `at` on, at most a window; fewer where the file ends.
    fn view(&mut self, at: u64, len: usize) -> io::Result<&[u8]> {
        let inside = at.checked_sub(self.window_at).and_then(|skip| usize::try_from(skip).ok());
        let start = match inside {
            Some(start) if start + len <= self.window.len() => start,
            _ => {
                let most = usize::try_from(self.end.saturating_sub(at)).unwrap_or(self.reach).min(self.reach);
                self.window.clear();
                self.file.read_at(&mut self.window, most, at)?;
                self.window_at = at;
                0
            }
        };
        Ok(self.window.get(start..(start + len).min(self.window.len())).unwrap_or_default())
    }
}

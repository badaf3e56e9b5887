//! A frame's blocks, up to the mark at its end.
//!
//! Memory: what a block is decompressed into is no larger than the frame's blocks may be, than the block's bytes can
//! give, and than the budget has left. A block that was stored as it is costs none.

use std::hash::Hasher;
use std::io::{self, Read};

use bytes::Buf;
use lz4_flex::block::{DecompressError, decompress_into};
use twox_hash::XxHash32;

use super::super::{damaged, make_room, over_budget};
use super::header::Header;

const IS_STORED: u32 = 1 << 31;
/// A byte of a block stands for no more than this.
const MOST_EXPANSION: usize = 255;

/// The blocks that are still to come.
pub(super) struct Blocks<'a> {
    header: Header,
    rest: &'a [u8],
    limit: usize,
    /// Bytes that came out so far.
    size: usize,
    content: XxHash32,
    ended: bool,
}

/// A block, and whose.
pub(super) struct Block<'a, 'b> {
    blocks: &'b mut Blocks<'a>,
    bytes: &'a [u8],
    is_stored: bool,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(header: Header, rest: &'a [u8], limit: usize) -> Self {
        Self { header, rest, limit, size: 0, content: XxHash32::with_seed(0), ended: false }
    }

    /// The next block; `None` behind the last, when the frame holds what its header says.
    pub(super) fn next(&mut self) -> io::Result<Option<Block<'a, '_>>> {
        if self.ended {
            return Ok(None);
        }
        let word = self.rest.try_get_u32_le().map_err(|_| damaged("its end is missing"))?;
        let length = usize::try_from(word & !IS_STORED).map_err(io::Error::other)?;
        if length == 0 {
            self.ended = true;
            return self.check_content().map(|()| None);
        }
        if length > self.header.most {
            return Err(damaged("a block is larger than its header allows"));
        }
        let (bytes, rest) =
            self.rest.split_at_checked(length).ok_or_else(|| damaged("its end is missing"))?;
        self.rest = rest;
        if self.header.has_block_checksums {
            let stored = self.rest.try_get_u32_le().map_err(|_| damaged("its end is missing"))?;
            if stored != XxHash32::oneshot(0, bytes) {
                return Err(damaged("the checksum of a block is wrong"));
            }
        }
        Ok(Some(Block { blocks: self, bytes, is_stored: word & IS_STORED != 0 }))
    }

    fn check_content(&mut self) -> io::Result<()> {
        if self.header.content_size.is_some_and(|size| size != self.size as u64) {
            return Err(damaged("it does not have the size that its header says"));
        }
        if self.header.has_content_checksum {
            let stored = self.rest.try_get_u32_le().map_err(|_| damaged("its checksum is missing"))?;
            if u64::from(stored) != self.content.finish() {
                return Err(damaged("the checksum of its content is wrong"));
            }
        }
        Ok(())
    }

    /// Takes note of what has come out.
    fn note(&mut self, out: &[u8]) -> io::Result<()> {
        self.size = self.size.saturating_add(out.len());
        if self.size > self.limit {
            return Err(over_budget(self.limit));
        }
        if self.header.has_content_checksum {
            self.content.write(out);
        }
        Ok(())
    }
}

impl<'a> Block<'a, '_> {
    /// The most bytes that may come out.
    fn most(&self) -> usize {
        let left = self.blocks.limit.saturating_sub(self.blocks.size);
        self.bytes.len().saturating_mul(MOST_EXPANSION).min(self.blocks.header.most).min(left)
    }

    /// Decompresses into the front of `out`, which has room for [`Self::most`] bytes, and says how many there are.
    fn decompress(self, out: &mut [u8]) -> io::Result<usize> {
        let allowed = self.blocks.header.most;
        let size = decompress_into(self.bytes, out).map_err(|error| match error {
            DecompressError::OutputTooSmall { .. } if out.len() < allowed => over_budget(self.blocks.limit),
            error => io::Error::new(io::ErrorKind::InvalidData, error),
        })?;
        self.blocks.note(out.get(..size).unwrap_or_default())?;
        Ok(size)
    }

    /// Puts what comes out behind what `out` holds, which is all that came out before.
    pub(super) fn append_to(self, out: &mut Vec<u8>, limit: usize) -> io::Result<()> {
        if self.is_stored {
            self.blocks.note(self.bytes)?;
            make_room(out, self.bytes.len(), limit);
            out.extend_from_slice(self.bytes);
            return Ok(());
        }
        let (start, most) = (out.len(), self.most());
        make_room(out, most, limit);
        out.resize(start + most, 0);
        let size = self.decompress(out.get_mut(start..).unwrap_or_default())?;
        out.truncate(start + size);
        Ok(())
    }
}

/// The blocks as a stream, one in memory at a time.
pub(super) struct Reader<'a> {
    blocks: Blocks<'a>,
    /// A stored block's bytes that are still to be given.
    stored: &'a [u8],
    /// As long as the longest block so far, and where in it what is still to be given begins and ends.
    buffer: Vec<u8>,
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn of(blocks: Blocks<'a>) -> Self {
        Self { blocks, stored: &[], buffer: Vec::new(), at: 0, end: 0 }
    }

    /// Takes the next block; false behind the last.
    fn advance(&mut self) -> io::Result<bool> {
        let Some(block) = self.blocks.next()? else { return Ok(false) };
        if block.is_stored {
            block.blocks.note(block.bytes)?;
            self.stored = block.bytes;
            return Ok(true);
        }
        let most = block.most();
        if self.buffer.len() < most {
            // The old one first: its bytes are of no use.
            self.buffer = Vec::new();
            self.buffer = vec![0; most];
        }
        self.end = block.decompress(self.buffer.get_mut(..most).unwrap_or_default())?;
        self.at = 0;
        Ok(true)
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut waiting = self.buffer.get(self.at..self.end).unwrap_or_default();
            let count = waiting.read(buf)?;
            self.at += count;
            if count > 0 || buf.is_empty() {
                return Ok(count);
            }
            let count = self.stored.read(buf)?;
            if count > 0 || !self.advance()? {
                return Ok(count);
            }
        }
    }
}

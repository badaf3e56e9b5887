//! The five codecs behind one interface: a bounded stream out, bytes in.
//!
//! Reading goes through [`Decompressed`], which counts what comes out and stops at the [`Budget`]. No codec reserves
//! memory because a frame says so: a block of snappy and of lz4 gets as much as the budget has left and its own bytes
//! can give. (zstd's window, 128 MiB at most, lies in its C library and is touched only as far as data is written.)
//!
//! Memory of [`decompress`]: the budget, and while the last half of it is made ready as much as there was before, half
//! of the budget. Of [`open`]: a block, at most the budget.

mod gzip;
mod lz4;
mod none;
mod snappy;
mod zstd;

use std::io::{self, BufRead, BufReader, Read};

use bytes::Bytes;

use super::{Budget, Codec, RecordsError};

/// What a codec gives: a stream of decompressed bytes.
type Stream<'a> = Box<dyn Read + Send + 'a>;

/// Bytes that are decompressed in one go.
const STEP: usize = 16 * 1024;

/// Bytes that are made ready at first, at least.
const SMALLEST: usize = 512;

/// A compressed payload as a stream, with a limit on what may come out.
pub(crate) type Decompressed<'a> = BufReader<Bounded<'a>>;

/// Opens `input`, which is the payload of an entry of format `magic`.
pub(crate) fn open<'a>(
    codec: Codec,
    magic: i8,
    input: &'a [u8],
    budget: Budget,
) -> Result<Decompressed<'a>, RecordsError> {
    let limit = budget.decompressed_bytes;
    let stream: io::Result<Stream<'a>> = match codec {
        Codec::None => Ok(none::open(input)),
        Codec::Gzip => Ok(gzip::open(input)),
        Codec::Snappy => snappy::open(input, limit),
        Codec::Lz4 => lz4::open(input, magic, limit),
        Codec::Zstd => zstd::open(input),
    };
    let stream = stream.map_err(|error| from_io(codec, error))?;
    Ok(BufReader::with_capacity(STEP, Bounded { stream, limit, left: limit, ended: false }))
}

/// Decompresses the whole of `input`; what is not compressed is not copied.
pub(crate) fn decompress(
    codec: Codec,
    magic: i8,
    input: &Bytes,
    budget: Budget,
) -> Result<Bytes, RecordsError> {
    if codec == Codec::None {
        return Ok(input.clone());
    }
    let limit = budget.decompressed_bytes;
    let out = match codec {
        Codec::Snappy => snappy::decompress(input, limit),
        Codec::Lz4 => lz4::decompress(input, magic, limit),
        _ => read_all(open(codec, magic, input, budget)?, input.len(), limit),
    };
    out.map(Bytes::from).map_err(|error| from_io(codec, error))
}

/// All that a stream gives, which is no more than `limit`.
fn read_all(mut stream: Decompressed<'_>, input: usize, limit: usize) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    make_room(&mut out, input.saturating_mul(2).clamp(SMALLEST, limit.max(SMALLEST)), limit);
    loop {
        let room = out.capacity() - out.len();
        let read = stream.by_ref().take(room as u64).read_to_end(&mut out)?;
        if read < room || stream.fill_buf()?.is_empty() {
            return Ok(out);
        }
        make_room(&mut out, 1, limit);
    }
}

/// Makes room for `more` bytes in what will hold no more than `limit`: twice as much as there was, and all of it when
/// that would be more than half.
fn make_room(out: &mut Vec<u8>, more: usize, limit: usize) {
    let needed = out.len().saturating_add(more);
    if needed <= out.capacity() {
        return;
    }
    let doubled = out.capacity().saturating_mul(2).max(needed);
    let capacity = if doubled > limit / 2 { limit.max(needed) } else { doubled };
    out.reserve_exact(capacity - out.len());
}

/// Compresses `input` for an entry of format `magic`, at Kafka's default level.
pub(crate) fn compress(codec: Codec, magic: i8, input: &[u8]) -> Result<Vec<u8>, RecordsError> {
    match codec {
        Codec::None => Ok(none::compress(input)),
        Codec::Gzip => gzip::compress(input),
        Codec::Snappy => snappy::compress(input),
        Codec::Lz4 => lz4::compress(input, magic),
        Codec::Zstd => zstd::compress(input),
    }
    .map_err(|error| from_io(codec, error))
}

/// What a stream's error means: our own, carried through `io::Error`, or damage.
pub(crate) fn from_io(codec: Codec, error: io::Error) -> RecordsError {
    error
        .downcast::<RecordsError>()
        .unwrap_or_else(|error| RecordsError::Compression { codec, reason: error.to_string() })
}

fn damaged(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn over_budget(limit: usize) -> io::Error {
    io::Error::other(RecordsError::OverBudget { limit })
}

/// Counts what a codec gives and ends with [`RecordsError::OverBudget`] past the limit. Once it has ended it stays so:
/// bytes after the end of a compressed frame are never looked at.
pub(crate) struct Bounded<'a> {
    stream: Stream<'a>,
    limit: usize,
    left: usize,
    ended: bool,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.ended || buf.is_empty() {
            return Ok(0);
        }
        let count = self.stream.read(buf)?;
        self.ended = count == 0;
        self.left = self.left.checked_sub(count).ok_or_else(|| over_budget(self.limit))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;

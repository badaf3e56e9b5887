//! The five codecs behind one interface: a bounded stream out, bytes in.
//!
//! Reading goes through [`Decompressed`], which counts what comes out and stops at the [`Budget`]. No codec reserves
//! memory because a frame says so, beyond its own window or block (8 MiB at most for lz4; zstd's window, 128 MiB at
//! most, is touched only as far as data is written into it).

mod gzip;
mod lz4;
mod none;
mod snappy;
mod zstd;

use std::io::{self, BufReader, Read};

use bytes::Bytes;

use super::{Budget, Codec, RecordsError};

/// What a codec gives: a stream of decompressed bytes.
type Stream<'a> = Box<dyn Read + Send + 'a>;

/// Bytes that are decompressed in one go.
const STEP: usize = 16 * 1024;

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
        Codec::Lz4 => lz4::open(input, magic),
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
    let mut out = Vec::new();
    open(codec, magic, input, budget)?.read_to_end(&mut out).map_err(|error| from_io(codec, error))?;
    Ok(out.into())
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

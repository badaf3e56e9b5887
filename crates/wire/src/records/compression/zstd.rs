//! zstd (RFC 8878).

use std::io;

use super::Stream;

/// Kafka's default level.
const LEVEL: i32 = 3;

pub(super) fn open(input: &[u8]) -> io::Result<Stream<'_>> {
    Ok(Box::new(zstd::stream::read::Decoder::with_buffer(input)?))
}

pub(super) fn compress(input: &[u8]) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(input, LEVEL)
}

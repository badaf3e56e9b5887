//! snappy, in the framing of the Java library `xerial`: a header, then blocks with their lengths. Java clients,
//! librdkafka and kafka-python all write it. One bare snappy block, as some other clients send it, is read too.

use std::io::{self, Read};

use bytes::{Buf, BufMut};
use snap::raw::{Decoder, Encoder, decompress_len};

use super::{Stream, damaged, over_budget};

const MAGIC: [u8; 8] = *b"\x82SNAPPY\0";
const HEADER_SIZE: usize = 16;
const VERSION: i32 = 1;
/// Bytes in a block that we write, as Java does.
const BLOCK: usize = 32 * 1024;
/// A copy of 64 bytes takes 3, so no honest block expands more than this.
const MOST_EXPANSION: usize = 22;

pub(super) fn open(input: &[u8], limit: usize) -> io::Result<Stream<'_>> {
    let Some(framed) = input.strip_prefix(&MAGIC) else {
        let block = decompress_block(input, limit)?;
        return Ok(Box::new(io::Cursor::new(block)));
    };
    let rest = framed.get(HEADER_SIZE - MAGIC.len()..).ok_or_else(|| damaged("its header ends early"))?;
    Ok(Box::new(Blocks { rest, block: io::Cursor::default(), limit }))
}

/// The blocks of a framed stream, one in memory at a time.
struct Blocks<'a> {
    rest: &'a [u8],
    block: io::Cursor<Vec<u8>>,
    limit: usize,
}

impl Read for Blocks<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.block.read(buf)?;
            if count > 0 || self.rest.is_empty() {
                return Ok(count);
            }
            self.block = io::Cursor::new(self.next_block()?);
        }
    }
}

impl Blocks<'_> {
    fn next_block(&mut self) -> io::Result<Vec<u8>> {
        let length = self.rest.try_get_i32().map_err(|_| damaged("a block's length ends early"))?;
        let block = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length))
            .ok_or_else(|| damaged("a block is longer than the data"))?;
        self.rest = block.1;
        decompress_block(block.0, self.limit)
    }
}

fn decompress_block(block: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    let claimed = decompress_len(block)?;
    if claimed > limit {
        return Err(over_budget(limit));
    }
    if claimed > block.len().saturating_mul(MOST_EXPANSION) {
        return Err(damaged("a block claims a size that its bytes cannot give"));
    }
    Ok(Decoder::new().decompress_vec(block)?)
}

pub(super) fn compress(input: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(HEADER_SIZE + input.len() / 2);
    out.put_slice(&MAGIC);
    out.put_i32(VERSION);
    out.put_i32(VERSION);
    let mut encoder = Encoder::new();
    for block in input.chunks(BLOCK) {
        let compressed = encoder.compress_vec(block)?;
        out.put_i32(i32::try_from(compressed.len()).map_err(io::Error::other)?);
        out.put_slice(&compressed);
    }
    Ok(out)
}

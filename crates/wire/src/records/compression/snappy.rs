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
    Ok(Box::new(Reader { blocks: Blocks::of(input)?, block: io::Cursor::default(), limit }))
}

/// All that comes out, each block put where it stays.
pub(super) fn decompress(input: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    let blocks = Blocks::of(input)?;
    let mut size = 0_usize;
    for block in blocks.clone() {
        size = size.saturating_add(size_of_block(block?, limit)?);
        if size > limit {
            return Err(over_budget(limit));
        }
    }
    let mut out = vec![0; size];
    let mut rest = &mut out[..];
    for block in blocks {
        let count = Decoder::new().decompress(block?, rest)?;
        rest = rest.split_at_mut_checked(count).unwrap_or_default().1;
    }
    Ok(out)
}

/// The compressed blocks of a framed stream, or the one bare block.
#[derive(Clone)]
struct Blocks<'a> {
    rest: &'a [u8],
    is_framed: bool,
}

impl<'a> Blocks<'a> {
    fn of(input: &'a [u8]) -> io::Result<Self> {
        let Some(framed) = input.strip_prefix(&MAGIC) else {
            return Ok(Self { rest: input, is_framed: false });
        };
        let rest = framed.get(HEADER_SIZE - MAGIC.len()..).ok_or_else(|| damaged("its header ends early"))?;
        Ok(Self { rest, is_framed: true })
    }

    fn take(&mut self) -> io::Result<&'a [u8]> {
        if !self.is_framed {
            return Ok(std::mem::take(&mut self.rest));
        }
        let length = self.rest.try_get_i32().map_err(|_| damaged("a block's length ends early"))?;
        let (block, rest) = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length))
            .ok_or_else(|| damaged("a block is longer than the data"))?;
        self.rest = rest;
        Ok(block)
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = io::Result<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() { None } else { Some(self.take()) }
    }
}

/// The blocks as a stream, one in memory at a time.
struct Reader<'a> {
    blocks: Blocks<'a>,
    block: io::Cursor<Vec<u8>>,
    limit: usize,
}

impl Read for Reader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.block.read(buf)?;
            if count > 0 {
                return Ok(count);
            }
            let Some(block) = self.blocks.next() else { return Ok(0) };
            self.block = io::Cursor::default();
            self.block = io::Cursor::new(decompress_block(block?, self.limit)?);
        }
    }
}

/// Bytes that come out of a block, which is what it claims: a block that gives others is damaged.
fn size_of_block(block: &[u8], limit: usize) -> io::Result<usize> {
    let claimed = decompress_len(block)?;
    if claimed > limit {
        return Err(over_budget(limit));
    }
    if claimed > block.len().saturating_mul(MOST_EXPANSION) {
        return Err(damaged("a block claims a size that its bytes cannot give"));
    }
    Ok(claimed)
}

fn decompress_block(block: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    size_of_block(block, limit)?;
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

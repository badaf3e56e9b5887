//! lz4 in its frame format.
//!
//! Entries of magic 0 carry a header checksum over the wrong bytes (KAFKA-3160): the frame's magic number is hashed
//! too. Java clients of that time demand it, so it is written for magic 0; reading magic 0 does not look at it.
//!
//! A frame whose end mark is missing is refused even if all of its data is there, and so is one whose blocks depend on
//! each other: Java's reader does so, and a batch that a broker takes must not stop its consumers.

mod blocks;
mod header;

use std::io::{self, Write};

use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use twox_hash::XxHash32;

use super::{Stream, damaged};
use blocks::Blocks;
use header::Header;

const MAGIC: [u8; 4] = 0x184D_2204_u32.to_le_bytes();

/// A stream of what comes out, which holds one block.
pub(super) fn open(input: &[u8], magic: i8, limit: usize) -> io::Result<Stream<'_>> {
    Ok(Box::new(blocks::Reader::of(blocks(input, magic, limit)?)))
}

/// All that comes out, each block put where it stays.
pub(super) fn decompress(input: &[u8], magic: i8, limit: usize) -> io::Result<Vec<u8>> {
    let mut blocks = blocks(input, magic, limit)?;
    let mut out = Vec::new();
    while let Some(block) = blocks.next()? {
        block.append_to(&mut out, limit)?;
    }
    Ok(out)
}

fn blocks(input: &[u8], magic: i8, limit: usize) -> io::Result<Blocks<'_>> {
    let (header, rest) = Header::parse(input, magic > 0)?;
    Ok(Blocks::new(header, rest, limit))
}

pub(super) fn compress(input: &[u8], magic: i8) -> io::Result<Vec<u8>> {
    let frame = FrameInfo::new().block_size(BlockSize::Max64KB).block_mode(BlockMode::Independent);
    let mut encoder = FrameEncoder::with_frame_info(frame, Vec::new());
    encoder.write_all(input)?;
    let mut out = encoder.finish()?;
    if magic == 0
        && let Some(header) = out.first_chunk_mut::<7>()
    {
        header[6] = checksum(&header[..6]);
    }
    Ok(out)
}

fn checksum(bytes: &[u8]) -> u8 {
    let [_, second, ..] = XxHash32::oneshot(0, bytes).to_le_bytes();
    second
}

//! lz4 in its frame format.
//!
//! Entries of magic 0 carry a header checksum over the wrong bytes (KAFKA-3160): the frame's magic number is hashed
//! too. Java clients of that time demand it, so it is written for magic 0; reading magic 0 does not look at it.
//!
//! A frame whose end mark is missing is refused even if all of its data is there, and so is one whose blocks depend on
//! each other: Java's reader does so, and a batch that a broker takes must not stop its consumers.

use std::io::{self, Cursor, Read, Write};

use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use twox_hash::XxHash32;

use super::{Stream, damaged};

const MAGIC: [u8; 4] = 0x184D_2204_u32.to_le_bytes();
const HAS_CONTENT_SIZE: u8 = 0b0000_1000;
const BLOCKS_ARE_INDEPENDENT: u8 = 0b0010_0000;
const HAS_BLOCK_CHECKSUMS: u8 = 0b0001_0000;
const HAS_DICTIONARY: u8 = 0b0000_0001;

pub(super) fn open(input: &[u8], magic: i8) -> io::Result<Stream<'_>> {
    let descriptor = descriptor_size(input)?;
    check_end(input, descriptor)?;
    if magic > 0 {
        return Ok(Box::new(FrameDecoder::new(input)));
    }
    let (header, rest) =
        input.split_at_checked(MAGIC.len() + descriptor).ok_or_else(|| damaged("its header ends early"))?;
    let mut repaired = header.to_vec();
    repaired.push(checksum(header.get(MAGIC.len()..).unwrap_or_default()));
    let rest = rest.get(1..).ok_or_else(|| damaged("its header ends early"))?;
    Ok(Box::new(FrameDecoder::new(Cursor::new(repaired).chain(rest))))
}

/// Goes from block to block to the mark at the frame's end, without looking into them.
fn check_end(input: &[u8], descriptor: usize) -> io::Result<()> {
    const LENGTH: u32 = !(1 << 31);
    let ends_early = || damaged("its end is missing");
    let block_checksum = match input.get(MAGIC.len()) {
        Some(flags) if flags & HAS_BLOCK_CHECKSUMS != 0 => 4,
        _ => 0,
    };
    let mut rest = input.get(MAGIC.len() + descriptor + 1..).ok_or_else(ends_early)?;
    loop {
        let (length, block) = rest.split_first_chunk().ok_or_else(ends_early)?;
        let length = usize::try_from(u32::from_le_bytes(*length) & LENGTH).map_err(|_| ends_early())?;
        if length == 0 {
            return Ok(());
        }
        rest = block.get(length.saturating_add(block_checksum)..).ok_or_else(ends_early)?;
    }
}

/// Bytes between the frame's magic number and its header checksum. Other kinds of frame are not Kafka's.
fn descriptor_size(input: &[u8]) -> io::Result<usize> {
    let flags = input
        .strip_prefix(&MAGIC)
        .ok_or_else(|| damaged("it is not an lz4 frame"))?
        .first()
        .ok_or_else(|| damaged("its header ends early"))?;
    if flags & BLOCKS_ARE_INDEPENDENT == 0 {
        return Err(damaged("its blocks depend on each other"));
    }
    if flags & HAS_DICTIONARY != 0 {
        return Err(damaged("it needs a dictionary"));
    }
    Ok(if flags & HAS_CONTENT_SIZE == 0 { 2 } else { 10 })
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

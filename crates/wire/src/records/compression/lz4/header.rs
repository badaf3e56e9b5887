//! A frame's header: how large its blocks are at most, and which checksums it has.

use std::io;

use super::{MAGIC, checksum, damaged};

const VERSION_SHIFT: u32 = 6;
const VERSION: u8 = 1;
const BLOCKS_ARE_INDEPENDENT: u8 = 0b0010_0000;
const HAS_BLOCK_CHECKSUMS: u8 = 0b0001_0000;
const HAS_CONTENT_SIZE: u8 = 0b0000_1000;
const HAS_CONTENT_CHECKSUM: u8 = 0b0000_0100;
const HAS_DICTIONARY: u8 = 0b0000_0001;
const RESERVED_FLAGS: u8 = 0b0000_0010;
const RESERVED_SIZES: u8 = 0b1000_1111;
const SIZE_SHIFT: u32 = 4;

/// What the header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    /// Most bytes that a block has, compressed or not.
    pub(super) most: usize,
    pub(super) has_block_checksums: bool,
    pub(super) has_content_checksum: bool,
    /// Bytes of all blocks together when they are decompressed.
    pub(super) content_size: Option<u64>,
}

impl Header {
    /// Reads the header at the front of `input`, and gives what follows it. Its checksum counts when it `is_checked`.
    pub(super) fn parse(input: &[u8], is_checked: bool) -> io::Result<(Self, &[u8])> {
        let ends_early = || damaged("its header ends early");
        let frame = input.strip_prefix(&MAGIC).ok_or_else(|| damaged("it is not an lz4 frame"))?;
        let [flags, sizes] = *frame.first_chunk().ok_or_else(ends_early)?;
        check(flags, sizes)?;
        let size = if flags & HAS_CONTENT_SIZE == 0 { 2 } else { 10 };
        let (descriptor, rest) = frame.split_at_checked(size).ok_or_else(ends_early)?;
        let (stored, blocks) = rest.split_first().ok_or_else(ends_early)?;
        if is_checked && *stored != checksum(descriptor) {
            return Err(damaged("the checksum of its header is wrong"));
        }
        let content_size = descriptor.get(2..).and_then(|size| size.first_chunk());
        let header = Self {
            most: most(sizes)?,
            has_block_checksums: flags & HAS_BLOCK_CHECKSUMS != 0,
            has_content_checksum: flags & HAS_CONTENT_CHECKSUM != 0,
            content_size: content_size.map(|size| u64::from_le_bytes(*size)),
        };
        Ok((header, blocks))
    }
}

fn check(flags: u8, sizes: u8) -> io::Result<()> {
    if flags >> VERSION_SHIFT != VERSION {
        return Err(damaged("its version is not 1"));
    }
    if flags & RESERVED_FLAGS != 0 || sizes & RESERVED_SIZES != 0 {
        return Err(damaged("its header has bits that mean nothing"));
    }
    if flags & BLOCKS_ARE_INDEPENDENT == 0 {
        return Err(damaged("its blocks depend on each other"));
    }
    if flags & HAS_DICTIONARY != 0 {
        return Err(damaged("it needs a dictionary"));
    }
    Ok(())
}

fn most(sizes: u8) -> io::Result<usize> {
    const KIB: usize = 1024;
    match sizes >> SIZE_SHIFT {
        4 => Ok(64 * KIB),
        5 => Ok(256 * KIB),
        6 => Ok(1024 * KIB),
        7 => Ok(4096 * KIB),
        _ => Err(damaged("there is no such size of blocks")),
    }
}

//! Writing a message set.

use bytes::BufMut;

use super::entry::{LENGTH_PREFIX, LOG_APPEND_TIME};
use crate::records::batch::NO_TIMESTAMP;
use crate::records::{Codec, RecordsError, TimestampType, compression};

/// Collects messages and writes them as a set of magic 0 or 1: one after the other, or compressed in one wrapper.
#[derive(Debug, Clone)]
pub struct MessageSetBuilder {
    format: Format,
    codec: Codec,
    first_offset: Option<i64>,
    last_offset: i64,
    max_timestamp: i64,
    messages: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Format {
    magic: i8,
    timestamp_type: TimestampType,
}

impl MessageSetBuilder {
    /// An empty set. Every `magic` but 0 means 1.
    pub const fn new(magic: i8, codec: Codec, timestamp_type: TimestampType) -> Self {
        let magic = if magic == 0 { 0 } else { 1 };
        Self {
            format: Format { magic, timestamp_type },
            codec,
            first_offset: None,
            last_offset: 0,
            max_timestamp: NO_TIMESTAMP,
            messages: Vec::new(),
        }
    }

    /// Adds a message; timestamp in ms, which magic 0 drops.
    ///
    /// # Errors
    /// [`RecordsError::BadLength`] for a message of 2 GiB or more.
    pub fn append(
        &mut self,
        offset: i64,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<(), RecordsError> {
        let first = *self.first_offset.get_or_insert(offset);
        self.last_offset = offset;
        self.max_timestamp = self.max_timestamp.max(timestamp);
        let is_relative = self.codec != Codec::None && self.format.magic > 0;
        let written = if is_relative { offset.wrapping_sub(first) } else { offset };
        self.format.put(&mut self.messages, written, Codec::None, timestamp, key, value)
    }

    /// Appends the set to `out`; nothing when it is empty.
    ///
    /// # Errors
    /// [`RecordsError::UnknownCodec`] for zstd, which these formats do not know; [`RecordsError::BadLength`] for a
    /// wrapper of 2 GiB or more.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), RecordsError> {
        match self.codec {
            Codec::None => out.put_slice(&self.messages),
            Codec::Zstd => return Err(RecordsError::UnknownCodec(Codec::Zstd.id())),
            codec if self.first_offset.is_some() => {
                let value = compression::compress(codec, self.format.magic, &self.messages)?;
                self.format.put(out, self.last_offset, codec, self.max_timestamp, None, Some(&value))?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Format {
    fn put(
        self,
        out: &mut Vec<u8>,
        offset: i64,
        codec: Codec,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<(), RecordsError> {
        let start = out.len();
        out.put_i64(offset);
        out.put_i32(0);
        out.put_u32(0);
        out.put_i8(self.magic);
        if self.magic == 0 {
            out.put_u8(codec.id());
        } else {
            let by_broker = self.timestamp_type == TimestampType::LogAppendTime;
            out.put_u8(codec.id() | if by_broker { LOG_APPEND_TIME } else { 0 });
            out.put_i64(timestamp);
        }
        put_sized(out, key)?;
        put_sized(out, value)?;
        let body = out.get(start + LENGTH_PREFIX..).unwrap_or_default();
        let length = to_length(body.len())?;
        let crc = crc32fast::hash(body.get(4..).unwrap_or_default());
        if let Some(lengths) = out.get_mut(start + 8..start + LENGTH_PREFIX + 4) {
            let (at_length, at_crc) = lengths.split_at_mut(4);
            at_length.copy_from_slice(&length.to_be_bytes());
            at_crc.copy_from_slice(&crc.to_be_bytes());
        }
        Ok(())
    }
}

fn put_sized(out: &mut Vec<u8>, bytes: Option<&[u8]>) -> Result<(), RecordsError> {
    match bytes {
        Some(bytes) => {
            out.put_i32(to_length(bytes.len())?);
            out.put_slice(bytes);
        }
        None => out.put_i32(-1),
    }
    Ok(())
}

fn to_length(length: usize) -> Result<i32, RecordsError> {
    let too_long =
        |_| RecordsError::BadLength { length: i64::try_from(length).unwrap_or(i64::MAX), least: 0 };
    i32::try_from(length).map_err(too_long)
}

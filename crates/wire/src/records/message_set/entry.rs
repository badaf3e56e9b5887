//! The outer messages of a set: single ones and wrappers.

use bytes::{Buf, Bytes};

use crate::records::batch::{BadBatch, NO_TIMESTAMP};
use crate::records::{Codec, RecordsError, TimestampType};

/// Bytes in front of what a message's length counts: offset and the length itself.
pub(super) const LENGTH_PREFIX: usize = 12;
/// Checksum, magic, attributes and the two lengths of a message of magic 0.
pub(super) const LEAST_SIZE: usize = 14;
pub(super) const CODEC: u8 = 0b111;
pub(super) const LOG_APPEND_TIME: u8 = 1 << 3;

/// A message as it lies in the set. The value of a compressed one is a set of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its offset; for a wrapper that of its last message.
    pub offset: i64,
    /// 0 or 1.
    pub magic: i8,
    /// How the value is compressed.
    pub codec: Codec,
    /// Who set the timestamp; always the producer in magic 0.
    pub timestamp_type: TimestampType,
    /// Its timestamp in ms, -1 in magic 0; for a wrapper the largest one.
    pub timestamp: i64,
    /// The key; absent is not the same as empty.
    pub key: Option<Bytes>,
    /// The value.
    pub value: Option<Bytes>,
    /// Bytes of the whole message.
    pub size: usize,
}

impl Entry {
    /// Reads the message at the front of `bytes` and checks its checksum. `None`: it is not all there, which is legal
    /// at the end of a set.
    ///
    /// # Errors
    /// [`RecordsError`], among them [`RecordsError::BadMagic`] for anything but 0 and 1.
    pub fn parse(bytes: &Bytes) -> Result<Option<Self>, RecordsError> {
        let Some(frame) = Frame::parse(bytes)? else {
            return Ok(None);
        };
        let Some(message) = bytes.get(LENGTH_PREFIX..frame.size) else {
            return Ok(None);
        };
        let mut fields = message;
        let stored = fields.try_get_u32().map_err(|_| early())?;
        let computed = crc32fast::hash(fields);
        if stored != computed {
            return Err(RecordsError::BadCrc { stored, computed });
        }
        let magic = fields.try_get_i8().map_err(|_| early())?;
        let attributes = fields.try_get_u8().map_err(|_| early())?;
        let timestamp = if magic == 0 { NO_TIMESTAMP } else { fields.try_get_i64().map_err(|_| early())? };
        let (key, fields) = sized(bytes, fields)?;
        let (value, fields) = sized(bytes, fields)?;
        if !fields.is_empty() {
            return Err(RecordsError::BadRecord { index: 0, reason: "it is shorter than it says" });
        }
        let by_broker = magic > 0 && attributes & LOG_APPEND_TIME != 0;
        Ok(Some(Self {
            offset: frame.offset,
            magic,
            codec: Codec::from_id(attributes & CODEC)?,
            timestamp_type: if by_broker { TimestampType::LogAppendTime } else { TimestampType::CreateTime },
            timestamp,
            key,
            value,
            size: frame.size,
        }))
    }
}

fn early() -> RecordsError {
    RecordsError::BadRecord { index: 0, reason: "it ends early" }
}

/// A length and as many bytes, as a slice of `bytes`; a negative length is null.
fn sized<'a>(bytes: &Bytes, mut fields: &'a [u8]) -> Result<(Option<Bytes>, &'a [u8]), RecordsError> {
    let length = fields.try_get_i32().map_err(|_| early())?;
    let Ok(length) = usize::try_from(length) else {
        return Ok((None, fields));
    };
    let (data, rest) = fields
        .split_at_checked(length)
        .ok_or(RecordsError::BadRecord { index: 0, reason: "a field ends beyond it" })?;
    Ok((Some(bytes.slice_ref(data)), rest))
}

/// Offset and size of a message, read without looking inside.
pub(super) struct Frame {
    pub(super) offset: i64,
    pub(super) size: usize,
}

impl Frame {
    /// `None`: not even these are all there.
    pub(super) fn parse(mut bytes: &[u8]) -> Result<Option<Self>, RecordsError> {
        if let Some(magic) = crate::records::batch::magic(bytes)
            && !(0..=1).contains(&magic)
        {
            return Err(RecordsError::BadMagic(magic));
        }
        let (Ok(offset), Ok(length)) = (bytes.try_get_i64(), bytes.try_get_i32()) else {
            return Ok(None);
        };
        let size = usize::try_from(length).ok().filter(|size| *size >= LEAST_SIZE);
        let size = size.ok_or(RecordsError::BadLength { length: i64::from(length), least: 14 })?;
        Ok(Some(Self { offset, size: LENGTH_PREFIX + size }))
    }
}

/// The outer messages of a set, in order. A partial one at the end is left out; after the first bad one it ends.
#[derive(Debug, Clone)]
pub struct Entries {
    rest: Bytes,
    position: usize,
}

impl Entries {
    /// Walks `bytes`.
    pub fn new(bytes: Bytes) -> Self {
        Self { rest: bytes, position: 0 }
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, BadBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        match Entry::parse(&self.rest).transpose()? {
            Ok(entry) => {
                self.rest.advance(entry.size);
                self.position += entry.size;
                Some(Ok(entry))
            }
            Err(reason) => {
                self.rest.clear();
                Some(Err(BadBatch { position: self.position, reason }))
            }
        }
    }
}

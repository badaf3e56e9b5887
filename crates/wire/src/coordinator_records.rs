//! The records of `__consumer_offsets`.
//!
//! A key starts with an int16 that says what it is the key of (and, for offsets, 0 or 1 alike); a value starts with its
//! version ([`crate::decode_prefixed`]). A key without a value is a tombstone.

use bytes::Bytes;

use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::reader::Reader;
use crate::writer::Writer;

include!(concat!(env!("OUT_DIR"), "/coordinator_records.rs"));

/// What a record of `__consumer_offsets` is about.
#[derive(Debug, Clone, PartialEq)]
pub enum CoordinatorKey {
    /// A committed offset; the value is an [`OffsetCommitValue`].
    Offset(OffsetCommitKey),
    /// A classic group; the value is a [`GroupMetadataValue`].
    Group(GroupMetadataKey),
    /// Something else, such as a group of the protocol of KIP-848: its type's number.
    Unknown(i16),
}

impl CoordinatorKey {
    /// Reads a record's key.
    pub fn decode(bytes: Bytes) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        match reader.i16()? {
            0 | 1 => OffsetCommitKey::decode(&mut reader, 0).map(Self::Offset),
            2 => GroupMetadataKey::decode(&mut reader, 0).map(Self::Group),
            other => Ok(Self::Unknown(other)),
        }
    }

    /// Writes a record's key. [`Self::Unknown`] has no more than its type.
    pub fn encode(&self) -> Result<Bytes, EncodeError> {
        let mut writer = Writer::new();
        match self {
            Self::Offset(key) => {
                writer.i16(1);
                key.encode(&mut writer, 0)?;
            }
            Self::Group(key) => {
                writer.i16(2);
                key.encode(&mut writer, 0)?;
            }
            Self::Unknown(id) => writer.i16(*id),
        }
        Ok(writer.into_bytes())
    }
}

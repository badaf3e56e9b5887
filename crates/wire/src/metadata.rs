//! The records of `__cluster_metadata`, and their frame.
//!
//! A record's value is: the frame's version (1), the record's type and the record's version, each as an unsigned
//! variable-length integer, then the record.

use bytes::Bytes;

use crate::error::{DecodeError, EncodeError};
use crate::reader::Reader;
use crate::writer::Writer;

include!(concat!(env!("OUT_DIR"), "/metadata.rs"));

/// The only version of the frame that there is.
const FRAME_VERSION: u32 = 1;

impl MetadataRecord {
    /// Reads a record's value.
    pub fn decode(value: Bytes) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(value);
        let frame = reader.unsigned_varint()?;
        if frame != FRAME_VERSION {
            return Err(DecodeError::UnknownRecord { family: "metadata frame version", id: frame.into() });
        }
        let id = reader.unsigned_varint()?;
        let at = reader.position();
        let version = i16::try_from(reader.unsigned_varint()?).map_err(|_| DecodeError::Varint { at })?;
        let record = Self::decode_body(id, version, &mut reader)?;
        reader.finish()?;
        Ok(record)
    }

    /// Writes a record's value, the record in this version.
    pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut writer = Writer::new();
        writer.unsigned_varint(FRAME_VERSION);
        writer.unsigned_varint(self.id());
        writer.unsigned_varint(u32::from(version.unsigned_abs()));
        self.encode_body(version, &mut writer)?;
        Ok(writer.into_bytes())
    }
}

//! What all messages have in common.

use bytes::Bytes;

use crate::api_key::ApiKey;
use crate::error::{DecodeError, EncodeError};
use crate::reader::Reader;
use crate::value::{At, Value};
use crate::versions::Versions;
use crate::writer::Writer;

/// A message: its schema's name and versions, and its bytes in each of them.
///
/// Fields that a version does not have hold their default after decoding. Encoding a field that holds something else
/// in such a version is an error, unless the schema calls the field ignorable.
pub trait Message: Value + Default {
    /// Kafka's name for the message.
    const NAME: &'static str;
    /// The versions that can be read and written.
    const VERSIONS: Versions;
    /// The first version with compact lengths and tagged fields.
    const FLEXIBLE_FROM: Option<i16>;

    /// Is `version` flexible?
    fn is_flexible(version: i16) -> bool {
        Self::FLEXIBLE_FROM.is_some_and(|from| version >= from)
    }

    /// Reads the message. What follows it is left in the reader: see [`Reader::finish`].
    fn decode(reader: &mut Reader, version: i16) -> Result<Self, DecodeError> {
        if !Self::VERSIONS.contains(version) {
            return Err(DecodeError::Version { message: Self::NAME, version });
        }
        Self::read(reader, At { version, flexible: Self::is_flexible(version) })
    }

    /// Writes the message.
    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        if !Self::VERSIONS.contains(version) {
            return Err(EncodeError::Version { message: Self::NAME, version });
        }
        self.write(writer, At { version, flexible: Self::is_flexible(version) })
    }
}

/// A request, which names its API and its answer.
pub trait Request: Message {
    /// The API.
    const KEY: ApiKey;
    /// What is answered.
    type Response: Message;

    /// The version of the header in front of the request.
    fn request_header_version(version: i16) -> i16 {
        if Self::is_flexible(version) { 2 } else { 1 }
    }

    /// The version of the header in front of the response. It is always 0 for ApiVersions, so that a client that asks
    /// in a version unknown here can read the answer (KIP-511).
    fn response_header_version(version: i16) -> i16 {
        if Self::is_flexible(version) && !matches!(Self::KEY, ApiKey::ApiVersions) { 1 } else { 0 }
    }
}

/// Reads a message that is preceded by its version as an int16: the values of group records and the embedded parts of
/// the group protocol. Bytes that follow it are allowed, as newer versions append fields.
pub fn decode_prefixed<M: Message>(bytes: Bytes) -> Result<(i16, M), DecodeError> {
    let mut reader = Reader::new(bytes);
    let version = reader.i16()?;
    Ok((version, M::decode(&mut reader, version)?))
}

/// Writes a message after its version as an int16.
pub fn encode_prefixed<M: Message>(message: &M, version: i16) -> Result<Bytes, EncodeError> {
    let mut writer = Writer::new();
    writer.i16(version);
    message.encode(&mut writer, version)?;
    Ok(writer.into_bytes())
}

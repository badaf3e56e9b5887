//! What the members of a consumer group tell each other through the coordinator: subscriptions and assignments.
//!
//! Both are preceded by their version. A member may send a newer version than is known here: newer versions only append
//! fields, so what is known is read.

use bytes::Bytes;

use crate::error::DecodeError;
use crate::message::Message;
use crate::reader::Reader;

include!(concat!(env!("OUT_DIR"), "/consumer_protocol.rs"));

/// Reads a [`ConsumerProtocolSubscription`] or a [`ConsumerProtocolAssignment`] and the version it was sent in.
/// [`crate::encode_prefixed`] is the way back.
pub fn decode<M: Message>(bytes: Bytes) -> Result<(i16, M), DecodeError> {
    let mut reader = Reader::new(bytes);
    let version = reader.i16()?;
    Ok((version, M::decode(&mut reader, version.min(M::VERSIONS.max))?))
}

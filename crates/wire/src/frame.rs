//! Frames: a length, a header of the right version, a message.
//!
//! A frame on the socket is a big-endian int32, the number of bytes that follow, and then those bytes. The functions
//! that decode take what follows the length; those that encode give the length too.

use bytes::Bytes;

use crate::api_key::ApiKey;
use crate::error::{DecodeError, EncodeError};
use crate::header::{RequestHeader, ResponseHeader};
use crate::message::{Message, Request};
use crate::messages;
use crate::reader::Reader;
use crate::text::Str;
use crate::writer::Writer;

/// Bytes of the length in front of a frame.
pub const LENGTH_SIZE: usize = 4;

/// Encodes a request as a frame, length included.
pub fn encode_request<R: Request>(
    request: &R,
    version: i16,
    correlation_id: i32,
    client_id: Option<&str>,
) -> Result<Writer, EncodeError> {
    let header = RequestHeader {
        request_api_key: R::KEY.code(),
        request_api_version: version,
        correlation_id,
        client_id: client_id.map(Str::from),
    };
    let mut writer = begin();
    header.encode(&mut writer, R::request_header_version(version))?;
    request.encode(&mut writer, version)?;
    end(writer)
}

/// Encodes the response to a request of type `R` as a frame, length included.
pub fn encode_response<R: Request>(
    response: &R::Response,
    version: i16,
    correlation_id: i32,
) -> Result<Writer, EncodeError> {
    let mut writer = begin();
    ResponseHeader { correlation_id }.encode(&mut writer, R::response_header_version(version))?;
    response.encode(&mut writer, version)?;
    end(writer)
}

/// Reads a request's header and leaves the reader at the request itself.
///
/// For an API whose messages are not known here the header is read as far as it has the same form for all APIs.
pub fn decode_request_header(reader: &mut Reader) -> Result<RequestHeader, DecodeError> {
    let mut ahead = reader.clone();
    let (key, version) = (ahead.i16()?, ahead.i16()?);
    let flexible = ApiKey::from_code(key)
        .and_then(messages::flexible_from)
        .is_some_and(|flexible_from| version >= flexible_from);
    RequestHeader::decode(reader, if flexible { 2 } else { 1 })
}

/// Reads the response to a request of type `R`, all of it: the correlation id and the message.
pub fn decode_response<R: Request>(frame: Bytes, version: i16) -> Result<(i32, R::Response), DecodeError> {
    let mut reader = Reader::new(frame);
    let header = ResponseHeader::decode(&mut reader, R::response_header_version(version))?;
    let response = R::Response::decode(&mut reader, version)?;
    reader.finish()?;
    Ok((header.correlation_id, response))
}

fn begin() -> Writer {
    let mut writer = Writer::with_capacity(256);
    writer.i32(0);
    writer
}

fn end(mut writer: Writer) -> Result<Writer, EncodeError> {
    let length = writer.len() - LENGTH_SIZE;
    writer.set_prefix(i32::try_from(length).map_err(|_| EncodeError::TooLong { length })?);
    Ok(writer)
}

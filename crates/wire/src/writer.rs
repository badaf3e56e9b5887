//! Writing values into a chain of chunks.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};

use crate::code_counts::CodeCounts;
use crate::error::EncodeError;
use crate::error_code::ErrorCode;
use crate::record_set::{Chunk, Place};
use crate::uuid::Uuid;

/// Byte strings from this length on are attached to the chain, shorter ones are copied.
const ATTACH_FROM: usize = 1024;

/// Where a message is encoded to: a chain of chunks, so that record batches go from the log to the socket without
/// being copied in between, or without being here at all ([`Place`]).
#[derive(Debug, Default)]
pub struct Writer {
    /// Everything up to the first attached chunk. It stays writable, for the length in front of a frame.
    head: BytesMut,
    chunks: VecDeque<Chunk>,
    /// What follows the last attached chunk.
    tail: BytesMut,
    length: usize,
    codes: CodeCounts,
}

impl Writer {
    /// An empty chain.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty chain with room for `capacity` bytes before it grows.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { head: BytesMut::with_capacity(capacity), ..Self::default() }
    }

    /// How many bytes have been written.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Has nothing been written?
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The chunks in order, none of them empty: write those that are bytes with one vectored write.
    pub fn into_chunks(self) -> VecDeque<Chunk> {
        let mut chunks = self.chunks;
        if !self.head.is_empty() {
            chunks.push_front(Chunk::Bytes(self.head.freeze()));
        }
        if !self.tail.is_empty() {
            chunks.push_back(Chunk::Bytes(self.tail.freeze()));
        }
        chunks
    }

    /// Everything as one piece; a copy if anything was attached. A [`Place`] is left out.
    pub fn into_bytes(self) -> Bytes {
        if self.chunks.is_empty() {
            return self.head.freeze();
        }
        let mut all = BytesMut::with_capacity(self.length);
        for chunk in self.into_chunks() {
            if let Chunk::Bytes(bytes) = chunk {
                all.put(bytes);
            }
        }
        all.freeze()
    }

    /// The error codes written so far.
    pub fn error_codes(&self) -> &CodeCounts {
        &self.codes
    }

    /// An error code, which is counted.
    pub fn error_code(&mut self, code: ErrorCode) {
        self.codes.add(code);
        self.i16(code.code());
    }

    /// A truth value.
    pub fn bool(&mut self, value: bool) {
        self.slice(&[u8::from(value)]);
    }

    /// A signed byte.
    pub fn i8(&mut self, value: i8) {
        self.slice(&value.to_be_bytes());
    }

    /// A big-endian integer of 2 bytes.
    pub fn i16(&mut self, value: i16) {
        self.slice(&value.to_be_bytes());
    }

    /// An unsigned big-endian integer of 2 bytes.
    pub fn u16(&mut self, value: u16) {
        self.slice(&value.to_be_bytes());
    }

    /// A big-endian integer of 4 bytes.
    pub fn i32(&mut self, value: i32) {
        self.slice(&value.to_be_bytes());
    }

    /// A big-endian integer of 8 bytes.
    pub fn i64(&mut self, value: i64) {
        self.slice(&value.to_be_bytes());
    }

    /// A double-precision number.
    pub fn f64(&mut self, value: f64) {
        self.slice(&value.to_be_bytes());
    }

    /// An id of 16 bytes.
    pub fn uuid(&mut self, value: Uuid) {
        self.slice(value.as_bytes());
    }

    /// An unsigned variable-length integer.
    pub fn unsigned_varint(&mut self, mut value: u32) {
        while let [low, _, _, _] = value.to_le_bytes()
            && value >= 0x80
        {
            self.slice(&[low | 0x80]);
            value >>= 7;
        }
        let [low, _, _, _] = value.to_le_bytes();
        self.slice(&[low]);
    }

    /// A text that may be null.
    pub fn string(&mut self, text: Option<&str>, flexible: bool) -> Result<(), EncodeError> {
        let Some(text) = text else {
            self.null_string(flexible);
            return Ok(());
        };
        match i16::try_from(text.len()) {
            _ if flexible => self.compact_length(text.len())?,
            Ok(length) => self.i16(length),
            Err(_) => return Err(EncodeError::TooLong { length: text.len() }),
        }
        self.slice(text.as_bytes());
        Ok(())
    }

    /// A byte string that may be null. A long one is attached, not copied.
    pub fn bytes(&mut self, bytes: Option<&Bytes>, flexible: bool) -> Result<(), EncodeError> {
        let length = self.count(bytes.map(Bytes::len), flexible);
        if let Some(bytes) = bytes {
            self.attach(bytes.clone());
        }
        length
    }

    /// The count in front of an array (or the length of a byte string); `None` is null.
    pub fn count(&mut self, count: Option<usize>, flexible: bool) -> Result<(), EncodeError> {
        match count {
            None if flexible => self.unsigned_varint(0),
            None => self.i32(-1),
            Some(count) if flexible => self.compact_length(count)?,
            Some(count) => {
                self.i32(i32::try_from(count).map_err(|_| EncodeError::TooLong { length: count })?)
            }
        }
        Ok(())
    }

    /// Bytes as they are, copied.
    pub fn slice(&mut self, bytes: &[u8]) {
        self.length += bytes.len();
        if self.chunks.is_empty() { &mut self.head } else { &mut self.tail }.put_slice(bytes);
    }

    /// Bytes as they are; attached without a copy if they are long.
    pub fn attach(&mut self, bytes: Bytes) {
        if bytes.len() < ATTACH_FROM {
            return self.slice(&bytes);
        }
        self.push(Chunk::Bytes(bytes));
    }

    /// A byte string that is filled in when the chunks are written.
    pub fn place(&mut self, place: Place, flexible: bool) -> Result<(), EncodeError> {
        self.count(Some(place.length), flexible)?;
        if place.length > 0 {
            self.push(Chunk::Place(place));
        }
        Ok(())
    }

    fn push(&mut self, chunk: Chunk) {
        if !self.tail.is_empty() {
            self.chunks.push_back(Chunk::Bytes(self.tail.split().freeze()));
        }
        self.length += chunk.len();
        self.chunks.push_back(chunk);
    }

    /// Everything another writer holds.
    pub fn append(&mut self, other: Self) {
        for chunk in other.into_chunks() {
            match chunk {
                Chunk::Bytes(bytes) => self.attach(bytes),
                Chunk::Place(_) => self.push(chunk),
            }
        }
    }

    /// Overwrites the first 4 bytes, which must have been written, with `value`.
    pub(crate) fn set_prefix(&mut self, value: i32) {
        if let Some(prefix) = self.head.first_chunk_mut::<4>() {
            *prefix = value.to_be_bytes();
        }
    }

    fn null_string(&mut self, flexible: bool) {
        if flexible { self.unsigned_varint(0) } else { self.i16(-1) }
    }

    fn compact_length(&mut self, length: usize) -> Result<(), EncodeError> {
        let stored = u32::try_from(length).ok().filter(|l| *l < u32::MAX / 2).map(|l| l + 1);
        self.unsigned_varint(stored.ok_or(EncodeError::TooLong { length })?);
        Ok(())
    }
}

/// The tagged fields of one struct, gathered because their count stands in front of them.
#[derive(Debug, Default)]
pub struct TagWriter {
    count: u32,
    fields: Writer,
}

impl TagWriter {
    /// Adds a field; tags must come in ascending order.
    pub fn put(
        &mut self,
        tag: u32,
        value: impl FnOnce(&mut Writer) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let mut encoded = Writer::new();
        value(&mut encoded)?;
        let size =
            u32::try_from(encoded.len()).map_err(|_| EncodeError::TooLong { length: encoded.len() })?;
        self.count += 1;
        self.fields.unsigned_varint(tag);
        self.fields.unsigned_varint(size);
        self.fields.append(encoded);
        Ok(())
    }

    /// Writes the count and the fields.
    pub fn finish(self, writer: &mut Writer) {
        writer.unsigned_varint(self.count);
        writer.append(self.fields);
    }
}

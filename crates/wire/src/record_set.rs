//! The records of a Fetch answer: bytes that are here, or a place for bytes that are elsewhere.
//!
//! A broker sends records from the page cache to the socket without ever having them in its own memory. It encodes the
//! answer with a place of the right length, and whoever writes the answer puts the bytes in: [`Chunk`] says where.

use bytes::Bytes;

use crate::error::{DecodeError, EncodeError};
use crate::reader::Reader;
use crate::value::{At, Nullable, Value};
use crate::writer::Writer;

/// Records as a Fetch answer holds them. Decoding always gives [`RecordSet::Here`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordSet {
    /// The bytes themselves.
    Here(Bytes),
    /// As many bytes from somewhere else.
    Elsewhere(Place),
}

/// A place in an answer that is filled when the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which one it is, by a count of whoever encodes the answer.
    pub number: usize,
    /// Its length in bytes.
    pub length: usize,
}

/// A part of an encoded message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chunk {
    /// Bytes to write.
    Bytes(Bytes),
    /// A place to fill.
    Place(Place),
}

impl RecordSet {
    /// Bytes of the records.
    pub fn len(&self) -> usize {
        match self {
            Self::Here(bytes) => bytes.len(),
            Self::Elsewhere(place) => place.length,
        }
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, if they are here; empty otherwise, which a decoded message never is.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Here(bytes) => bytes,
            Self::Elsewhere(_) => Bytes::new(),
        }
    }
}

impl Default for RecordSet {
    fn default() -> Self {
        Self::Here(Bytes::new())
    }
}

impl From<Bytes> for RecordSet {
    fn from(bytes: Bytes) -> Self {
        Self::Here(bytes)
    }
}

impl Chunk {
    /// How many bytes it stands for.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Place(place) => place.length,
        }
    }

    /// Does it stand for none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Value for RecordSet {
    const MIN_SIZE: usize = Bytes::MIN_SIZE;

    fn read(r: &mut Reader, at: At) -> Result<Self, DecodeError> {
        Bytes::read(r, at).map(Self::Here)
    }

    fn write(&self, w: &mut Writer, at: At) -> Result<(), EncodeError> {
        Self::write_nullable(Some(self), w, at)
    }
}

impl Nullable for RecordSet {
    fn read_nullable(r: &mut Reader, at: At) -> Result<Option<Self>, DecodeError> {
        Ok(Bytes::read_nullable(r, at)?.map(Self::Here))
    }

    fn write_nullable(value: Option<&Self>, w: &mut Writer, at: At) -> Result<(), EncodeError> {
        match value {
            Some(Self::Elsewhere(place)) => w.place(*place, at.flexible),
            Some(Self::Here(bytes)) => w.bytes(Some(bytes), at.flexible),
            None => w.bytes(None, at.flexible),
        }
    }
}

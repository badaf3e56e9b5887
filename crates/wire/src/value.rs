//! How each type of the schema tables is read and written. The generated code is built from these.

use bytes::Bytes;

use crate::error::{DecodeError, EncodeError};
use crate::error_code::ErrorCode;
use crate::reader::Reader;
use crate::text::Str;
use crate::uuid::Uuid;
use crate::writer::Writer;

/// The version of the message a value stands in.
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// The version.
    pub version: i16,
    /// Is it a flexible one: compact lengths and tagged fields?
    pub flexible: bool,
}

impl At {
    /// The same version without its compact lengths.
    pub(crate) fn rigid(self) -> Self {
        Self { flexible: false, ..self }
    }
}

/// A value of a message: a primitive, an array or a struct.
pub trait Value: Sized {
    /// The fewest bytes that it takes in any version.
    const MIN_SIZE: usize;

    /// Reads it.
    fn read(r: &mut Reader, at: At) -> Result<Self, DecodeError>;

    /// Writes it.
    fn write(&self, w: &mut Writer, at: At) -> Result<(), EncodeError>;
}

/// A value that can be null where the schema says so.
pub(crate) trait Nullable: Value {
    /// Reads it or null.
    fn read_nullable(r: &mut Reader, at: At) -> Result<Option<Self>, DecodeError>;

    /// Writes it or null.
    fn write_nullable(value: Option<&Self>, w: &mut Writer, at: At) -> Result<(), EncodeError>;
}

macro_rules! fixed {
    ($($type:ty, $size:literal, $method:ident;)*) => {$(
        impl Value for $type {
            const MIN_SIZE: usize = $size;

            #[inline]
            fn read(r: &mut Reader, _: At) -> Result<Self, DecodeError> {
                r.$method()
            }

            #[inline]
            fn write(&self, w: &mut Writer, _: At) -> Result<(), EncodeError> {
                w.$method(*self);
                Ok(())
            }
        }
    )*};
}

fixed! {
    bool, 1, bool;
    i8, 1, i8;
    i16, 2, i16;
    u16, 2, u16;
    i32, 4, i32;
    i64, 8, i64;
    f64, 8, f64;
    Uuid, 16, uuid;
}

impl Value for ErrorCode {
    const MIN_SIZE: usize = 2;

    fn read(r: &mut Reader, _: At) -> Result<Self, DecodeError> {
        r.i16().map(Self::from_code)
    }

    fn write(&self, w: &mut Writer, _: At) -> Result<(), EncodeError> {
        w.error_code(*self);
        Ok(())
    }
}

/// `read` of a value that can be null but must not be here.
fn present<T>(value: Option<T>, r: &Reader) -> Result<T, DecodeError> {
    value.ok_or_else(|| DecodeError::Null { at: r.position() })
}

impl Value for Str {
    const MIN_SIZE: usize = 1;

    fn read(r: &mut Reader, at: At) -> Result<Self, DecodeError> {
        let value = Self::read_nullable(r, at)?;
        present(value, r)
    }

    fn write(&self, w: &mut Writer, at: At) -> Result<(), EncodeError> {
        w.string(Some(self), at.flexible)
    }
}

impl Nullable for Str {
    fn read_nullable(r: &mut Reader, at: At) -> Result<Option<Self>, DecodeError> {
        r.string(at.flexible)
    }

    fn write_nullable(value: Option<&Self>, w: &mut Writer, at: At) -> Result<(), EncodeError> {
        w.string(value.map(Self::as_str), at.flexible)
    }
}

impl Value for Bytes {
    const MIN_SIZE: usize = 1;

    fn read(r: &mut Reader, at: At) -> Result<Self, DecodeError> {
        let value = Self::read_nullable(r, at)?;
        present(value, r)
    }

    fn write(&self, w: &mut Writer, at: At) -> Result<(), EncodeError> {
        w.bytes(Some(self), at.flexible)
    }
}

impl Nullable for Bytes {
    fn read_nullable(r: &mut Reader, at: At) -> Result<Option<Self>, DecodeError> {
        r.bytes(at.flexible)
    }

    fn write_nullable(value: Option<&Self>, w: &mut Writer, at: At) -> Result<(), EncodeError> {
        w.bytes(value, at.flexible)
    }
}

impl<T: Value> Value for Vec<T> {
    const MIN_SIZE: usize = 1;

    fn read(r: &mut Reader, at: At) -> Result<Self, DecodeError> {
        let value = Self::read_nullable(r, at)?;
        present(value, r)
    }

    fn write(&self, w: &mut Writer, at: At) -> Result<(), EncodeError> {
        Self::write_nullable(Some(self), w, at)
    }
}

impl<T: Value> Nullable for Vec<T> {
    fn read_nullable(r: &mut Reader, at: At) -> Result<Option<Self>, DecodeError> {
        let Some(count) = r.count(at.flexible, T::MIN_SIZE)? else { return Ok(None) };
        let mut values = r.room(count)?;
        for _ in 0..count {
            values.push(T::read(r, at)?);
        }
        Ok(Some(values))
    }

    fn write_nullable(value: Option<&Self>, w: &mut Writer, at: At) -> Result<(), EncodeError> {
        w.count(value.map(Vec::len), at.flexible)?;
        value.into_iter().flatten().try_for_each(|value| value.write(w, at))
    }
}

/// Reads a nullable struct: a byte says whether one follows.
pub(crate) fn read_nullable_struct<T: Value>(r: &mut Reader, at: At) -> Result<Option<T>, DecodeError> {
    if r.i8()? < 0 { Ok(None) } else { T::read(r, at).map(Some) }
}

/// Writes a nullable struct.
pub(crate) fn write_nullable_struct<T: Value>(
    value: Option<&T>,
    w: &mut Writer,
    at: At,
) -> Result<(), EncodeError> {
    w.i8(if value.is_some() { 1 } else { -1 });
    value.map_or(Ok(()), |value| value.write(w, at))
}

/// Writes a value that is null somewhere, in a version that has no null.
pub(crate) fn write_required<T: Value>(
    value: Option<&T>,
    field: &'static str,
    w: &mut Writer,
    at: At,
) -> Result<(), EncodeError> {
    value.ok_or(EncodeError::Null { field, version: at.version })?.write(w, at)
}

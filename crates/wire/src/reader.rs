//! Reading values off a frame, within bounds.

use bytes::{Buf, Bytes};

use crate::error::DecodeError;
use crate::text::Str;
use crate::uuid::Uuid;

/// More tagged fields than any struct of the protocol has; what a struct may at most bring.
const MAX_TAGS: u32 = 256;

/// A cursor over the bytes of one message.
///
/// Byte strings and records are slices of the bytes given, not copies. Memory is bounded twice: a count is checked
/// against the bytes that remain before room is made for it, and the room made for all values of the message together
/// is charged to a budget of [`Reader::BUDGET_PER_BYTE`] times the message plus [`Reader::BUDGET_BASE`]. What honest
/// messages of each kind take of it stands in a table in `tests/memory.rs`.
#[derive(Debug, Clone)]
pub struct Reader {
    bytes: Bytes,
    length: usize,
    budget: usize,
}

impl Reader {
    /// Bytes of memory that each byte of a message may become.
    pub const BUDGET_PER_BYTE: usize = 4;
    /// Bytes of memory that any message may become.
    pub const BUDGET_BASE: usize = 63 * 1024;

    /// A cursor at the start of `bytes`.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let length = bytes.len();
        let budget = length.saturating_mul(Self::BUDGET_PER_BYTE).saturating_add(Self::BUDGET_BASE);
        Self { bytes, length, budget }
    }

    /// A cursor with another budget, in bytes.
    #[cfg(test)]
    pub(crate) fn with_budget(bytes: Bytes, budget: usize) -> Self {
        Self { budget, ..Self::new(bytes) }
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.length - self.bytes.len()
    }

    /// Bytes of memory that may still be used for decoded values.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// What has not been read, without copying it.
    pub fn into_rest(self) -> Bytes {
        self.bytes
    }

    /// An error if anything is left.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            left => Err(DecodeError::Trailing { left }),
        }
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        self.fixed(1, Bytes::try_get_u8)
    }

    /// A truth value: any byte but 0 is true.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.u8()? != 0)
    }

    /// A signed byte.
    pub fn i8(&mut self) -> Result<i8, DecodeError> {
        self.fixed(1, Bytes::try_get_i8)
    }

    /// A big-endian integer of 2 bytes.
    pub fn i16(&mut self) -> Result<i16, DecodeError> {
        self.fixed(2, Bytes::try_get_i16)
    }

    /// An unsigned big-endian integer of 2 bytes.
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        self.fixed(2, Bytes::try_get_u16)
    }

    /// A big-endian integer of 4 bytes.
    pub fn i32(&mut self) -> Result<i32, DecodeError> {
        self.fixed(4, Bytes::try_get_i32)
    }

    /// A big-endian integer of 8 bytes.
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        self.fixed(8, Bytes::try_get_i64)
    }

    /// A double-precision number.
    pub fn f64(&mut self) -> Result<f64, DecodeError> {
        self.fixed(8, Bytes::try_get_f64)
    }

    /// An id of 16 bytes.
    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        let value = self.fixed(16, Bytes::try_get_u128)?;
        Ok(Uuid::from_bytes(value.to_be_bytes()))
    }

    /// An unsigned variable-length integer of at most five bytes. Of the fifth only the lowest four bits count, as in
    /// Apache Kafka: what does not fit 32 bits is dropped.
    pub fn unsigned_varint(&mut self) -> Result<u32, DecodeError> {
        let at = self.position();
        let mut value = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::Varint { at })
    }

    /// A text that may be null.
    pub fn string(&mut self, flexible: bool) -> Result<Option<Str>, DecodeError> {
        let length = if flexible { self.compact_length()? } else { i64::from(self.i16()?) };
        let Some(raw) = self.take_counted(length)? else { return Ok(None) };
        self.charge(Str::memory(raw.len()))?;
        match std::str::from_utf8(&raw) {
            Ok(text) => Ok(Some(text.into())),
            Err(_) => Err(DecodeError::Utf8 { at: self.position() }),
        }
    }

    /// A byte string that may be null: a slice of the message.
    pub fn bytes(&mut self, flexible: bool) -> Result<Option<Bytes>, DecodeError> {
        let length = if flexible { self.compact_length()? } else { i64::from(self.i32()?) };
        self.take_counted(length)
    }

    /// The next `length` bytes, as a slice of the message.
    pub fn take(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        if length > self.remaining() {
            return Err(DecodeError::Truncated {
                at: self.position(),
                wanted: length,
                left: self.remaining(),
            });
        }
        Ok(self.bytes.split_to(length))
    }

    /// The count of an array whose elements take at least `min_size` bytes each; `None` is null.
    pub fn count(&mut self, flexible: bool, min_size: usize) -> Result<Option<usize>, DecodeError> {
        let count = if flexible { self.compact_length()? } else { i64::from(self.i32()?) };
        if count == -1 {
            return Ok(None);
        }
        let left = self.remaining();
        let wrong = DecodeError::Count { at: self.position(), count, left };
        let count = usize::try_from(count).map_err(|_| wrong.clone())?;
        if count > left / min_size.max(1) { Err(wrong) } else { Ok(Some(count)) }
    }

    /// Makes room for `count` values of type `T`, charged to the message's budget.
    pub fn room<T>(&mut self, count: usize) -> Result<Vec<T>, DecodeError> {
        self.charge(count.saturating_mul(size_of::<T>()))?;
        Ok(Vec::with_capacity(count))
    }

    /// The tagged fields at a struct's end. `known` reads the value of a tag it knows and says so; the others are
    /// skipped.
    pub fn tags(
        &mut self,
        mut known: impl FnMut(u32, &mut Self) -> Result<bool, DecodeError>,
    ) -> Result<(), DecodeError> {
        let at = self.position();
        let count = self.unsigned_varint()?;
        if count > MAX_TAGS {
            return Err(DecodeError::Tags { at });
        }
        for _ in 0..count {
            let tag = self.unsigned_varint()?;
            let size = self.unsigned_varint()?;
            let value = self.take(usize::try_from(size).unwrap_or(usize::MAX))?;
            let mut inner = Self { length: self.position(), bytes: value, budget: self.budget };
            let is_known = known(tag, &mut inner)?;
            self.budget = inner.budget;
            if is_known && inner.remaining() > 0 {
                return Err(DecodeError::Tags { at });
            }
        }
        Ok(())
    }

    /// Skips the tagged fields at the end of a struct that knows none.
    pub fn skip_tags(&mut self) -> Result<(), DecodeError> {
        self.tags(|_, _| Ok(false))
    }

    fn fixed<T, E>(
        &mut self,
        wanted: usize,
        get: impl Fn(&mut Bytes) -> Result<T, E>,
    ) -> Result<T, DecodeError> {
        get(&mut self.bytes).map_err(|_| DecodeError::Truncated {
            at: self.position(),
            wanted,
            left: self.remaining(),
        })
    }

    /// A compact length: one more than the length, 0 for null.
    fn compact_length(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from(self.unsigned_varint()?) - 1)
    }

    fn take_counted(&mut self, length: i64) -> Result<Option<Bytes>, DecodeError> {
        if length == -1 {
            return Ok(None);
        }
        match usize::try_from(length) {
            Ok(length) => self.take(length).map(Some),
            Err(_) => Err(DecodeError::Count { at: self.position(), count: length, left: self.remaining() }),
        }
    }

    fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        match self.budget.checked_sub(bytes) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => Err(DecodeError::Budget { at: self.position() }),
        }
    }
}

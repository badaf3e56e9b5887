//! A walk over the records of a batch that keeps nothing: what the broker does with every produced batch. A compressed
//! batch is decompressed step by step and never held whole.

use std::io::BufRead;

use crate::records::{Budget, Codec, RecordsError, compression, varint};

/// What the broker has to know of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) offset_delta: i32,
    pub(crate) timestamp_delta: i64,
    pub(crate) has_key: bool,
}

/// Walks the records in `source`. Never reads further than the record it is asked for, except for buffering.
pub(crate) struct Walk<R> {
    source: R,
    codec: Codec,
    budget: Budget,
    /// Bytes taken, and as many as the record at hand may take.
    taken: u64,
    end: u64,
    index: usize,
}

impl<R: BufRead> Walk<R> {
    pub(crate) fn new(source: R, codec: Codec, budget: Budget) -> Self {
        Self { source, codec, budget, taken: 0, end: u64::MAX, index: 0 }
    }

    /// Whether nothing follows.
    pub(crate) fn is_at_end(&mut self) -> Result<bool, RecordsError> {
        Ok(self.fill()?.is_empty())
    }

    /// Checks the next record and says what it is.
    pub(crate) fn next(&mut self) -> Result<Shape, RecordsError> {
        let most_headers = self.budget.headers;
        if let Some((shape, size)) = glance(self.fill()?, most_headers) {
            self.end = u64::MAX;
            self.consume(size)?;
            self.index += 1;
            return Ok(shape);
        }
        self.next_across_buffers()
    }

    /// The same for a record that is not all in the buffer, or not good.
    fn next_across_buffers(&mut self) -> Result<Shape, RecordsError> {
        self.end = u64::MAX;
        let length = self.int()?;
        self.end = u64::try_from(length)
            .map(|length| self.taken.saturating_add(length))
            .map_err(|_| self.bad("its length is impossible"))?;
        self.skip(1)?;
        let timestamp_delta = self.long()?;
        let offset_delta = self.int()?;
        let has_key = self.skip_bytes()?;
        self.skip_bytes()?;
        self.skip_headers()?;
        if self.taken != self.end {
            return Err(self.bad("it is shorter than it says"));
        }
        self.index += 1;
        Ok(Shape { offset_delta, timestamp_delta, has_key })
    }

    fn skip_headers(&mut self) -> Result<(), RecordsError> {
        let count = self.int()?;
        let count = usize::try_from(count).map_err(|_| self.bad("its number of headers is negative"))?;
        if count > self.budget.headers {
            return Err(RecordsError::TooManyHeaders { count, limit: self.budget.headers });
        }
        for _ in 0..count {
            if !self.skip_bytes()? {
                return Err(self.bad("a header has no key"));
            }
            self.skip_bytes()?;
        }
        Ok(())
    }

    /// Skips a length and as many bytes; false when the length says null.
    fn skip_bytes(&mut self) -> Result<bool, RecordsError> {
        let length = self.int()?;
        match u64::try_from(length) {
            Ok(length) => self.skip(length).map(|()| true),
            Err(_) => Ok(false),
        }
    }

    fn int(&mut self) -> Result<i32, RecordsError> {
        self.number::<_, { varint::LONGEST_INT }>(varint::read_int)
    }

    fn long(&mut self) -> Result<i64, RecordsError> {
        self.number::<_, { varint::LONGEST }>(varint::read)
    }

    /// A number of at most `LONGEST` bytes.
    fn number<T, const LONGEST: usize>(
        &mut self,
        read: fn(&[u8]) -> Option<(T, usize)>,
    ) -> Result<T, RecordsError> {
        let buffer = self.fill()?;
        let (value, size) = if buffer.len() >= LONGEST {
            read(buffer).ok_or_else(|| self.bad("a number is out of range"))?
        } else {
            return self.number_across_buffers::<T, LONGEST>(read);
        };
        self.consume(size)?;
        Ok(value)
    }

    fn number_across_buffers<T, const LONGEST: usize>(
        &mut self,
        read: fn(&[u8]) -> Option<(T, usize)>,
    ) -> Result<T, RecordsError> {
        let mut bytes = [0; LONGEST];
        for (index, slot) in bytes.iter_mut().enumerate() {
            *slot = self.fill()?.first().copied().ok_or_else(|| self.bad("it ends early"))?;
            self.consume(1)?;
            if *slot & 0x80 == 0 {
                let number = bytes.get(..=index).and_then(read);
                return number.map(|(value, _)| value).ok_or_else(|| self.bad("a number is out of range"));
            }
        }
        Err(self.bad("a number is out of range"))
    }

    fn skip(&mut self, count: u64) -> Result<(), RecordsError> {
        if self.taken.saturating_add(count) > self.end {
            return Err(self.bad("a field ends beyond it"));
        }
        let mut left = count;
        while left > 0 {
            let available = self.fill()?.len();
            if available == 0 {
                return Err(self.bad("it ends early"));
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(available);
            self.consume(step)?;
            left -= step as u64;
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<&[u8], RecordsError> {
        self.source.fill_buf().map_err(|error| compression::from_io(self.codec, error))
    }

    fn consume(&mut self, count: usize) -> Result<(), RecordsError> {
        self.source.consume(count);
        self.taken = self.taken.saturating_add(count as u64);
        if self.taken > self.end { Err(self.bad("a field ends beyond it")) } else { Ok(()) }
    }

    fn bad(&self, reason: &'static str) -> RecordsError {
        RecordsError::BadRecord { index: self.index, reason }
    }
}

/// The record in front of `buffer` and its size, if it is there to its end and good; what is wrong with one that is
/// not, the slow way tells.
fn glance(buffer: &[u8], most_headers: usize) -> Option<(Shape, usize)> {
    let (length, at) = varint::read_int(buffer)?;
    let size = at.checked_add(usize::try_from(length).ok()?)?;
    let mut rest = buffer.get(at..size)?.get(1..)?;
    let (timestamp_delta, size_of_it) = varint::read(rest)?;
    rest = rest.get(size_of_it..)?;
    let offset_delta = int(&mut rest)?;
    let has_key = pass(&mut rest)?;
    pass(&mut rest)?;
    let headers = usize::try_from(int(&mut rest)?).ok()?;
    if headers > most_headers {
        return None;
    }
    for _ in 0..headers {
        if !pass(&mut rest)? {
            return None;
        }
        pass(&mut rest)?;
    }
    rest.is_empty().then_some((Shape { offset_delta, timestamp_delta, has_key }, size))
}

#[inline]
fn int(rest: &mut &[u8]) -> Option<i32> {
    let (value, size) = varint::read_int(rest)?;
    *rest = rest.get(size..)?;
    Some(value)
}

/// Passes over a length and as many bytes; false when the length says null.
#[inline]
fn pass(rest: &mut &[u8]) -> Option<bool> {
    let Ok(length) = usize::try_from(int(rest)?) else { return Some(false) };
    *rest = rest.get(length..)?;
    Some(true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_glance_sees_what_the_slow_way_sees(bytes in proptest::collection::vec(0u8..12, 0..40)) {
            let mut slow = Walk::new(&bytes[..], Codec::None, Budget::default());
            let seen = glance(&bytes, Budget::default().headers);
            let walked = slow.next_across_buffers().ok().map(|shape| (shape, slow.taken));
            prop_assert_eq!(seen.map(|(shape, size)| (shape, size as u64)), walked);
        }
    }
}

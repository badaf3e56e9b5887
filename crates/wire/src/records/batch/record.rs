//! One record of a magic 2 batch, read from decompressed bytes.

use bytes::Bytes;

use crate::records::{Budget, RecordsError, varint};

/// A record as a consumer sees it. Key, value and headers share the batch's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its offset in the partition.
    pub offset: i64,
    /// Its timestamp in ms: its own, or the batch's append time.
    pub timestamp: i64,
    /// The key; absent is not the same as empty.
    pub key: Option<Bytes>,
    /// The value; absent is a tombstone.
    pub value: Option<Bytes>,
    /// Headers in the order in which they were sent, repeated keys included (KIP-82).
    pub headers: Vec<Header>,
}

/// A header of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its key; UTF-8 by convention, which nobody checks.
    pub key: Bytes,
    /// Its value.
    pub value: Option<Bytes>,
}

/// A record before its batch has given it a place.
pub(super) struct Parsed {
    pub(super) offset_delta: i32,
    pub(super) timestamp_delta: i64,
    pub(super) key: Option<Bytes>,
    pub(super) value: Option<Bytes>,
    pub(super) headers: Vec<Header>,
    /// Bytes that it took.
    pub(super) size: usize,
}

/// Reads the record that starts at `at`; `index` is for errors.
pub(super) fn parse(source: &Bytes, at: usize, index: usize, budget: Budget) -> Result<Parsed, RecordsError> {
    let bad = |reason| RecordsError::BadRecord { index, reason };
    let mut fields = Fields { source, at, end: source.len() };
    let length = fields.int().ok_or_else(|| bad("it ends early"))?;
    fields.end = usize::try_from(length)
        .ok()
        .and_then(|length| fields.at.checked_add(length))
        .filter(|end| *end <= source.len())
        .ok_or_else(|| bad("its length is impossible"))?;
    let mut body = || {
        fields.skip_attributes()?;
        let timestamp_delta = fields.long()?;
        let offset_delta = fields.int()?;
        Some((timestamp_delta, offset_delta, fields.bytes()?, fields.bytes()?, fields.int()?))
    };
    let (timestamp_delta, offset_delta, key, value, header_count) =
        body().ok_or_else(|| bad("a field ends beyond it"))?;
    let header_count = usize::try_from(header_count).map_err(|_| bad("its number of headers is negative"))?;
    if header_count > budget.headers {
        return Err(RecordsError::TooManyHeaders { count: header_count, limit: budget.headers });
    }
    // A key and a value take a byte each at least.
    if header_count > (fields.end - fields.at) / 2 {
        return Err(bad("a header ends beyond it"));
    }
    let mut headers = Vec::with_capacity(header_count);
    for _ in 0..header_count {
        headers.push(fields.header().ok_or_else(|| bad("a header ends beyond it"))?);
    }
    if fields.at != fields.end {
        return Err(bad("it is shorter than it says"));
    }
    Ok(Parsed { offset_delta, timestamp_delta, key, value, headers, size: fields.end - at })
}

struct Fields<'a> {
    source: &'a Bytes,
    at: usize,
    end: usize,
}

impl Fields<'_> {
    fn skip_attributes(&mut self) -> Option<()> {
        self.at = self.at.checked_add(1).filter(|at| *at <= self.end)?;
        Some(())
    }

    fn long(&mut self) -> Option<i64> {
        let (value, size) = varint::read(self.source.get(self.at..self.end)?)?;
        self.at += size;
        Some(value)
    }

    fn int(&mut self) -> Option<i32> {
        let (value, size) = varint::read_int(self.source.get(self.at..self.end)?)?;
        self.at += size;
        Some(value)
    }

    /// A length and as many bytes; a negative length is null.
    fn bytes(&mut self) -> Option<Option<Bytes>> {
        let Ok(length) = usize::try_from(self.int()?) else {
            return Some(None);
        };
        let end = self.at.checked_add(length).filter(|end| *end <= self.end)?;
        let bytes = self.source.slice(self.at..end);
        self.at = end;
        Some(Some(bytes))
    }

    fn header(&mut self) -> Option<Header> {
        Some(Header { key: self.bytes()??, value: self.bytes()? })
    }
}

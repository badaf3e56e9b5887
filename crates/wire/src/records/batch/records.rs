//! The records of a batch, one at a time.

use bytes::Bytes;

use super::{BatchHeader, HEADER_SIZE, Record, RecordBatch, record};
use crate::records::{Budget, RecordsError, TimestampType, compression};

impl RecordBatch {
    /// Reads one batch that starts at the front of `bytes`, as [`Batches`](super::Batches) does.
    ///
    /// # Errors
    /// As [`BatchHeader::parse`], and [`RecordsError::Truncated`] when `bytes` does not hold the whole batch.
    pub fn parse(bytes: &Bytes) -> Result<Self, RecordsError> {
        let header = BatchHeader::parse(bytes)?;
        let needed = header.size_in_bytes();
        if needed > bytes.len() {
            return Err(RecordsError::Truncated { needed, available: bytes.len() });
        }
        Ok(Self { position: 0, header, bytes: bytes.slice(..needed) })
    }

    /// What follows the header: the records, compressed or not.
    pub fn payload(&self) -> Bytes {
        self.bytes.slice(HEADER_SIZE.min(self.bytes.len())..)
    }

    /// Decompresses the batch and gives its records. The checksum is not looked at.
    ///
    /// # Errors
    /// An unknown codec, damaged data, or more than the budget.
    pub fn records(&self, budget: Budget) -> Result<Records, RecordsError> {
        let codec = self.header.attributes.codec()?;
        let data = compression::decompress(codec, self.header.magic(), &self.payload(), budget)?;
        Ok(Records { header: self.header, data, at: 0, read: 0, budget, failed: false })
    }
}

/// The records of a batch in order. It ends after the first error.
///
/// The last item is an error when the batch holds more records than its header says, or less.
#[derive(Debug, Clone)]
pub struct Records {
    header: BatchHeader,
    data: Bytes,
    at: usize,
    read: usize,
    budget: Budget,
    failed: bool,
}

impl Records {
    fn declared(&self) -> usize {
        usize::try_from(self.header.record_count).unwrap_or(0)
    }

    fn read(&mut self) -> Result<Record, RecordsError> {
        if self.at == self.data.len() || self.read == self.declared() {
            // Never less than what was counted: the rest of the data is one record too many.
            let found = if self.at == self.data.len() { self.read } else { self.read + 1 };
            return Err(RecordsError::RecordCount { declared: self.header.record_count, found });
        }
        let parsed = record::parse(&self.data, self.at, self.read, self.budget)?;
        self.at += parsed.size;
        self.read += 1;
        let timestamp = match self.header.attributes.timestamp_type() {
            TimestampType::CreateTime => self.header.base_timestamp.wrapping_add(parsed.timestamp_delta),
            TimestampType::LogAppendTime => self.header.max_timestamp,
        };
        Ok(Record {
            offset: self.header.base_offset.wrapping_add(i64::from(parsed.offset_delta)),
            timestamp,
            key: parsed.key,
            value: parsed.value,
            headers: parsed.headers,
        })
    }
}

impl Iterator for Records {
    type Item = Result<Record, RecordsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || (self.read == self.declared() && self.at == self.data.len()) {
            return None;
        }
        let record = self.read();
        self.failed = record.is_err();
        Some(record)
    }
}

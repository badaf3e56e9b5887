//! Walking bytes that hold one batch after another: a produce request, a fetch, a segment being recovered.

use bytes::Bytes;

use super::BatchHeader;
use crate::records::RecordsError;

/// A whole batch: its header and its bytes, still compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordBatch {
    /// Where it starts in the bytes that were walked.
    pub position: usize,
    /// Its header.
    pub header: BatchHeader,
    /// All its bytes, header included: a slice of what was walked, not a copy.
    pub bytes: Bytes,
}

/// Where a walk had to stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("batch at byte {position}: {reason}")]
pub struct BadBatch {
    /// Where the bad batch starts; everything before it is good.
    pub position: usize,
    /// What is wrong. [`RecordsError::Truncated`] at the end of a log is a torn write.
    pub reason: RecordsError,
}

/// The batches of a buffer, in order. After the first bad one it ends: nothing tells where the next would start.
#[derive(Debug, Clone)]
pub struct Batches {
    rest: Bytes,
    position: usize,
    verify: bool,
}

impl Batches {
    /// Walks headers only, as for batches that were checked when they came in.
    pub fn new(bytes: Bytes) -> Self {
        Self { rest: bytes, position: 0, verify: false }
    }

    /// Checks every batch's checksum too, as recovery does.
    pub fn verified(bytes: Bytes) -> Self {
        Self { rest: bytes, position: 0, verify: true }
    }

    /// Bytes of the good batches that have been walked.
    pub fn position(&self) -> usize {
        self.position
    }

    fn read(&self) -> Result<RecordBatch, RecordsError> {
        let header = BatchHeader::parse(&self.rest)?;
        let needed = header.size_in_bytes();
        if needed > self.rest.len() {
            return Err(RecordsError::Truncated { needed, available: self.rest.len() });
        }
        if self.verify {
            header.verify_crc(&self.rest)?;
        }
        Ok(RecordBatch { position: self.position, header, bytes: self.rest.slice(..needed) })
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, BadBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match self.read() {
            Ok(batch) => {
                bytes::Buf::advance(&mut self.rest, batch.bytes.len());
                self.position += batch.bytes.len();
                Some(Ok(batch))
            }
            Err(reason) => {
                self.rest.clear();
                Some(Err(BadBatch { position: self.position, reason }))
            }
        }
    }
}

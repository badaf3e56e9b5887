//! What the broker does with the records of a Produce request before they reach the log.
//!
//! A good batch of magic 2 goes on as it is: its header and checksum are checked and its records walked once, within a
//! budget and without keeping them. Older formats become one batch of magic 2, another `compression.type` means
//! compressing again. The rules are those of Kafka 3.9, the last release that takes the old formats.

mod batch;
mod error;
mod message_set;
mod timestamps;

use bytes::{Bytes, BytesMut};

pub use error::ProduceError;

use super::batch::{BatchHeader, magic};
use super::{Budget, Codec, RecordsError, TimestampType};

/// The settings of a topic that decide what may be appended to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProduceRules {
    /// `max.message.bytes`: the most bytes that a batch may have, as sent and as kept.
    pub max_message_bytes: usize,
    /// `compression.type`; `None` is `producer`: the codec stays what it is.
    pub compression: Option<Codec>,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`: how much older than now a record may be.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`: how far in the future a record may be.
    pub timestamp_after_max_ms: i64,
    /// Whether `cleanup.policy` has `compact`: then every record needs a key.
    pub compacted: bool,
}

impl Default for ProduceRules {
    /// Kafka's defaults.
    fn default() -> Self {
        Self {
            max_message_bytes: 1_048_588,
            compression: None,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 60 * 60 * 1000,
            compacted: false,
        }
    }
}

/// One batch of magic 2, ready for the log to give it its offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidBatch {
    /// Its header, with record count, largest timestamp, producer and so on.
    pub header: BatchHeader,
    /// All its bytes, header included; the base offset is 0.
    pub bytes: BytesMut,
    /// Whether the payload is other bytes than those that were sent.
    pub rewritten: bool,
}

/// Checks what a Produce request of `version` brought for one partition, at `now` (ms).
///
/// # Errors
/// [`ProduceError`], which says what Kafka's error code is about; nothing of the request may be appended then.
pub fn validate(
    records: Bytes,
    version: i16,
    rules: &ProduceRules,
    budget: Budget,
    now: i64,
) -> Result<ValidBatch, ProduceError> {
    let magic = magic(&records);
    if version >= 3 && magic != Some(2) {
        return Err(match magic {
            Some(0 | 1) => ProduceError::NotOneBatch("version 3 and later take magic 2 only"),
            Some(magic) => RecordsError::BadMagic(magic).into(),
            None => ProduceError::NotOneBatch("there is no batch"),
        });
    }
    match magic {
        Some(2) => batch::validate(records, version, rules, budget, now),
        _ => message_set::convert(records, rules, budget, now),
    }
}

#[cfg(test)]
mod tests;

//! Why a produced batch is refused, one variant for each of Kafka's error codes.

use crate::records::RecordsError;

/// Why nothing of a partition's records was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProduceError {
    /// `CORRUPT_MESSAGE`: the bytes are not what a client wrote. Clients send them again.
    #[error("the batch is corrupt: {0}")]
    Corrupt(RecordsError),
    /// `INVALID_RECORD`: not the one batch of magic 2 that versions from 3 on take. The partition is not looked at.
    #[error("{0}")]
    NotOneBatch(&'static str),
    /// `INVALID_RECORD`: the client wrote something that is not allowed. Sending it again does not help.
    #[error("{reason}")]
    Invalid {
        /// Which records of the batch, when it is about some: they go into the answer's `record_errors`.
        records: Vec<usize>,
        /// What is wrong.
        reason: &'static str,
    },
    /// `INVALID_RECORD`, found when the records were parsed.
    #[error(transparent)]
    Malformed(RecordsError),
    /// `MESSAGE_TOO_LARGE`: more bytes than `max.message.bytes`, or than the budget for decompression. A client may
    /// split the batch.
    #[error("the batch has {size} bytes, more than the {limit} that max.message.bytes allows")]
    TooLarge {
        /// Bytes of the batch.
        size: usize,
        /// `max.message.bytes`.
        limit: usize,
    },
    /// `MESSAGE_TOO_LARGE`: a decompression bomb, or an honest batch that needs to be split.
    #[error("the batch has more than the {limit} bytes that are allowed after decompression")]
    OverBudget {
        /// The budget in bytes.
        limit: usize,
    },
    /// `INVALID_TIMESTAMP`: too old or too far in the future for this topic.
    #[error("a record has timestamp {timestamp}, allowed is {earliest} to {latest}")]
    TimestampOutOfRange {
        /// Which records of the batch are wrong, in this way or another.
        records: Vec<usize>,
        /// The timestamp of the first that is wrong in this way, in ms.
        timestamp: i64,
        /// The oldest one allowed, in ms.
        earliest: i64,
        /// The youngest one allowed, in ms.
        latest: i64,
    },
    /// `INVALID_TIMESTAMP`: only the broker may say that timestamps are those of the append.
    #[error("a producer cannot set the timestamp type to LogAppendTime")]
    TimestampTypeOfBroker {
        /// Which records of the batch are wrong, in this way or another.
        records: Vec<usize>,
    },
    /// `UNSUPPORTED_COMPRESSION_TYPE`: the codec is unknown, or this version of the request does not have it.
    #[error("compression codec {0} is not supported here")]
    UnsupportedCompression(u8),
}

impl ProduceError {
    /// The same about these records, where it is about some.
    pub(super) fn of(mut self, wrong: Vec<usize>) -> Self {
        if let Self::Invalid { records, .. }
        | Self::TimestampOutOfRange { records, .. }
        | Self::TimestampTypeOfBroker { records } = &mut self
        {
            *records = wrong;
        }
        self
    }
}

impl From<RecordsError> for ProduceError {
    fn from(error: RecordsError) -> Self {
        match error {
            RecordsError::OverBudget { limit } => Self::OverBudget { limit },
            RecordsError::UnknownCodec(id) => Self::UnsupportedCompression(id),
            RecordsError::Truncated { .. }
            | RecordsError::BadMagic(_)
            | RecordsError::BadLength { .. }
            | RecordsError::BadCrc { .. }
            | RecordsError::Compression { .. } => Self::Corrupt(error),
            RecordsError::BadField { .. }
            | RecordsError::TooManyHeaders { .. }
            | RecordsError::BadRecord { .. }
            | RecordsError::RecordCount { .. } => Self::Malformed(error),
        }
    }
}

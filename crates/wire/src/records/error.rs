//! What can be wrong with bytes that claim to be records.

use super::Codec;

/// Why bytes are not the records they claim to be. Nobody can repair them: a producer gets an error, recovery cuts
/// the log there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordsError {
    /// The bytes end before the entry does. At the tail of a log: a torn write; in a fetch: a legal partial entry.
    #[error("the bytes end early: {needed} needed, {available} there")]
    Truncated {
        /// Bytes that the entry claims to have, as far as known.
        needed: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// The format version is not one that is legal here.
    #[error("magic {0} is not a record format that is legal here")]
    BadMagic(i8),
    /// The entry's own length is impossible.
    #[error("a length of {length} bytes is impossible, the least is {least}")]
    BadLength {
        /// The length as sent.
        length: i64,
        /// The smallest legal one.
        least: i64,
    },
    /// The checksum does not match: the bytes changed since they were written.
    #[error("the checksum is {computed:#010x}, but {stored:#010x} was sent")]
    BadCrc {
        /// As stored in the entry.
        stored: u32,
        /// As computed from its bytes.
        computed: u32,
    },
    /// A field has a value that no writer can mean.
    #[error("{field} cannot be {value}")]
    BadField {
        /// The field's name in Kafka's documentation.
        field: &'static str,
        /// Its value.
        value: i64,
    },
    /// Attributes name a compression codec that does not exist.
    #[error("there is no compression codec {0}")]
    UnknownCodec(u8),
    /// The compressed bytes are damaged.
    #[error("the {codec} data is damaged: {reason}")]
    Compression {
        /// The codec.
        codec: Codec,
        /// What the decompressor said.
        reason: String,
    },
    /// Decompressed, the batch is larger than the [`Budget`](super::Budget) allows.
    #[error("the batch has more than the {limit} bytes allowed after decompression")]
    OverBudget {
        /// The budget in bytes.
        limit: usize,
    },
    /// A record has more headers than the [`Budget`](super::Budget) allows.
    #[error("a record has {count} headers, more than the {limit} allowed")]
    TooManyHeaders {
        /// As sent.
        count: usize,
        /// The budget.
        limit: usize,
    },
    /// A record inside the batch is malformed.
    #[error("record {index} of the batch: {reason}")]
    BadRecord {
        /// Position in the batch, from 0.
        index: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// The batch says one number of records and holds another.
    #[error("the batch says that it holds {declared} records, it holds {found}")]
    RecordCount {
        /// As the header says.
        declared: i32,
        /// As counted; counting stops at the first record too many.
        found: usize,
    },
}

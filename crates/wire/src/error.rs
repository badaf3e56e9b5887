//! What can be wrong with bytes, and with a message that shall become bytes.

/// Bytes that are not the message they should be. Nothing can be retried: the sender has to send something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end before the value does.
    #[error("{wanted} bytes wanted at byte {at}, {left} left")]
    Truncated {
        /// Where the value starts, in bytes from the start of what was given.
        at: usize,
        /// How long the value says it is.
        wanted: usize,
        /// How many bytes there are.
        left: usize,
    },
    /// A count or length that is negative (where null is not allowed), or larger than the bytes left can hold.
    #[error("the count {count} at byte {at} does not fit the {left} bytes left")]
    Count {
        /// Where the count ends.
        at: usize,
        /// The count.
        count: i64,
        /// How many bytes follow it.
        left: usize,
    },
    /// The values would take much more memory than the bytes that describe them.
    #[error("at byte {at}: the message would take more than its budget of memory")]
    Budget {
        /// Where it was noticed.
        at: usize,
    },
    /// Null where the version has no null.
    #[error("null at byte {at} where a value is required")]
    Null {
        /// Where the null is.
        at: usize,
    },
    /// Text that is not UTF-8.
    #[error("the text that ends at byte {at} is not UTF-8")]
    Utf8 {
        /// Where the text ends.
        at: usize,
    },
    /// A variable-length integer that does not end, or is out of range.
    #[error("the variable-length integer at byte {at} is too long")]
    Varint {
        /// Where it starts.
        at: usize,
    },
    /// More tagged fields than any version of the protocol has, one whose size is wrong, or one that is known and does
    /// not belong to this version.
    #[error("the tagged fields at byte {at} are malformed")]
    Tags {
        /// Where it was noticed.
        at: usize,
    },
    /// A version that the message does not have.
    #[error("{message} has no version {version}")]
    Version {
        /// The message's name.
        message: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// Bytes after the end of the message.
    #[error("{left} bytes follow the message's end")]
    Trailing {
        /// How many.
        left: usize,
    },
    /// A kind of record that is not known here.
    #[error("unknown {family} record type {id}")]
    UnknownRecord {
        /// The family of records.
        family: &'static str,
        /// The type's number.
        id: i64,
    },
}

/// A message that its version cannot carry. The caller's mistake, except for text and counts that are too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A version that the message does not have.
    #[error("{message} has no version {version}")]
    Version {
        /// The message's name.
        message: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// A field holds something, and the version has no place for it.
    #[error("version {version} of the message has no field {field}")]
    Field {
        /// `Struct.field`.
        field: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// Null where the version has no null.
    #[error("the field {field} cannot be null in version {version}")]
    Null {
        /// `Struct.field`.
        field: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// A text, a byte string or an array that is longer than its length field can say.
    #[error("a value of length {length} is longer than the protocol allows")]
    TooLong {
        /// The length.
        length: usize,
    },
}

//! The records of `__transaction_state`: a transactional id and where its transaction stands.
//!
//! A key starts with an int16 that says what it is the key of (0, the only kind there is); a value starts with its
//! version ([`crate::decode_prefixed`]). A key without a value is a tombstone.

use bytes::Bytes;

use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::reader::Reader;
use crate::writer::Writer;

include!(concat!(env!("OUT_DIR"), "/transaction_records.rs"));

/// The kind of a [`TransactionLogKey`].
const TRANSACTION_LOG: i16 = 0;

impl TransactionLogKey {
    /// Reads a record's key; `None` for a kind that is not known.
    pub fn from_record(bytes: Bytes) -> Result<Option<Self>, DecodeError> {
        let mut reader = Reader::new(bytes);
        match reader.i16()? {
            TRANSACTION_LOG => Self::decode(&mut reader, 0).map(Some),
            _ => Ok(None),
        }
    }

    /// Writes a record's key.
    pub fn to_record(&self) -> Result<Bytes, EncodeError> {
        let mut writer = Writer::new();
        writer.i16(TRANSACTION_LOG);
        self.encode(&mut writer, 0)?;
        Ok(writer.into_bytes())
    }
}

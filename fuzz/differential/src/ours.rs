//! Our own answer, and the form of all answers.

use std::fmt;

use bytes::{BufMut, Bytes};
use millstream_wire::records::message_set::Entry;
use millstream_wire::records::{BatchHeader, Budget, Record, RecordBatch, RecordsError};

use crate::cases::Case;

/// What a decoder says of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It does not know the message in this version.
    Unknown,
    /// It refuses; of records, those before the bad batch are told.
    Refused {
        /// Why.
        reason: String,
        /// The records before it.
        good: Bytes,
    },
    /// It takes them.
    Accepted {
        /// Bytes that follow the message.
        left: usize,
        /// The message written again; nothing where the decoder cannot write what it has read.
        canonical: Option<Bytes>,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Refused { reason, good } => write!(f, "refused: {reason} ({} bytes before)", good.len()),
            Self::Accepted { left, canonical } => {
                write!(f, "accepted, {left} left:")?;
                canonical.iter().flatten().try_for_each(|byte| write!(f, " {byte:02x}"))
            }
        }
    }
}

/// Our answer to a message.
pub fn message(case: &Case) -> Verdict {
    let Some(schema) = case.schema() else { return Verdict::Unknown };
    match (schema.again)(&case.bytes, case.version) {
        Ok((left, canonical)) => Verdict::Accepted { left, canonical: Some(canonical) },
        Err(reason) => Verdict::Refused { reason, good: Bytes::new() },
    }
}

/// Our answer to records: entry after entry, a partial one at the end is left out, as consumers do.
pub fn records(case: &Case) -> Verdict {
    let mut rest = case.bytes.clone();
    let mut out = Vec::new();
    loop {
        match entry(&rest) {
            Ok(None) => return Verdict::Accepted { left: 0, canonical: Some(out.into()) },
            Ok(Some((size, records))) => {
                out.extend_from_slice(&records);
                let _ = rest.split_to(size.min(rest.len()));
            }
            Err(error) => return Verdict::Refused { reason: format!("{error:?}"), good: out.into() },
        }
    }
}

fn entry(rest: &Bytes) -> Result<Option<(usize, Vec<u8>)>, RecordsError> {
    /// Bytes up to and with the magic.
    const MAGIC_END: usize = 17;
    let Some(magic) = rest.get(MAGIC_END - 1).copied() else { return Ok(None) };
    let mut out = Vec::new();
    if magic < 2 {
        let Some(entry) = Entry::parse(rest)? else { return Ok(None) };
        for message in entry.messages(Budget::default())? {
            let message = message?;
            put_start(&mut out, message.offset, message.timestamp, &message.key, &message.value);
            out.put_u32(0);
        }
        return Ok(Some((entry.size, out)));
    }
    let batch = match RecordBatch::parse(rest) {
        Ok(batch) => batch,
        Err(RecordsError::Truncated { .. }) if magic == 2 => return partial(rest).map(|()| None),
        Err(error) => return Err(error),
    };
    batch.header.verify_crc(&batch.bytes)?;
    for record in batch.records(Budget::default())? {
        put(&mut out, &record?);
    }
    Ok(Some((batch.bytes.len(), out)))
}

/// A batch whose end is missing is left out, unless its length says that it is none.
fn partial(rest: &Bytes) -> Result<(), RecordsError> {
    match BatchHeader::parse(rest) {
        Ok(_) | Err(RecordsError::Truncated { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A record in the form that all decoders tell it in.
pub fn put(out: &mut Vec<u8>, record: &Record) {
    put_start(out, record.offset, record.timestamp, &record.key, &record.value);
    out.put_u32(u32::try_from(record.headers.len()).unwrap_or_default());
    for header in &record.headers {
        put_bytes(out, Some(&header.key));
        put_bytes(out, header.value.as_deref());
    }
}

/// What a record begins with.
pub fn put_start(out: &mut Vec<u8>, offset: i64, timestamp: i64, key: &Option<Bytes>, value: &Option<Bytes>) {
    out.put_i64(offset);
    out.put_i64(timestamp);
    put_bytes(out, key.as_deref());
    put_bytes(out, value.as_deref());
}

/// A length and bytes; -1 for none.
pub fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    out.put_i32(bytes.map_or(-1, |bytes| i32::try_from(bytes.len()).unwrap_or(i32::MAX)));
    out.put_slice(bytes.unwrap_or_default());
}

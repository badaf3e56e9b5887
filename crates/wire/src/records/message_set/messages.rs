//! The messages of a set as a consumer sees them: wrappers opened, offsets absolute.

use bytes::{Buf, Bytes};

use super::entry::{Entries, Entry, Frame};
use crate::records::batch::BadBatch;
use crate::records::{Budget, Codec, RecordsError, TimestampType, compression};

/// A message of magic 0 or 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its offset. Within a compressed set that a producer sends, counted from 0.
    pub offset: i64,
    /// Its timestamp in ms, -1 in magic 0.
    pub timestamp: i64,
    /// The key; absent is not the same as empty.
    pub key: Option<Bytes>,
    /// The value; absent is a tombstone.
    pub value: Option<Bytes>,
}

/// All messages of a set, wrappers opened one at a time within the budget.
pub fn messages(bytes: Bytes, budget: Budget) -> impl Iterator<Item = Result<Message, BadBatch>> {
    let mut position = 0;
    Entries::new(bytes).flat_map(move |entry| {
        let at = position;
        let (opened, failed) = match entry {
            Ok(entry) => {
                position += entry.size;
                match entry.messages(budget) {
                    Ok(messages) => (Some(messages), None),
                    Err(reason) => (None, Some(BadBatch { position: at, reason })),
                }
            }
            Err(bad) => (None, Some(bad)),
        };
        let opened = opened.into_iter().flatten();
        opened
            .map(move |message| message.map_err(|reason| BadBatch { position: at, reason }))
            .chain(failed.map(Err))
    })
}

impl Entry {
    /// Its messages: itself, or those inside a wrapper.
    ///
    /// # Errors
    /// A wrapper that is empty, damaged, larger than the budget, compressed with zstd (which these formats do not
    /// know) or whose offset cannot be that of its last message.
    pub fn messages(&self, budget: Budget) -> Result<Messages, RecordsError> {
        if self.codec == Codec::None {
            let Self { offset, timestamp, ref key, ref value, .. } = *self;
            let single = Message { offset, timestamp, key: key.clone(), value: value.clone() };
            return Ok(Messages(Kind::Single(Some(single))));
        }
        if self.codec == Codec::Zstd {
            return Err(RecordsError::UnknownCodec(Codec::Zstd.id()));
        }
        let data = compression::decompress(
            self.codec,
            self.magic,
            self.value.as_ref().ok_or_else(|| bad(0, "a compressed set has no value"))?,
            budget,
        )?;
        let last = last_offset(&data)?;
        Ok(Messages(Kind::Wrapped(Wrapped {
            data,
            magic: self.magic,
            append_time: (self.timestamp_type == TimestampType::LogAppendTime).then_some(self.timestamp),
            first_offset: self.first_offset(last)?,
            index: 0,
        })))
    }

    /// What has to be added to inner offsets. Some versions of librdkafka produce wrappers with offset 0.
    fn first_offset(&self, last_inner: i64) -> Result<i64, RecordsError> {
        if self.magic == 0 || self.offset == 0 {
            return Ok(0);
        }
        let first = self.offset.checked_sub(last_inner).filter(|first| *first >= 0);
        first.ok_or_else(|| bad(0, "the wrapper's offset is below that of its last message"))
    }
}

fn bad(index: usize, reason: &'static str) -> RecordsError {
    RecordsError::BadRecord { index, reason }
}

fn last_offset(mut data: &[u8]) -> Result<i64, RecordsError> {
    let mut last = None;
    while let Some(frame) = Frame::parse(data)? {
        let Some((_, rest)) = data.split_at_checked(frame.size) else {
            break;
        };
        last = Some(frame.offset);
        data = rest;
    }
    last.ok_or_else(|| bad(0, "a compressed set has no messages"))
}

/// The messages of one [`Entry`], in order. It ends after the first error.
#[derive(Debug, Clone)]
pub struct Messages(Kind);

impl Messages {
    /// Bytes of those that a wrapper holds. As records of magic 2 they have no more: they lose offset, length and
    /// checksum, and the longest numbers that they get are shorter.
    pub(crate) fn wrapped_bytes(&self) -> usize {
        match &self.0 {
            Kind::Single(_) => 0,
            Kind::Wrapped(wrapped) => wrapped.data.len(),
        }
    }
}

#[derive(Debug, Clone)]
enum Kind {
    Single(Option<Message>),
    Wrapped(Wrapped),
}

#[derive(Debug, Clone)]
struct Wrapped {
    data: Bytes,
    magic: i8,
    append_time: Option<i64>,
    first_offset: i64,
    index: usize,
}

impl Wrapped {
    fn next(&mut self) -> Result<Option<Message>, RecordsError> {
        let Some(entry) = Entry::parse(&self.data)? else {
            return Ok(None);
        };
        self.data.advance(entry.size);
        if entry.codec != Codec::None {
            return Err(bad(self.index, "a message inside a compressed set is compressed again"));
        }
        if entry.magic != self.magic {
            return Err(bad(self.index, "its magic is not that of its wrapper"));
        }
        self.index += 1;
        Ok(Some(Message {
            offset: entry.offset.wrapping_add(self.first_offset),
            timestamp: self.append_time.unwrap_or(entry.timestamp),
            key: entry.key,
            value: entry.value,
        }))
    }
}

impl Iterator for Messages {
    type Item = Result<Message, RecordsError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Kind::Single(message) => message.take().map(Ok),
            Kind::Wrapped(wrapped) => {
                let message = wrapped.next();
                if message.is_err() {
                    wrapped.data.clear();
                }
                message.transpose()
            }
        }
    }
}

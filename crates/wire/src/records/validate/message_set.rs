//! Produced message sets of magic 0 and 1: they become one batch of magic 2.

use bytes::Bytes;

use super::{ProduceError, ProduceRules, ValidBatch, batch, timestamps};
use crate::records::batch::BatchBuilder;
use crate::records::message_set::{Entries, Entry};
use crate::records::{Budget, Codec};

pub(super) fn convert(
    records: Bytes,
    rules: &ProduceRules,
    budget: Budget,
    now: i64,
) -> Result<ValidBatch, ProduceError> {
    let mut conversion = Conversion { rules, budget, now, first: None, builder: None };
    for entry in Entries::new(records) {
        conversion.add(&entry.map_err(|bad| bad.reason)?)?;
    }
    let builder = conversion
        .builder
        .ok_or(ProduceError::Invalid { records: Vec::new(), reason: "there are no messages" })?;
    let bytes = builder.finish()?;
    let max_timestamp = super::BatchHeader::parse(&bytes)?.max_timestamp;
    batch::finish(bytes, true, rules, max_timestamp, now)
}

struct Conversion<'a> {
    rules: &'a ProduceRules,
    budget: Budget,
    now: i64,
    /// Magic and codec of the first message: the others must be the same.
    first: Option<(i8, Codec)>,
    builder: Option<BatchBuilder>,
}

impl Conversion<'_> {
    fn add(&mut self, entry: &Entry) -> Result<(), ProduceError> {
        let invalid = |reason| Err(ProduceError::Invalid { records: Vec::new(), reason });
        let limit = self.rules.max_message_bytes;
        if entry.size > limit {
            return Err(ProduceError::TooLarge { size: entry.size, limit });
        }
        match self.first {
            Some((magic, _)) if magic != entry.magic => {
                return invalid("all messages must have the same magic");
            }
            Some((_, codec)) if (codec, entry.codec) != (Codec::None, Codec::None) => {
                return invalid("there must be one compressed message and no other");
            }
            _ => self.first = Some((entry.magic, entry.codec)),
        }
        if entry.codec == Codec::Zstd {
            return invalid("messages of magic 0 and 1 cannot be compressed with zstd");
        }
        let target = self.rules.compression.unwrap_or(entry.codec);
        let builder = self.builder.get_or_insert_with(|| BatchBuilder::new(target));
        let messages = entry.messages(self.budget)?;
        builder.make_room(messages.wrapped_bytes());
        for message in messages {
            let message = message?;
            let record = usize::try_from(builder.record_count()).unwrap_or(usize::MAX);
            if self.rules.compacted && message.key.is_none() {
                let reason = "a compacted topic takes no record without a key";
                return Err(ProduceError::Invalid { records: vec![record], reason });
            }
            timestamps::check(self.rules, self.now, entry.timestamp_type, message.timestamp)
                .map_err(|error| error.of(vec![record]))?;
            builder.append(message.timestamp, message.key.as_deref(), message.value.as_deref(), &[])?;
        }
        Ok(())
    }
}

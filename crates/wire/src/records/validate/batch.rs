//! Produced batches of magic 2.

use bytes::{Bytes, BytesMut};

use super::{ProduceError, ProduceRules, ValidBatch, timestamps};
use crate::records::batch::{
    BatchHeader, HEADER_SIZE, NO_TIMESTAMP, RecordBatch, Walk, magic, replace_payload, set_max_timestamp,
};
use crate::records::message_set::Entries;
use crate::records::{Budget, Codec, RecordsError, TimestampType, compression};

/// So many wrong records are named in an answer.
const MOST_NAMED: usize = 1_000;

pub(super) fn validate(
    records: Bytes,
    version: i16,
    rules: &ProduceRules,
    budget: Budget,
    now: i64,
) -> Result<ValidBatch, ProduceError> {
    let batch = RecordBatch::parse(&records).map_err(|error| match error {
        // Kafka sees no batch where only a part of one is.
        RecordsError::Truncated { .. } => ProduceError::NotOneBatch("the batch is cut off"),
        error => error.into(),
    })?;
    let codec = batch.header.attributes.codec()?;
    if codec == Codec::Zstd && version < 7 {
        return Err(ProduceError::UnsupportedCompression(codec.id()));
    }
    let size = batch.bytes.len();
    if records.len() > size && begins_another(&records.slice(size..)) {
        return Err(ProduceError::NotOneBatch("there must be exactly one batch"));
    }
    drop(records);
    check_header(&batch, rules)?;
    let max_timestamp = walk(&batch, codec, rules, budget, now)?;
    let target = rules.compression.unwrap_or(codec);
    let rewritten = target != codec;
    let bytes = if rewritten { recompress(&batch, codec, target, budget)? } else { batch.bytes.into() };
    finish(bytes, rewritten, rules, max_timestamp, now)
}

/// Whether these bytes behind a batch are another one, or a whole message of an older format.
fn begins_another(behind: &Bytes) -> bool {
    match magic(behind) {
        Some(0 | 1) => Entries::new(behind.clone()).next().is_some_and(|entry| entry.is_ok()),
        _ => RecordBatch::parse(behind).is_ok(),
    }
}

fn invalid(reason: &'static str) -> ProduceError {
    ProduceError::Invalid { records: Vec::new(), reason }
}

/// What can be said without looking at a record, cheapest first.
fn check_header(batch: &RecordBatch, rules: &ProduceRules) -> Result<(), ProduceError> {
    let header = &batch.header;
    if header.base_offset != 0 {
        return Err(invalid("the base offset must be 0"));
    }
    let (size, limit) = (batch.bytes.len(), rules.max_message_bytes);
    if size > limit {
        return Err(ProduceError::TooLarge { size, limit });
    }
    header.verify_crc(&batch.bytes)?;
    if header.record_count == 0 {
        return Err(invalid("the batch has no records"));
    }
    if header.last_offset_delta != header.record_count - 1 {
        return Err(invalid("the last offset delta must be the record count less one"));
    }
    if header.attributes.is_control() {
        return Err(invalid("clients cannot write control records"));
    }
    if header.has_producer_id() && header.base_sequence < 0 {
        return Err(invalid("a batch with a producer id needs a sequence number"));
    }
    Ok(())
}

/// Looks at every record once; returns the largest timestamp.
fn walk(
    batch: &RecordBatch,
    codec: Codec,
    rules: &ProduceRules,
    budget: Budget,
    now: i64,
) -> Result<i64, ProduceError> {
    let payload = batch.bytes.get(HEADER_SIZE..).unwrap_or_default();
    if codec == Codec::None {
        return Rule { header: &batch.header, rules, now }.check(Walk::new(payload, codec, budget));
    }
    let stream = compression::open(codec, batch.header.magic(), payload, budget)?;
    Rule { header: &batch.header, rules, now }.check(Walk::new(stream, codec, budget))
}

struct Rule<'a> {
    header: &'a BatchHeader,
    rules: &'a ProduceRules,
    now: i64,
}

impl Rule<'_> {
    fn check<R: std::io::BufRead>(&self, mut walk: Walk<R>) -> Result<i64, ProduceError> {
        let declared = self.header.record_count;
        let sent = self.header.attributes.timestamp_type();
        let mut max_timestamp = NO_TIMESTAMP;
        let mut wrong = Wrong::default();
        for expected in 0..declared {
            let record = usize::try_from(expected).unwrap_or(usize::MAX);
            if walk.is_at_end()? {
                return Err(RecordsError::RecordCount { declared, found: record }.into());
            }
            let shape = walk.next()?;
            if shape.offset_delta != expected {
                let reason = "offset deltas must count up from 0";
                return Err(ProduceError::Invalid { records: vec![record], reason });
            }
            let timestamp = match sent {
                TimestampType::CreateTime => self.header.base_timestamp.wrapping_add(shape.timestamp_delta),
                TimestampType::LogAppendTime => self.header.max_timestamp,
            };
            if self.rules.compacted && !shape.has_key {
                wrong.note(record);
            } else if let Err(error) = timestamps::check(self.rules, self.now, sent, timestamp) {
                wrong.time(record, error);
            }
            max_timestamp = max_timestamp.max(timestamp);
        }
        if !walk.is_at_end()? {
            let found = usize::try_from(declared).unwrap_or(usize::MAX).saturating_add(1);
            return Err(RecordsError::RecordCount { declared, found }.into());
        }
        wrong.error().map_or(Ok(max_timestamp), Err)
    }
}

/// Records that are wrong by themselves: all are named, and a wrong time is the reason if one has it.
#[derive(Default)]
struct Wrong {
    records: Vec<usize>,
    time: Option<ProduceError>,
}

impl Wrong {
    fn note(&mut self, record: usize) {
        if self.records.len() < MOST_NAMED {
            self.records.push(record);
        }
    }

    fn time(&mut self, record: usize, error: ProduceError) {
        self.note(record);
        self.time.get_or_insert(error);
    }

    fn error(self) -> Option<ProduceError> {
        let reason = "a compacted topic takes no record without a key";
        let error = self.time.unwrap_or(ProduceError::Invalid { records: Vec::new(), reason });
        (!self.records.is_empty()).then(|| error.of(self.records))
    }
}

/// The same records with another codec: their bytes do not depend on it.
fn recompress(
    batch: &RecordBatch,
    codec: Codec,
    target: Codec,
    budget: Budget,
) -> Result<BytesMut, RecordsError> {
    let magic = batch.header.magic();
    let records = compression::decompress(codec, magic, &batch.payload(), budget)?;
    if target == Codec::None {
        return replace_payload(&batch.header, target, &records);
    }
    let payload = compression::compress(target, magic, &records)?;
    drop(records);
    replace_payload(&batch.header, target, &payload)
}

/// Sets the timestamp fields as the topic wants them and looks at the size once more.
pub(super) fn finish(
    mut bytes: BytesMut,
    rewritten: bool,
    rules: &ProduceRules,
    max_timestamp: i64,
    now: i64,
) -> Result<ValidBatch, ProduceError> {
    let header = BatchHeader::parse(&bytes)?;
    let max_timestamp = match rules.timestamp_type {
        TimestampType::CreateTime => max_timestamp,
        TimestampType::LogAppendTime => now,
    };
    if (header.attributes.timestamp_type(), header.max_timestamp) != (rules.timestamp_type, max_timestamp) {
        set_max_timestamp(&mut bytes, rules.timestamp_type, max_timestamp)?;
    }
    let (size, limit) = (bytes.len(), rules.max_message_bytes);
    if size > limit {
        return Err(ProduceError::TooLarge { size, limit });
    }
    Ok(ValidBatch { header: BatchHeader::parse(&bytes)?, bytes, rewritten })
}

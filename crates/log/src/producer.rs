//! What a partition knows of each idempotent producer: its epoch and its last five batches (KIP-98, KIP-360).
//!
//! A batch that is one of the five is a duplicate and keeps its first offsets; any other must continue the sequence.
//! A producer that is not known (any more) may start anywhere, since its records may simply have been deleted.

use std::collections::HashMap;

use millstream_wire::records::BatchHeader;
use millstream_wire::records::batch::{NO_PRODUCER_EPOCH, NO_SEQUENCE, NO_TIMESTAMP};

use crate::error::ProducerError;

/// Batches remembered per producer: as many as a client may have in flight.
const WINDOW: usize = 5;

/// All producers of a partition.
#[derive(Debug, Default)]
pub(crate) struct Producers {
    by_id: HashMap<i64, Producer>,
}

/// One producer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Producer {
    /// The newest epoch seen.
    pub(crate) epoch: i16,
    /// Epoch of the transaction coordinator that wrote the last marker, -1 for none.
    pub(crate) coordinator_epoch: i32,
    /// Largest timestamp of the last batch in ms.
    pub(crate) last_timestamp: i64,
    /// First offset of the transaction that is open.
    pub(crate) transaction: Option<i64>,
    /// The last batches of this epoch, oldest first.
    pub(crate) batches: Vec<PastBatch>,
    /// When this process last heard of it, in ms: its own timestamps may be of any time.
    pub(crate) seen_ms: i64,
}

/// A batch in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PastBatch {
    /// Its last sequence number.
    pub(crate) last_sequence: i32,
    /// Its last offset.
    pub(crate) last_offset: i64,
    /// Its last offset less its first.
    pub(crate) offset_delta: i32,
}

/// What a batch is to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// New.
    Append,
    /// Already there.
    Duplicate {
        /// Where.
        base_offset: i64,
        /// To where.
        last_offset: i64,
    },
}

impl PastBatch {
    const fn first_sequence(&self) -> i32 {
        match self.last_sequence.checked_sub(self.offset_delta) {
            Some(first) if first >= 0 => first,
            _ => i32::MAX - (self.offset_delta - self.last_sequence) + 1,
        }
    }
}

impl Producer {
    fn new(epoch: i16) -> Self {
        Self {
            epoch,
            coordinator_epoch: -1,
            last_timestamp: NO_TIMESTAMP,
            transaction: None,
            batches: Vec::new(),
            seen_ms: 0,
        }
    }

    fn duplicate(&self, batch: &BatchHeader) -> Option<Verdict> {
        let same = |past: &&PastBatch| {
            past.first_sequence() == batch.base_sequence && past.last_sequence == batch.last_sequence()
        };
        let past = self.batches.iter().find(same).filter(|_| batch.producer_epoch == self.epoch)?;
        let base_offset = past.last_offset - i64::from(past.offset_delta);
        Some(Verdict::Duplicate { base_offset, last_offset: past.last_offset })
    }

    fn last_sequence(&self) -> i32 {
        self.batches.last().map_or(NO_SEQUENCE, |batch| batch.last_sequence)
    }

    fn expects(&self, batch: &BatchHeader) -> bool {
        if self.epoch == NO_PRODUCER_EPOCH {
            return true;
        }
        if batch.producer_epoch != self.epoch {
            return batch.base_sequence == 0;
        }
        match self.last_sequence() {
            i32::MAX => batch.base_sequence == 0,
            last => batch.base_sequence == last + 1,
        }
    }

    fn add(&mut self, batch: &BatchHeader) {
        if batch.producer_epoch != self.epoch {
            self.epoch = batch.producer_epoch;
            self.batches.clear();
        }
        self.last_timestamp = batch.max_timestamp;
        if batch.attributes.is_control() {
            self.transaction = None;
            return;
        }
        if self.batches.len() == WINDOW {
            self.batches.remove(0);
        }
        self.batches.push(PastBatch {
            last_sequence: batch.last_sequence(),
            last_offset: batch.last_offset(),
            offset_delta: batch.last_offset_delta,
        });
        if batch.attributes.is_transactional() && self.transaction.is_none() {
            self.transaction = Some(batch.base_offset);
        }
    }
}

impl Producers {
    /// Whether the batch may be appended, is there already, or breaks the rules. A batch of the broker's own
    /// (`sequenced` false) is held to the epoch only.
    pub(crate) fn check(&self, batch: &BatchHeader, sequenced: bool) -> Result<Verdict, ProducerError> {
        let producer_id = batch.producer_id;
        let known = if batch.has_producer_id() { self.by_id.get(&producer_id) } else { None };
        let Some(producer) = known else { return Ok(Verdict::Append) };
        if sequenced && let Some(duplicate) = producer.duplicate(batch) {
            return Ok(duplicate);
        }
        if batch.producer_epoch < producer.epoch {
            let (found, current) = (batch.producer_epoch, producer.epoch);
            return Err(ProducerError::Fenced { producer_id, found, current });
        }
        if sequenced && !batch.attributes.is_control() && !producer.expects(batch) {
            let (found, last) = (batch.base_sequence, producer.last_sequence());
            return Err(ProducerError::OutOfOrderSequence { producer_id, found, last });
        }
        match producer.transaction {
            Some(since) if !batch.attributes.is_transactional() => {
                Err(ProducerError::TransactionOpen { producer_id, since })
            }
            _ => Ok(Verdict::Append),
        }
    }

    /// Notes a batch that is in the log.
    pub(crate) fn add(&mut self, batch: &BatchHeader, now_ms: i64) {
        if batch.has_producer_id() {
            let new = || Producer::new(batch.producer_epoch);
            let producer = self.by_id.entry(batch.producer_id).or_insert_with(new);
            producer.add(batch);
            producer.seen_ms = now_ms;
        }
    }

    /// Puts a producer there as a snapshot has it.
    pub(crate) fn load(&mut self, producer_id: i64, producer: Producer) {
        self.by_id.insert(producer_id, producer);
    }

    /// Completes the windows of these producers, of which a snapshot keeps one batch each, with what `seen` has of the
    /// same batches.
    pub(crate) fn recall(&mut self, mut seen: Self) {
        for (id, producer) in &mut self.by_id {
            if let Some(seen) = seen.by_id.remove(id)
                && seen.epoch == producer.epoch
                && seen.batches.last() == producer.batches.last()
            {
                producer.batches = seen.batches;
            }
        }
    }

    /// All of them were heard of just now.
    pub(crate) fn seen(&mut self, now_ms: i64) {
        for producer in self.by_id.values_mut() {
            producer.seen_ms = now_ms;
        }
    }

    /// Forgets the ones that have been silent for `expiration_ms`, unless they have a transaction open.
    pub(crate) fn expire(&mut self, now_ms: i64, expiration_ms: i64) {
        self.by_id.retain(|_, producer| {
            producer.transaction.is_some() || now_ms.saturating_sub(producer.seen_ms) < expiration_ms
        });
    }

    /// All of them, in no order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (i64, &Producer)> {
        self.by_id.iter().map(|(id, producer)| (*id, producer))
    }
}

#[cfg(test)]
mod tests {
    use millstream_wire::records::batch::Attributes;

    use super::*;

    fn batch(epoch: i16, sequence: i32, records: i32, offset: i64) -> BatchHeader {
        BatchHeader {
            base_offset: offset,
            batch_length: 49,
            partition_leader_epoch: 0,
            crc: 0,
            attributes: Attributes::default(),
            last_offset_delta: records - 1,
            base_timestamp: 0,
            max_timestamp: 1000,
            producer_id: 7,
            producer_epoch: epoch,
            base_sequence: sequence,
            record_count: records,
        }
    }

    fn after(batches: &[(i16, i32, i32)]) -> Producers {
        let mut producers = Producers::default();
        let mut offset = 100;
        for (epoch, sequence, records) in batches {
            producers.add(&batch(*epoch, *sequence, *records, offset), 0);
            offset += i64::from(*records);
        }
        producers
    }

    #[test]
    fn what_follows_what() {
        let out_of_order =
            |found, last| Err(ProducerError::OutOfOrderSequence { producer_id: 7, found, last });
        let duplicate = |base_offset, last_offset| Ok(Verdict::Duplicate { base_offset, last_offset });
        let six: &[_] = &[(0, 0, 1), (0, 1, 1), (0, 2, 1), (0, 3, 1), (0, 4, 1), (0, 5, 1)];
        type Row<'a> = (&'a str, &'a [(i16, i32, i32)], (i16, i32, i32), Result<Verdict, ProducerError>);
        let table: &[Row] = &[
            ("an unknown producer starts anywhere", &[], (3, 77, 2), Ok(Verdict::Append)),
            ("the next one", &[(0, 0, 3)], (0, 3, 2), Ok(Verdict::Append)),
            ("a gap", &[(0, 0, 3)], (0, 4, 1), out_of_order(4, 2)),
            ("a duplicate", &[(0, 0, 3)], (0, 0, 3), duplicate(100, 102)),
            ("a part of a batch is no duplicate", &[(0, 0, 3)], (0, 0, 2), out_of_order(0, 2)),
            ("the oldest of five", six, (0, 1, 1), duplicate(101, 101)),
            ("one too old", six, (0, 0, 1), out_of_order(0, 5)),
            ("a new epoch starts at 0", &[(0, 0, 3)], (1, 0, 1), Ok(Verdict::Append)),
            ("and nowhere else", &[(0, 0, 3)], (1, 3, 1), out_of_order(3, 2)),
            (
                "an old epoch",
                &[(4, 0, 3)],
                (3, 3, 1),
                Err(ProducerError::Fenced { producer_id: 7, found: 3, current: 4 }),
            ),
            ("sequences wrap", &[(0, i32::MAX - 1, 2)], (0, 0, 1), Ok(Verdict::Append)),
            ("within a batch too", &[(0, i32::MAX - 1, 4)], (0, 2, 1), Ok(Verdict::Append)),
            ("and duplicates of such", &[(0, i32::MAX - 1, 4)], (0, i32::MAX - 1, 4), duplicate(100, 103)),
        ];
        for (what, before, (epoch, sequence, records), expected) in table {
            let found = after(before).check(&batch(*epoch, *sequence, *records, 0), true);
            assert_eq!(found, *expected, "{what}");
        }
        assert_eq!(after(six).check(&batch(0, 99, 1, 0), false), Ok(Verdict::Append), "the broker's own");
    }

    #[test]
    fn a_transaction_keeps_others_out_and_keeps_its_producer_alive() {
        let mut producers = Producers::default();
        let in_transaction = Attributes::default().transactional();
        producers.add(&BatchHeader { attributes: in_transaction, ..batch(0, 0, 1, 50) }, 1000);
        let outside = producers.check(&batch(0, 1, 1, 0), true);
        assert_eq!(outside, Err(ProducerError::TransactionOpen { producer_id: 7, since: 50 }));
        producers.expire(i64::MAX, 1);
        assert_eq!(producers.iter().len(), 1);
        producers.add(&BatchHeader { attributes: in_transaction.control(), ..batch(0, -1, 1, 51) }, 1000);
        producers.expire(1999, 1000);
        assert_eq!(producers.iter().len(), 1);
        producers.expire(2000, 1000);
        assert_eq!(producers.iter().len(), 0);
    }
}

//! What a partition knows of each idempotent producer: its epoch, its last five batches, and its open transaction
//! (KIP-98, KIP-360, KIP-890).
//!
//! A batch that is one of the five is a duplicate and keeps its first offsets; any other must continue the sequence.
//! A producer that is not known (any more) may start anywhere, since its records may simply have been deleted.
//!
//! A transaction begins with its first batch and ends with a marker. The first that is open bounds what readers of
//! committed records see: the last stable offset.

mod asked;

use std::collections::{BTreeMap, HashMap};

use millstream_wire::records::batch::{NO_PRODUCER_EPOCH, NO_SEQUENCE, NO_TIMESTAMP};
use millstream_wire::records::{BatchHeader, EndMarker};

use crate::error::ProducerError;
use crate::log::Origin;
use crate::txn_index::AbortedTransaction;

use asked::Asked;

/// Batches remembered per producer: as many as a client may have in flight.
const WINDOW: usize = 5;

/// All producers of a partition.
#[derive(Debug, Default)]
pub(crate) struct Producers {
    by_id: HashMap<i64, Producer>,
    /// The open transactions: first offset and producer.
    open: BTreeMap<i64, i64>,
    /// The ended ones whose marker readers may not see yet: first offset and the marker's.
    ended: BTreeMap<i64, i64>,
    asked: Asked,
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

/// A batch, and what it says if it is the marker that ends a transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Produced<'a> {
    pub(crate) header: &'a BatchHeader,
    pub(crate) marker: Option<EndMarker>,
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

    pub(crate) fn last_sequence(&self) -> i32 {
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

    fn enter_epoch(&mut self, epoch: i16) {
        if epoch != self.epoch {
            self.epoch = epoch;
            self.batches.clear();
        }
    }

    fn add(&mut self, batch: &BatchHeader) {
        self.enter_epoch(batch.producer_epoch);
        self.last_timestamp = batch.max_timestamp;
        if self.batches.len() == WINDOW {
            self.batches.remove(0);
        }
        self.batches.push(PastBatch {
            last_sequence: batch.last_sequence(),
            last_offset: batch.last_offset(),
            offset_delta: batch.last_offset_delta,
        });
    }

    /// Whether a marker may end this producer's transaction. With an epoch for each transaction the marker's is above
    /// that of the records; the same once more is a marker written again, which ends nothing.
    fn takes_marker(
        &self,
        batch: &BatchHeader,
        marker: EndMarker,
        own_epoch: bool,
    ) -> Result<(), ProducerError> {
        let (producer_id, found, current) = (batch.producer_id, batch.producer_epoch, self.epoch);
        let again = found == current && (self.transaction.is_none() || found == i16::MAX);
        if found < current || (own_epoch && found == current && !again) {
            return Err(ProducerError::Fenced { producer_id, found, current });
        }
        if marker.coordinator_epoch < self.coordinator_epoch {
            let (found, current) = (marker.coordinator_epoch, self.coordinator_epoch);
            return Err(ProducerError::CoordinatorFenced { producer_id, found, current });
        }
        Ok(())
    }
}

impl Producers {
    /// Whether the batch may be appended, is there already, or breaks the rules. A batch of the broker's own is held
    /// to the epoch only.
    pub(crate) fn check(&self, batch: Produced<'_>, origin: Origin) -> Result<Verdict, ProducerError> {
        let Produced { header, marker } = batch;
        let producer_id = header.producer_id;
        if !header.has_producer_id() {
            return Ok(Verdict::Append);
        }
        let known = self.by_id.get(&producer_id);
        if let (Origin::Marker { own_epoch }, Some(marker)) = (origin, marker) {
            return known
                .map_or(Ok(()), |producer| producer.takes_marker(header, marker, own_epoch))
                .map(|()| Verdict::Append);
        }
        let client = matches!(origin, Origin::Client | Origin::Verified);
        let transactional = header.attributes.is_transactional();
        let goes_on = known.is_some_and(|it| it.transaction.is_some() && it.epoch == header.producer_epoch);
        // Of a transaction that is over, not even a duplicate is acknowledged without its coordinator.
        let is_asked = origin == Origin::Client && transactional && !goes_on;
        if client
            && !is_asked
            && let Some(duplicate) = known.and_then(|producer| producer.duplicate(header))
        {
            return Ok(duplicate);
        }
        if let Some(producer) = known.filter(|producer| header.producer_epoch < producer.epoch) {
            let (found, current) = (header.producer_epoch, producer.epoch);
            return Err(ProducerError::Fenced { producer_id, found, current });
        }
        if is_asked {
            return Err(ProducerError::NotInTransaction { producer_id });
        }
        if client && !self.continues(known, header) {
            let (found, last) = (header.base_sequence, known.map_or(NO_SEQUENCE, Producer::last_sequence));
            return Err(ProducerError::OutOfOrderSequence { producer_id, found, last });
        }
        match known.and_then(|producer| producer.transaction) {
            Some(since) if !transactional => Err(ProducerError::TransactionOpen { producer_id, since }),
            _ => Ok(Verdict::Append),
        }
    }

    /// Whether the batch follows what its producer has in the log, and what has asked before it.
    fn continues(&self, known: Option<&Producer>, header: &BatchHeader) -> bool {
        let has_batches = known.is_some_and(|producer| !producer.batches.is_empty());
        known.is_none_or(|producer| producer.expects(header)) && self.asked.allows(header, has_batches)
    }

    /// Notes that the coordinator is asked about the batch, which [`Self::check`] found to be in no open transaction.
    pub(crate) fn ask(&mut self, batch: &BatchHeader, own_epoch: bool, now_ms: i64) {
        self.asked.note(batch, own_epoch, now_ms);
    }

    /// Notes a batch that is in the log. Gives the transaction that it has aborted, if it has.
    pub(crate) fn add(&mut self, batch: Produced<'_>, now_ms: i64) -> Option<AbortedTransaction> {
        let header = batch.header;
        if !header.has_producer_id() || (header.attributes.is_control() && batch.marker.is_none()) {
            return None;
        }
        self.asked.settle(header);
        let new = || Producer::new(header.producer_epoch);
        let producer = self.by_id.entry(header.producer_id).or_insert_with(new);
        producer.seen_ms = now_ms;
        if let Some(marker) = batch.marker {
            producer.enter_epoch(header.producer_epoch);
            producer.coordinator_epoch = marker.coordinator_epoch;
            producer.last_timestamp = header.max_timestamp;
            let first_offset = producer.transaction.take()?;
            return self.end(header, first_offset).filter(|_| !marker.committed);
        }
        producer.add(header);
        if header.attributes.is_transactional() && producer.transaction.is_none() {
            producer.transaction = Some(header.base_offset);
            self.open.insert(header.base_offset, header.producer_id);
        }
        None
    }

    fn end(&mut self, marker: &BatchHeader, first_offset: i64) -> Option<AbortedTransaction> {
        let last_offset = marker.base_offset;
        self.open.remove(&first_offset);
        self.ended.insert(first_offset, last_offset);
        let next = self.open.keys().next().copied();
        Some(AbortedTransaction {
            producer_id: marker.producer_id,
            first_offset,
            last_offset,
            last_stable_offset: next.unwrap_or(last_offset + 1),
        })
    }

    /// The first offset whose transaction is open to readers who see what lies below `high_watermark`.
    pub(crate) fn first_unstable(&mut self, high_watermark: i64) -> Option<i64> {
        if !self.ended.is_empty() {
            self.ended.retain(|_, marker| *marker >= high_watermark);
        }
        let (open, ended) = (self.open.keys().next(), self.ended.keys().next());
        open.into_iter().chain(ended).min().copied()
    }

    /// Puts a producer there as a snapshot has it.
    pub(crate) fn load(&mut self, producer_id: i64, producer: Producer) {
        if let Some(first_offset) = producer.transaction {
            self.open.insert(first_offset, producer_id);
        }
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
        self.asked.expire(now_ms, expiration_ms);
    }

    /// All of them, in no order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (i64, &Producer)> {
        self.by_id.iter().map(|(id, producer)| (*id, producer))
    }
}

#[cfg(test)]
mod tests;

//! What a round leaves of a batch.

use std::collections::HashMap;

use bytes::BytesMut;
use millstream_wire::records::batch::compacted;
use millstream_wire::records::{BatchHeader, Record, RecordBatch, RecordsError};

use super::copy::BUDGET;
use super::{OffsetMap, Transactions};
use crate::lock;
use crate::log::Log;

/// What a producer wrote last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastOfProducer {
    /// Records, up to this offset.
    Records(i64),
    /// Nothing but a marker in this epoch.
    Marker(i16),
}

/// What of a batch goes into the copy.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// All of it.
    AsItIs,
    /// This.
    Rewritten(BytesMut),
    /// Nothing.
    Nothing,
}

/// The rules of a round, and where in the log it is.
pub(super) struct Filter<'a> {
    pub(super) map: &'a OffsetMap,
    pub(super) transactions: Transactions,
    pub(super) last_of_producers: HashMap<i64, LastOfProducer>,
    /// The first offset that the round does not look at. The batch before it keeps its place, or the log would seem
    /// to end earlier.
    pub(super) round_end: i64,
    pub(super) now_ms: i64,
    /// From when on tombstones may go that are the last of their key now.
    pub(super) delete_horizon_ms: i64,
}

impl Filter<'_> {
    /// Goes over the next batch.
    pub(super) fn batch(&mut self, batch: &RecordBatch) -> Result<Kept, RecordsError> {
        let header = &batch.header;
        let is_control = header.attributes.is_control();
        let is_over = header.delete_horizon().is_some_and(|horizon| horizon <= self.now_ms);
        // A marker that nobody needs has its horizon set first, and goes when that is over.
        let needless =
            if is_control { self.transactions.marker(batch)? } else { self.transactions.is_aborted(batch) };
        let all_go = needless && (is_over || !is_control);
        let stays_empty = self.is_last_of_producer(header) || header.next_offset() == self.round_end;
        let mut kept = Vec::new();
        let mut has_tombstone = false;
        if !all_go {
            for record in batch.records(BUDGET)? {
                let record = record?;
                if is_control || self.stays(&record, is_over) {
                    has_tombstone |= record.value.is_none();
                    kept.push(record);
                }
            }
        }
        let waits = (needless && is_control) || (has_tombstone && !is_control);
        let sets_horizon = waits && header.delete_horizon().is_none();
        let count = i32::try_from(kept.len()).unwrap_or(i32::MAX);
        if kept.is_empty() && !stays_empty {
            Ok(Kept::Nothing)
        } else if count == header.record_count && !sets_horizon {
            Ok(Kept::AsItIs)
        } else {
            let horizon = if sets_horizon { Some(self.delete_horizon_ms) } else { header.delete_horizon() };
            compacted(header, &kept, horizon).map(Kept::Rewritten)
        }
    }

    fn stays(&self, record: &Record, horizon_is_over: bool) -> bool {
        if record.offset >= self.map.end() {
            return true;
        }
        // A record without a key is from before the topic was compacted.
        let Some(key) = &record.key else { return false };
        self.map.is_last(key, record.offset) && (record.value.is_some() || !horizon_is_over)
    }

    fn is_last_of_producer(&self, batch: &BatchHeader) -> bool {
        match self.last_of_producers.get(&batch.producer_id).filter(|_| batch.has_producer_id()) {
            Some(LastOfProducer::Records(offset)) => batch.last_offset() == *offset,
            Some(LastOfProducer::Marker(epoch)) => {
                batch.attributes.is_control() && batch.producer_epoch == *epoch
            }
            None => false,
        }
    }
}

impl Log {
    /// What each producer wrote last that the log still knows of.
    pub(super) fn last_of_producers(&self) -> HashMap<i64, LastOfProducer> {
        let writer = lock(&self.writer);
        let last = |(id, producer): (i64, &crate::producer::Producer)| {
            let records = producer.batches.last().map(|batch| LastOfProducer::Records(batch.last_offset));
            (id, records.unwrap_or(LastOfProducer::Marker(producer.epoch)))
        };
        writer.producers.iter().map(last).collect()
    }
}

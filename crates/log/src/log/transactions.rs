//! What readers of committed records may see, and which of it they have to leave out.

use std::sync::atomic::Ordering;

use millstream_wire::records::BatchHeader;

use super::{Log, ProducerView, Writer};
use crate::error::ReadError;
use crate::lock;
use crate::txn_index::AbortedTransaction;

/// No transaction is open.
pub(super) const NONE_OPEN: i64 = i64::MAX;

impl Log {
    /// Readers of committed records see offsets below this one: every transaction that has a record there has ended,
    /// and its marker is readable. Never above [`Self::high_watermark`], never goes back.
    pub fn last_stable_offset(&self) -> i64 {
        // In this order: who sees a record sees that its transaction is open.
        let high_watermark = self.high_watermark();
        let first_unstable = self.first_unstable.load(Ordering::Acquire);
        // Of an open transaction, records may have been deleted.
        high_watermark.min(first_unstable.max(self.log_start_offset()))
    }

    /// The aborted transactions that have a record in `from..to`, where `to` is not above
    /// [`Self::last_stable_offset`]: a reader of committed records leaves out what they wrote.
    ///
    /// # Errors
    /// [`ReadError::Io`].
    pub fn aborted_transactions(&self, from: i64, to: i64) -> Result<Vec<AbortedTransaction>, ReadError> {
        let mut found = Vec::new();
        for segment in self.segments_from(from) {
            if segment.aborted(from, to, &mut found)? {
                break;
            }
        }
        Ok(found)
    }

    /// How often a compaction has put a copy in the place of segments. Records and [`Self::aborted_transactions`] that
    /// were asked for between two equal answers are of one state of the log.
    pub fn swaps(&self) -> u64 {
        self.swaps.load(Ordering::Acquire)
    }

    /// The batch was refused because its transaction has not begun here, and its coordinator is asked: until there is
    /// an answer that lets it in, nothing of this producer with a higher sequence is. `own_epoch`: the client speaks
    /// the protocol in which each transaction has an epoch of its own, so that a producer of which the log knows no
    /// batch starts with sequence 0 (KIP-890).
    pub fn begin_verification(&self, batch: &BatchHeader, own_epoch: bool, now_ms: i64) {
        lock(&self.writer).producers.ask(batch, own_epoch, now_ms);
    }

    /// Every producer that the log remembers, by id.
    pub fn producers(&self) -> Vec<ProducerView> {
        let writer = lock(&self.writer);
        let view = |(producer_id, producer): (i64, &crate::producer::Producer)| ProducerView {
            producer_id,
            epoch: producer.epoch,
            last_sequence: producer.last_sequence(),
            last_timestamp: producer.last_timestamp,
            coordinator_epoch: producer.coordinator_epoch,
            transaction: producer.transaction,
        };
        let mut producers: Vec<ProducerView> = writer.producers.iter().map(view).collect();
        drop(writer);
        producers.sort_unstable_by_key(|producer| producer.producer_id);
        producers
    }

    /// Brings up to date where the first open transaction begins.
    pub(super) fn note_unstable(&self, writer: &mut Writer) {
        let first = writer.producers.first_unstable(self.high_watermark());
        self.first_unstable.store(first.unwrap_or(NONE_OPEN), Ordering::Release);
    }
}

//! Batches that wait for their transaction's coordinator before they may begin it in this partition (KIP-890).
//!
//! A client has several batches on their way. If the first is told to come again and the second is let in, the first can
//! never follow: so the lowest sequence that has asked is kept until the transaction has begun here or has ended, and
//! nothing above it is taken. Kept in memory only, like Kafka's.

use std::collections::HashMap;

use millstream_wire::records::BatchHeader;

/// Producers that are remembered: beyond that, the one that asked first is forgotten.
const MOST: usize = 1024;

/// What has asked, by producer id.
#[derive(Debug, Default)]
pub(super) struct Asked(HashMap<i64, Question>);

/// The questions of one producer.
#[derive(Debug, Clone, Copy)]
struct Question {
    epoch: i16,
    lowest_sequence: i32,
    /// The first one was asked in the protocol in which each transaction has an epoch of its own.
    own_epoch: bool,
    since_ms: i64,
}

impl Asked {
    /// The batch's transaction is not known here: its coordinator is asked now.
    pub(super) fn note(&mut self, batch: &BatchHeader, own_epoch: bool, now_ms: i64) {
        let (id, epoch, lowest_sequence) = (batch.producer_id, batch.producer_epoch, batch.base_sequence);
        if self.0.len() >= MOST && !self.0.contains_key(&id) {
            let oldest = self.0.iter().min_by_key(|(_, question)| question.since_ms).map(|(id, _)| *id);
            oldest.and_then(|id| self.0.remove(&id));
        }
        let new = Question { epoch, lowest_sequence, own_epoch, since_ms: now_ms };
        let question = self.0.entry(id).or_insert(new);
        let is_newer = epoch > question.epoch;
        if is_newer || epoch == question.epoch && lowest_sequence < question.lowest_sequence {
            (question.epoch, question.lowest_sequence) = (epoch, lowest_sequence);
        }
    }

    /// Whether the batch may come before what has asked; `has_batches`: the log knows batches of its producer.
    pub(super) fn allows(&self, batch: &BatchHeader, has_batches: bool) -> bool {
        self.0.get(&batch.producer_id).is_none_or(|question| {
            let begins_anew = question.own_epoch && !has_batches;
            batch.base_sequence <= if begins_anew { 0 } else { question.lowest_sequence }
        })
    }

    /// A batch or a marker of a transaction is in the log. A marker is of the transaction before, when the next one
    /// has an epoch of its own and has asked with it.
    pub(super) fn settle(&mut self, batch: &BatchHeader) {
        let is_of_next = |question: &Question| {
            batch.attributes.is_control() && question.own_epoch && question.epoch == batch.producer_epoch
        };
        if batch.attributes.is_transactional() && !self.0.get(&batch.producer_id).is_some_and(is_of_next) {
            self.0.remove(&batch.producer_id);
        }
    }

    /// Forgets what has asked `expiration_ms` ago, and was never let in.
    pub(super) fn expire(&mut self, now_ms: i64, expiration_ms: i64) {
        self.0.retain(|_, question| now_ms.saturating_sub(question.since_ms) < expiration_ms);
    }
}

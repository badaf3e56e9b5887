//! Which transactions were aborted, as the cleaner goes through a log, and which markers nobody needs any more.
//!
//! Records of an aborted transaction go at once. A marker stays as long as a record of its transaction was met, since
//! readers of committed records learn from it where the transaction ends.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use millstream_wire::records::{EndMarker, RecordBatch, RecordsError};

use super::CleanError;
use crate::error::{ReadError, WriteError};
use crate::segment::Segment;
use crate::txn_index::AbortedTransaction;

/// Transactions under way at the batch that was read last.
#[derive(Debug, Clone, Default)]
pub(super) struct Transactions {
    /// Aborted ones that begin later, by their first offset.
    to_come: VecDeque<AbortedTransaction>,
    /// Aborted ones by producer, and whether a batch of theirs was met.
    aborted: HashMap<i64, (AbortedTransaction, bool)>,
    /// Producers of which a batch was met whose transaction is not aborted.
    committed: HashSet<i64>,
    /// Aborted ones whose markers stay.
    kept: Vec<AbortedTransaction>,
}

impl Transactions {
    /// What the transaction indexes of these segments say.
    pub(super) fn load(segments: &[Arc<Segment>]) -> Result<Self, CleanError> {
        let mut to_come = Vec::new();
        for segment in segments {
            let unreadable = |error| match error {
                ReadError::Io { path, source } => CleanError::Disk(WriteError::new(&path, source)),
                _ => CleanError::Interrupted,
            };
            segment.aborted(i64::MIN, i64::MAX, &mut to_come).map_err(unreadable)?;
        }
        to_come.sort_by_key(|aborted| aborted.first_offset);
        Ok(Self { to_come: to_come.into(), ..Self::default() })
    }

    /// The same for a walk that begins at this offset: what ended before is left out, for its end will not be met.
    pub(super) fn from(mut self, offset: i64) -> Self {
        self.to_come.retain(|aborted| aborted.last_offset >= offset);
        self
    }

    /// Takes in a batch of records, and says whether its transaction was aborted.
    pub(super) fn is_aborted(&mut self, batch: &RecordBatch) -> bool {
        self.come_to(batch.header.last_offset());
        let producer = batch.header.producer_id;
        if !batch.header.attributes.is_transactional() {
            return false;
        }
        match self.aborted.get_mut(&producer) {
            Some((_, was_met)) => {
                *was_met = true;
                true
            }
            None => {
                self.committed.insert(producer);
                false
            }
        }
    }

    /// Takes in a control batch, and says whether nothing of its transaction is left.
    pub(super) fn marker(&mut self, batch: &RecordBatch) -> Result<bool, RecordsError> {
        self.come_to(batch.header.last_offset());
        let producer = batch.header.producer_id;
        match EndMarker::parse(&batch.bytes)? {
            // Its record went in an earlier round; or it is another kind of control batch.
            None => Ok(batch.header.record_count == 0),
            Some(EndMarker { committed: true, .. }) => Ok(!self.committed.remove(&producer)),
            Some(EndMarker { committed: false, .. }) => match self.aborted.remove(&producer) {
                Some((aborted, true)) => {
                    self.kept.push(aborted);
                    Ok(false)
                }
                _ => Ok(true),
            },
        }
    }

    /// The aborted transactions whose markers were kept since the last call: a copied segment's index.
    pub(super) fn take_kept(&mut self) -> Vec<AbortedTransaction> {
        std::mem::take(&mut self.kept)
    }

    fn come_to(&mut self, offset: i64) {
        while let Some(aborted) = self.to_come.pop_front_if(|aborted| aborted.first_offset <= offset) {
            self.aborted.entry(aborted.producer_id).or_insert((aborted, false));
        }
    }
}

/// An index's bytes.
pub(super) fn encode(aborted: &[AbortedTransaction]) -> Vec<u8> {
    let mut bytes = Vec::new();
    aborted.iter().for_each(|aborted| aborted.put(&mut bytes));
    bytes
}

//! Reading only what transactions have committed: the batches of aborted ones, and all markers, are passed over.
//!
//! A fetch tells which producers have aborted from which offset on; the producer's abort marker ends that (KIP-98).

use std::collections::BTreeSet;

use millstream_wire::records::{Budget, RecordBatch, RecordsError};

/// What a marker's key says about its transaction: two bytes version, then two of this.
const ABORT: [u8; 2] = [0, 0];

/// The aborted transactions of one fetch, as it is read from front to back.
#[derive(Debug)]
pub(crate) struct AbortedTransactions {
    /// Those whose first record is still to come, as (first offset, producer), the last one first.
    waiting: Vec<(i64, i64)>,
    /// The producers whose records are of an aborted transaction at the moment.
    open: BTreeSet<i64>,
}

impl AbortedTransactions {
    /// From (producer, first offset).
    pub(crate) fn new(aborted: &[(i64, i64)]) -> Self {
        let mut waiting: Vec<_> = aborted.iter().map(|(producer, first)| (*first, *producer)).collect();
        waiting.sort_unstable_by(|one, other| other.cmp(one));
        Self { waiting, open: BTreeSet::new() }
    }

    /// Is this batch no concern of a reader?
    pub(crate) fn passes_over(&mut self, batch: &RecordBatch, budget: Budget) -> Result<bool, RecordsError> {
        let header = &batch.header;
        while let Some((_, producer)) = self.waiting.pop_if(|(first, _)| *first <= header.base_offset) {
            self.open.insert(producer);
        }
        if header.attributes.is_control() {
            if self.open.contains(&header.producer_id) && is_abort(batch, budget)? {
                self.open.remove(&header.producer_id);
            }
            return Ok(true);
        }
        Ok(header.attributes.is_transactional() && self.open.contains(&header.producer_id))
    }
}

fn is_abort(batch: &RecordBatch, budget: Budget) -> Result<bool, RecordsError> {
    let marker = batch.records(budget)?.next().transpose()?;
    Ok(marker.and_then(|marker| marker.key).is_some_and(|key| key.get(2..4) == Some(&ABORT[..])))
}

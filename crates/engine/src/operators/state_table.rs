//! What the checkpoint asks of an operator's state, whatever its shape in memory: rows by key, and what changed.

use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::EngineError;

/// A table that its operator and the checkpoint share.
pub(crate) type SharedTable = Arc<Mutex<dyn StateTable>>;

/// What a commit has to make durable: rows written and keys removed since the last.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) written: Vec<RecordBatch>,
    pub(crate) removed: Vec<RecordBatch>,
}

/// The counts that progress shows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StateCounts {
    pub(crate) updated: u64,
    pub(crate) removed: u64,
    pub(crate) dropped_late: u64,
    pub(crate) updates_ms: u64,
    pub(crate) removals_ms: u64,
    pub(crate) commit_ms: u64,
}

impl StateCounts {
    /// The counts of two tables of one operator.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            updated: self.updated + other.updated,
            removed: self.removed + other.removed,
            dropped_late: self.dropped_late + other.dropped_late,
            updates_ms: self.updates_ms + other.updates_ms,
            removals_ms: self.removals_ms + other.removals_ms,
            commit_ms: self.commit_ms + other.commit_ms,
        }
    }
}

/// Rows by key, in memory, with a memory of what changed since the last commit.
pub(crate) trait StateTable: std::fmt::Debug + Send {
    /// All columns; those of the key come first.
    fn schema(&self) -> &SchemaRef;

    /// The key's columns.
    fn key_schema(&self) -> &SchemaRef;

    /// How many rows there are.
    fn len(&self) -> usize;

    /// Roughly how many bytes they take.
    fn bytes(&self) -> u64;

    /// Begins an epoch: counts at zero.
    fn begin(&mut self);

    /// The epoch's counts.
    fn counts(&mut self) -> &mut StateCounts;

    /// What changed since the last call. Written rows come before removed ones when it is applied.
    fn take_changes(&mut self) -> Result<Changes, EngineError>;

    /// Some of the rows from position `from` on; none behind the last.
    fn scan(&self, from: usize) -> Result<Option<RecordBatch>, EngineError>;

    /// Writes rows that come from a checkpoint; those with the same key replace what is there.
    fn insert(&mut self, batch: &RecordBatch) -> Result<(), EngineError>;

    /// Removes rows by key, as told by a checkpoint.
    fn forget(&mut self, keys: &RecordBatch) -> Result<(), EngineError>;
}

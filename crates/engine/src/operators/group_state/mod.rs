//! A user's function over the rows and the state of each group, with timeouts (`applyInPandasWithState`).
//!
//! The function runs elsewhere, behind [`GroupFunction`]. Groups with new rows are called first, then those whose time
//! is out, as in Spark.

mod due;
mod exec;
mod node;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Fields, SchemaRef};
use async_trait::async_trait;

pub(crate) use exec::GroupStateExec;
pub(crate) use node::ApplyGroups;

use crate::EngineError;

/// When a group is called without rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum GroupTimeout {
    /// Never.
    #[default]
    None,
    /// When the clock has passed the time that the group asked for.
    ProcessingTime,
    /// When the watermark has.
    EventTime,
}

/// A group to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupInput {
    /// How many rows it has; they follow those of the group before it.
    pub rows: usize,
    /// Whether it is called because its time is out. Then it has one row: its key, and nulls.
    pub timed_out: bool,
}

/// Some groups of an epoch.
#[derive(Debug, Clone)]
pub struct GroupCall {
    /// The rows of all groups, in the order of the groups.
    pub rows: RecordBatch,
    /// The places of the keys among the columns of the rows.
    pub keys: Vec<usize>,
    /// How many columns are the function's table; the rest are keys that were computed.
    pub values: usize,
    /// The groups.
    pub groups: Vec<GroupInput>,
    /// Their states: a struct a group, null where there is none.
    pub states: ArrayRef,
    /// The epoch's time, in milliseconds since 1970.
    pub batch_time_ms: i64,
    /// The watermark, in milliseconds since 1970, if the rows have one.
    pub watermark_ms: Option<i64>,
    /// Which timeouts may be asked for.
    pub timeout: GroupTimeout,
}

/// What a group asked for. One that neither changed its state nor asked for a timeout stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupOutput {
    /// Whether its state was updated or removed.
    pub changed: bool,
    /// When its time is out, in milliseconds since 1970.
    pub timeout_ms: Option<i64>,
}

/// What became of the groups of a call, in their order.
#[derive(Debug, Clone)]
pub struct GroupOutcome {
    /// The rows that the function made.
    pub rows: Vec<RecordBatch>,
    /// What each group asked for.
    pub groups: Vec<GroupOutput>,
    /// Each group's state from now on; null if it has none any more.
    pub states: ArrayRef,
}

/// The user's function.
#[async_trait]
pub trait GroupFunction: Send + Sync + std::fmt::Debug {
    /// The columns of its rows.
    fn schema(&self) -> SchemaRef;

    /// The fields of its state, all of which may be null.
    fn state_fields(&self) -> Fields;

    /// Calls it for some groups.
    ///
    /// # Errors
    /// What the function raised; the query ends with it.
    async fn apply(&self, call: GroupCall) -> Result<GroupOutcome, EngineError>;
}

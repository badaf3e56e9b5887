//! A user's function over the rows and the state of each group, with timeouts (`applyInPandasWithState`).
//!
//! The function runs elsewhere, behind [`GroupFunction`]; the state is bytes that only it understands. Groups with new
//! rows are called first, then those whose time is out, as in Spark.

mod exec;
mod node;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupInput {
    /// Where its rows begin.
    pub start: usize,
    /// How many there are; none when its time is out.
    pub rows: usize,
    /// Its state, if it has one.
    pub state: Option<Vec<u8>>,
    /// When its time is out (milliseconds since 1970), if it asked for that.
    pub timeout_ms: Option<i64>,
    /// Whether it is called because its time is out.
    pub timed_out: bool,
}

/// Some groups of an epoch.
#[derive(Debug, Clone)]
pub struct GroupCall {
    /// The rows of all groups, each group's together.
    pub rows: RecordBatch,
    /// The keys, a row a group.
    pub keys: RecordBatch,
    /// The groups.
    pub groups: Vec<GroupInput>,
    /// The epoch's time, in milliseconds since 1970.
    pub batch_time_ms: i64,
    /// The watermark, in milliseconds since 1970, if there is one.
    pub watermark_ms: Option<i64>,
    /// Which timeouts may be asked for.
    pub timeout: GroupTimeout,
}

/// What became of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupOutput {
    /// Its state from now on; none if it has none any more.
    pub state: Option<Vec<u8>>,
    /// When its time is out, in milliseconds since 1970.
    pub timeout_ms: Option<i64>,
}

/// The user's function.
#[async_trait]
pub trait GroupFunction: Send + Sync + std::fmt::Debug {
    /// The columns of its rows.
    fn schema(&self) -> SchemaRef;

    /// Calls it for some groups; gives its rows, and what became of each group, in their order.
    ///
    /// # Errors
    /// What the function raised; the query ends with it.
    async fn apply(&self, call: GroupCall) -> Result<(Vec<RecordBatch>, Vec<GroupOutput>), EngineError>;
}

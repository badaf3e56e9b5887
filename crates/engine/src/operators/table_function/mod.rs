//! A user's function over whole tables: `mapInPandas`, `applyInPandas` of groups and of two cogrouped tables.
//!
//! The function runs elsewhere, behind [`TableFunction`]. In a stream it sees each epoch's rows by themselves.

mod exec;
mod node;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;

pub(crate) use exec::TableFunctionExec;
pub(crate) use node::ApplyFunction;

use crate::EngineError;

/// The user's function.
#[async_trait]
pub trait TableFunction: Send + Sync + std::fmt::Debug {
    /// What explain calls it.
    fn name(&self) -> &'static str;

    /// The columns of its rows.
    fn schema(&self) -> SchemaRef;

    /// Its rows for these tables.
    ///
    /// # Errors
    /// What the function raised; the query ends with it.
    async fn apply(&self, tables: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, EngineError>;
}

//! Where a batch's rows go: the trait, and one file a sink.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;

use crate::{EngineError, OutputMode};

/// What one batch hands to its sink.
#[derive(Debug)]
pub struct SinkBatch {
    /// The batch's number. The same number may come again after a restart: the sink must then end up the same.
    pub batch_id: u64,
    /// The rows' schema.
    pub schema: SchemaRef,
    /// The rows; may be empty.
    pub rows: Vec<RecordBatch>,
    /// What the rows mean.
    pub output_mode: OutputMode,
}

impl SinkBatch {
    /// The number of rows.
    pub fn num_rows(&self) -> usize {
        self.rows.iter().map(RecordBatch::num_rows).sum()
    }
}

/// A sink. The Spark door brings its own for `foreachBatch`, by way of [`crate::SinkSpec::Custom`].
#[async_trait]
pub trait Sink: Send + Sync + std::fmt::Debug {
    /// As progress and explain name it, in Spark's words.
    fn description(&self) -> String;

    /// Takes a batch; idempotent by its number. Returns once the rows are as durable as the sink makes them.
    async fn add_batch(&self, batch: SinkBatch) -> Result<(), EngineError>;

    /// What the sink has to say about its last batch.
    fn metrics(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}

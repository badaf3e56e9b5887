//! The memory sink: the result as a table of the session, by the query's name.

use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::{Sink, SinkBatch};
use crate::{EngineError, OutputMode};

/// The table; readers see whole batches only.
#[derive(Debug)]
pub(crate) struct MemoryTable {
    schema: SchemaRef,
    content: RwLock<Content>,
}

#[derive(Debug, Default)]
struct Content {
    last_batch: Option<u64>,
    rows: Vec<RecordBatch>,
}

impl MemoryTable {
    /// An empty table.
    pub(crate) fn new(schema: SchemaRef) -> Self {
        Self { schema, content: RwLock::default() }
    }
}

#[async_trait]
impl TableProvider for MemoryTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = self.content.read().unwrap_or_else(PoisonError::into_inner).rows.clone();
        Ok(MemorySourceConfig::try_new_exec(&[rows], Arc::clone(&self.schema), projection.cloned())?)
    }
}

/// Writes to a [`MemoryTable`].
#[derive(Debug)]
pub(super) struct MemorySink {
    table: Arc<MemoryTable>,
}

impl MemorySink {
    pub(super) fn new(table: Arc<MemoryTable>) -> Self {
        Self { table }
    }
}

#[async_trait]
impl Sink for MemorySink {
    fn description(&self) -> String {
        "MemorySink".to_owned()
    }

    async fn add_batch(&self, batch: SinkBatch) -> Result<(), EngineError> {
        let (batch_id, output_mode) = (batch.batch_id, batch.output_mode);
        let schema = Arc::clone(&self.table.schema);
        let rows = batch
            .collect()
            .await?
            .into_iter()
            .filter(|rows| rows.num_rows() > 0)
            .map(|rows| Ok(rows.with_schema(Arc::clone(&schema))?))
            .collect::<Result<Vec<_>, EngineError>>()?;
        let mut content = self.table.content.write().unwrap_or_else(PoisonError::into_inner);
        if content.last_batch.is_some_and(|last| last >= batch_id) {
            return Ok(());
        }
        if output_mode == OutputMode::Complete {
            content.rows.clear();
        }
        content.rows.extend(rows);
        content.last_batch = Some(batch_id);
        Ok(())
    }
}

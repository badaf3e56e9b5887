//! A stream as a table of a plan: what a `TableScan` over a stream points to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::SourceSpec;
use crate::operators::EpochScanExec;

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// One `readStream...load()`. Used twice in a plan it is still one source, as in Spark.
#[derive(Debug, Clone)]
pub struct StreamTable {
    id: u64,
    spec: Arc<dyn SourceSpec>,
}

impl StreamTable {
    /// A table of a stream.
    pub fn new(spec: Arc<dyn SourceSpec>) -> Self {
        Self { id: NEXT_ID.fetch_add(1, Ordering::Relaxed), spec }
    }

    /// Tells tables apart within the process.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The source's format.
    pub fn name(&self) -> &str {
        self.spec.name()
    }

    /// The description that opens the source.
    pub fn spec(&self) -> &Arc<dyn SourceSpec> {
        &self.spec
    }

    pub(crate) fn schema_ref(&self) -> SchemaRef {
        self.spec.schema()
    }
}

#[async_trait]
impl TableProvider for StreamTable {
    fn schema(&self) -> SchemaRef {
        self.spec.schema()
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
        Ok(Arc::new(EpochScanExec::new(self.clone(), projection.cloned())?))
    }
}

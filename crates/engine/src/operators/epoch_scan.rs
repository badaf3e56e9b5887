//! The leaf of a streaming plan: each epoch puts that epoch's rows of the source into its slot.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, EmptyRecordBatchStream, ExecutionPlan, PlanProperties,
};
use futures::StreamExt as _;

use super::epoch_properties;
use crate::sources::{RowStream, StreamTable};

/// Scans what the current epoch reads from one stream.
#[derive(Debug)]
pub(crate) struct EpochScanExec {
    table: StreamTable,
    projection: Option<Vec<usize>>,
    slot: Arc<Slot>,
    properties: Arc<PlanProperties>,
}

#[derive(Default)]
struct Slot {
    rows: Mutex<Option<RowStream>>,
    count: AtomicU64,
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slot")
    }
}

impl EpochScanExec {
    /// A scan of these columns of the stream (all if `None`).
    ///
    /// # Errors
    /// A column that is not there.
    pub(crate) fn new(table: StreamTable, projection: Option<Vec<usize>>) -> Result<Self> {
        let schema = match &projection {
            Some(columns) => Arc::new(table.schema_ref().project(columns)?),
            None => table.schema_ref(),
        };
        Ok(Self { table, projection, slot: Arc::default(), properties: epoch_properties(schema) })
    }

    /// The stream that it scans.
    pub(crate) fn table(&self) -> &StreamTable {
        &self.table
    }

    /// Sets the rows of the next execution and the count of rows to zero.
    pub(crate) fn fill(&self, rows: RowStream) {
        *self.slot.rows.lock().unwrap_or_else(PoisonError::into_inner) = Some(rows);
        self.slot.count.store(0, Ordering::Relaxed);
    }

    /// How many rows were read since [`EpochScanExec::fill`].
    pub(crate) fn rows_read(&self) -> u64 {
        self.slot.count.load(Ordering::Relaxed)
    }
}

impl DisplayAs for EpochScanExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let schema = self.properties.equivalence_properties().schema();
        let columns: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(f, "MicroBatchScan[{}] {}", columns.join(", "), self.table.name())
    }
}

impl ExecutionPlan for EpochScanExec {
    fn name(&self) -> &'static str {
        "MicroBatchScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _partition: usize, _context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let schema: SchemaRef = self.schema();
        let Some(rows) = self.slot.rows.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Ok(Box::pin(EmptyRecordBatchStream::new(schema)));
        };
        let projection = self.projection.clone();
        let slot = Arc::clone(&self.slot);
        let counted = rows.map(move |batch| {
            let batch = batch?;
            slot.count.fetch_add(u64::try_from(batch.num_rows()).unwrap_or(u64::MAX), Ordering::Relaxed);
            match &projection {
                Some(columns) => Ok(batch.project(columns)?),
                None => Ok(batch),
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, counted)))
    }
}

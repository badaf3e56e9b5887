//! First half of a stateful aggregation: drops late groups, adds the stored rows of the groups that come by.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, not};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{StreamExt as _, stream};

use super::event_time::{event_time_us, is_behind};
use super::stateful_plan::StatefulOperator;
use super::{StateStore, epoch_properties};
use crate::EngineError;

/// Adds to each batch of partial rows the stored rows of the same keys.
#[derive(Debug)]
pub(crate) struct StateRestoreExec {
    input: Arc<dyn ExecutionPlan>,
    operator: Arc<StatefulOperator>,
    properties: Arc<PlanProperties>,
}

impl StateRestoreExec {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, operator: Arc<StatefulOperator>) -> Self {
        let properties = epoch_properties(input.schema());
        Self { input, operator, properties }
    }
}

/// The rows of a batch whose event time is not behind the watermark; the others are counted.
fn drop_late(
    batch: RecordBatch,
    store: &mut StateStore,
    watermark_ms: Option<i64>,
) -> Result<RecordBatch, EngineError> {
    let (Some(column), Some(watermark_ms)) = (store.event_time(), watermark_ms) else { return Ok(batch) };
    let Some(times) = batch.columns().get(column) else { return Ok(batch) };
    let late: BooleanArray = is_behind(&event_time_us(times)?, watermark_ms);
    if late.true_count() == 0 {
        return Ok(batch);
    }
    store.counts.dropped_late += u64::try_from(late.true_count()).unwrap_or(0);
    Ok(filter_record_batch(&batch, &not(&late)?)?)
}

fn restore(operator: &StatefulOperator, batch: RecordBatch) -> Result<Vec<RecordBatch>, EngineError> {
    let mut store = operator.store.lock().unwrap_or_else(PoisonError::into_inner);
    let started = Instant::now();
    let batch = drop_late(batch, &mut store, operator.late_watermark_ms())?;
    let stored = store.restore(&batch)?;
    store.counts.updates_ms += u64::try_from(started.elapsed().as_millis()).unwrap_or(0);
    Ok(std::iter::once(batch).chain(stored).collect())
}

impl DisplayAs for StateRestoreExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StateStoreRestore [{}]", self.operator.key_names())
    }
}

impl ExecutionPlan for StateRestoreExec {
    fn name(&self) -> &'static str {
        "StateStoreRestore"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(input, Arc::clone(&self.operator))))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let operator = Arc::clone(&self.operator);
        let schema = self.schema();
        let renamed = Arc::clone(&schema);
        let rows = self.input.execute(partition, context)?.flat_map(move |batch| {
            let batches: Vec<Result<RecordBatch>> =
                match batch.and_then(|batch| restore(&operator, batch).map_err(Into::into)) {
                    Ok(batches) => batches
                        .into_iter()
                        .map(|batch| batch.with_schema(Arc::clone(&renamed)).map_err(Into::into))
                        .collect(),
                    Err(error) => vec![Err(error)],
                };
            stream::iter(batches)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

//! First half of a stateful aggregation: drops late groups, adds the stored rows of the groups that come by.

use std::fmt::Formatter;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, not};
use arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt as _, stream};

use super::StateStore;
use super::event_time::{event_time_us, is_behind};
use super::stateful_operator::Keyed;
use super::unary::{UnaryExec, UnaryOperator};
use crate::EngineError;

/// Adds to each batch of partial rows the stored rows of the same keys.
#[derive(Debug)]
pub(crate) struct RestoreState(Keyed);

/// Its plan node.
pub(crate) type StateRestoreExec = UnaryExec<RestoreState>;

impl StateRestoreExec {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, operator: Keyed) -> Self {
        let schema = input.schema();
        Self::over(input, schema, Arc::new(RestoreState(operator)))
    }
}

/// The rows of a batch whose event time is not behind the watermark; the others are counted.
pub(super) fn drop_late(
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

fn restore(operator: &Keyed, batch: RecordBatch) -> Result<Vec<RecordBatch>, EngineError> {
    let mut store = operator.store.lock().unwrap_or_else(PoisonError::into_inner);
    let started = Instant::now();
    let batch = drop_late(batch, &mut store, operator.late_watermark_ms())?;
    let stored = store.restore(&batch)?;
    store.counts.updates_ms += u64::try_from(started.elapsed().as_millis()).unwrap_or(0);
    Ok(std::iter::once(batch).chain(stored).collect())
}

impl UnaryOperator for RestoreState {
    const NAME: &'static str = "StateStoreRestore";

    fn describe(&self, _schema: &SchemaRef, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "StateStoreRestore [{}]", self.0.key_names())
    }

    fn run(
        self: Arc<Self>,
        input: SendableRecordBatchStream,
        schema: SchemaRef,
    ) -> Result<SendableRecordBatchStream> {
        let renamed = Arc::clone(&schema);
        let rows = input.flat_map(move |batch| {
            let batches: Vec<Result<RecordBatch>> =
                match batch.and_then(|batch| restore(&self.0, batch).map_err(Into::into)) {
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

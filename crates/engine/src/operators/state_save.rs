//! Second half of a stateful aggregation: stores the reduced rows and emits what the output mode asks for.
//!
//! Complete: all stored rows. Update: the rows of this epoch. Append: the rows that the watermark has closed.

use std::fmt::Formatter;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt as _, stream};

use super::state_table::StateTable as _;
use super::stateful_operator::{Keyed, StatefulOperator};
use super::unary::{UnaryExec, UnaryOperator};
use crate::{EngineError, OutputMode};

/// Stores rows by key.
#[derive(Debug)]
pub(crate) struct SaveState(Keyed);

/// Its plan node.
pub(crate) type StateSaveExec = UnaryExec<SaveState>;

impl StateSaveExec {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, operator: Keyed) -> Self {
        let schema = input.schema();
        Self::over(input, schema, Arc::new(SaveState(operator)))
    }

    /// Its state.
    pub(crate) fn operator(&self) -> &Arc<StatefulOperator> {
        &self.operator.0.operator
    }
}

/// Where the emission after the epoch's last input stands.
enum Stage {
    Input(SendableRecordBatchStream),
    Scan(usize),
    Evicted(std::vec::IntoIter<RecordBatch>),
}

impl Keyed {
    fn put(&self, batch: &RecordBatch) -> Result<(), EngineError> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let started = Instant::now();
        store.put(batch)?;
        store.counts.updates_ms += u64::try_from(started.elapsed().as_millis()).unwrap_or(0);
        Ok(())
    }

    fn after_input(&self) -> Result<Stage, EngineError> {
        if self.output_mode == OutputMode::Complete {
            return Ok(Stage::Scan(0));
        }
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let started = Instant::now();
        let gone = match self.eviction_watermark_ms() {
            Some(watermark_ms) => store.evict(watermark_ms)?,
            None => Vec::new(),
        };
        store.counts.removals_ms += u64::try_from(started.elapsed().as_millis()).unwrap_or(0);
        let emitted = if self.output_mode == OutputMode::Append { gone } else { Vec::new() };
        Ok(Stage::Evicted(emitted.into_iter()))
    }

    /// The next batch to emit and where to go on.
    async fn emit(&self, mut stage: Stage) -> Result<Option<(RecordBatch, Stage)>> {
        loop {
            stage = match stage {
                Stage::Input(mut input) => match input.next().await.transpose()? {
                    Some(batch) => {
                        self.put(&batch)?;
                        if self.output_mode == OutputMode::Update {
                            return Ok(Some((batch, Stage::Input(input))));
                        }
                        Stage::Input(input)
                    }
                    None => self.after_input()?,
                },
                Stage::Scan(from) => {
                    let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
                    let batch = store.scan(from)?;
                    return Ok(batch.map(|batch| {
                        let next = from + batch.num_rows();
                        (batch, Stage::Scan(next))
                    }));
                }
                Stage::Evicted(mut gone) => {
                    return Ok(gone.next().map(|batch| (batch, Stage::Evicted(gone))));
                }
            }
        }
    }
}

impl UnaryOperator for SaveState {
    const NAME: &'static str = "StateStoreSave";

    fn describe(&self, _schema: &SchemaRef, f: &mut Formatter<'_>) -> std::fmt::Result {
        let mode = match self.0.output_mode {
            OutputMode::Append => "Append",
            OutputMode::Update => "Update",
            OutputMode::Complete => "Complete",
        };
        write!(f, "StateStoreSave [{}], {mode}", self.0.key_names())
    }

    fn run(
        self: Arc<Self>,
        input: SendableRecordBatchStream,
        schema: SchemaRef,
    ) -> Result<SendableRecordBatchStream> {
        let renamed = Arc::clone(&schema);
        let rows = stream::try_unfold(Stage::Input(input), move |stage| {
            let operator = self.0.clone();
            async move { operator.emit(stage).await }
        })
        .map(move |batch| {
            batch.and_then(|b| b.with_schema(Arc::clone(&renamed)).map_err(DataFusionError::from))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

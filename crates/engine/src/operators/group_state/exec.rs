//! The function at work: its groups of one epoch, and their state.

use std::collections::HashMap;
use std::fmt::Formatter;
use std::sync::{Arc, PoisonError};

use arrow::array::{Array as _, ArrayRef, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, filter_record_batch, not, take, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{TryStreamExt as _, stream};

use super::due::{due, next_due, rows_of_keys};
use super::{ApplyGroups, GroupCall, GroupFunction, GroupInput, GroupOutcome, GroupTimeout};
use crate::operators::event_time::{event_time_column, event_time_us, is_behind};
use crate::operators::rows_by_group;
use crate::operators::state_store::StateStore;
use crate::operators::state_table::StateTable as _;
use crate::operators::stateful_operator::{Keyed, StatefulOperator};
use crate::operators::unary::{UnaryExec, UnaryOperator};
use crate::{EngineError, OutputMode};

/// The operator.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
    keys: Vec<usize>,
    values: usize,
    function: Arc<dyn GroupFunction>,
    timeout: GroupTimeout,
    state: Option<Keyed>,
}

/// Its plan node.
pub(crate) type GroupStateExec = UnaryExec<Groups>;

impl GroupStateExec {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, node: &ApplyGroups) -> Self {
        let groups = Groups {
            keys: node.keys().to_vec(),
            values: node.values(),
            function: Arc::clone(&node.function),
            timeout: node.timeout,
            state: None,
        };
        Self::over(input, groups.function.schema(), Arc::new(groups))
    }

    /// The same node with state.
    pub(in crate::operators) fn with_state(&self, output_mode: OutputMode) -> Result<Arc<dyn ExecutionPlan>> {
        let mut groups = self.operator.as_ref().clone();
        let keys = self.input.schema().project(&groups.keys)?;
        // Only the function says when a group goes: a key with a watermark must not make it go by itself.
        let keys =
            keys.fields().iter().map(|key| Arc::new(key.as_ref().clone().with_metadata(HashMap::new())));
        let state = DataType::Struct(groups.function.state_fields());
        let value = [Field::new("__state", state, true), Field::new("__timeout", DataType::Int64, true)];
        let fields = keys.chain(value.into_iter().map(Arc::new));
        let store = StateStore::new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), groups.keys.len())?;
        let by_event_time = groups.timeout == GroupTimeout::EventTime;
        let keyed = Keyed::timed("applyInPandasWithState", store, output_mode, by_event_time);
        if groups.timeout == GroupTimeout::ProcessingTime {
            keyed.set_due(0);
        }
        groups.state = Some(keyed);
        Ok(Arc::new(Self::over(Arc::clone(&self.input), groups.function.schema(), Arc::new(groups))))
    }

    /// Its state, if it has one.
    pub(in crate::operators) fn operator(&self) -> Option<&Arc<StatefulOperator>> {
        self.operator.state.as_ref().map(|state| &state.operator)
    }
}

/// Some groups to be called, and the keys under which their states are kept.
struct Asked {
    call: GroupCall,
    keys: RecordBatch,
}

impl Groups {
    fn state(&self) -> Result<&Keyed, EngineError> {
        self.state.as_ref().ok_or_else(|| {
            EngineError::unsupported(
                "applyInPandasWithState is unsupported in batch query. Use applyInPandas instead.",
            )
        })
    }

    /// One epoch.
    async fn epoch(&self, rows: RecordBatch) -> Result<Vec<RecordBatch>, EngineError> {
        let (keyed, schema) = (self.state()?, rows.schema());
        let mut made = Vec::new();
        let rows = self.without_late(keyed, rows)?;
        if rows.num_rows() > 0 {
            let asked = self.with_rows(keyed, &rows)?;
            made.extend(self.called(keyed, asked).await?);
        }
        if let Some(asked) = self.timed_out(keyed, &schema)? {
            made.extend(self.called(keyed, asked).await?);
        }
        if self.timeout == GroupTimeout::ProcessingTime {
            keyed.set_due(next_due(keyed)?);
        }
        Ok(made)
    }

    /// Late rows go only where timeouts are by event time: elsewhere nothing hangs on the watermark.
    fn without_late(&self, keyed: &Keyed, rows: RecordBatch) -> Result<RecordBatch, EngineError> {
        let column = event_time_column(&rows.schema()).and_then(|column| rows.columns().get(column));
        let (GroupTimeout::EventTime, Some(times), Some(watermark_ms)) =
            (self.timeout, column, keyed.late_watermark_ms())
        else {
            return Ok(rows);
        };
        let late = is_behind(&event_time_us(times)?, watermark_ms);
        let mut store = keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.counts.dropped_late += u64::try_from(late.true_count()).unwrap_or(0);
        Ok(filter_record_batch(&rows, &not(&late)?)?)
    }

    /// The groups with new rows.
    fn with_rows(&self, keyed: &Keyed, rows: &RecordBatch) -> Result<Asked, EngineError> {
        let (rows, spans) = rows_by_group(rows, &self.keys)?;
        let firsts: UInt32Array = spans.iter().filter_map(|span| u32::try_from(span.start).ok()).collect();
        let keys = take_record_batch(&rows.project(&self.keys)?, &firsts)?;
        let store = keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, places) = store.get(&keys)?;
        drop(store);
        let places: UInt32Array =
            places.into_iter().map(|place| place.and_then(|place| u32::try_from(place).ok())).collect();
        let states = take(self.states_of(&found)?, &places, None)?;
        let groups = spans.iter().map(|span| GroupInput { rows: span.rows, timed_out: false }).collect();
        Ok(Asked { call: self.call(keyed, rows, groups, states), keys })
    }

    /// The groups whose time is out.
    fn timed_out(&self, keyed: &Keyed, schema: &SchemaRef) -> Result<Option<Asked>, EngineError> {
        let limit_ms = match self.timeout {
            GroupTimeout::None => return Ok(None),
            GroupTimeout::ProcessingTime => keyed.batch_time_ms(),
            GroupTimeout::EventTime => keyed.watermark_ms(),
        };
        let stored = due(keyed, limit_ms)?;
        if stored.num_rows() == 0 {
            return Ok(None);
        }
        let rows = rows_of_keys(&stored, schema, &self.keys)?;
        let groups = vec![GroupInput { rows: 1, timed_out: true }; stored.num_rows()];
        let states = Arc::clone(self.states_of(&stored)?);
        let keys = stored.project(&(0..self.keys.len()).collect::<Vec<_>>())?;
        Ok(Some(Asked { call: self.call(keyed, rows, groups, states), keys }))
    }

    fn states_of<'a>(&self, stored: &'a RecordBatch) -> Result<&'a ArrayRef, EngineError> {
        stored
            .columns()
            .get(self.keys.len())
            .ok_or_else(|| EngineError::execution("the state of a group has another shape"))
    }

    fn call(&self, keyed: &Keyed, rows: RecordBatch, groups: Vec<GroupInput>, states: ArrayRef) -> GroupCall {
        let watermark_ms = event_time_column(&rows.schema()).map(|_| keyed.watermark_ms());
        GroupCall {
            rows,
            keys: self.keys.clone(),
            values: self.values,
            groups,
            states,
            batch_time_ms: keyed.batch_time_ms(),
            watermark_ms,
            timeout: self.timeout,
        }
    }

    async fn called(&self, keyed: &Keyed, asked: Asked) -> Result<Vec<RecordBatch>, EngineError> {
        let count = asked.call.groups.len();
        let outcome = self.function.apply(asked.call).await?;
        let (answers, states) = (outcome.groups.len(), outcome.states.len());
        if answers != count || states != count {
            return Err(EngineError::execution(format!(
                "the function answered for {answers} groups with {states} states instead of {count}"
            )));
        }
        keep(keyed, &asked.keys, &outcome)?;
        Ok(outcome.rows)
    }
}

/// Writes down what became of the groups with these keys.
fn keep(keyed: &Keyed, keys: &RecordBatch, outcome: &GroupOutcome) -> Result<(), EngineError> {
    let (mut touched, mut kept, mut timeouts) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (row, group)) in (0_u32..).zip(outcome.groups.iter().enumerate()) {
        if !group.changed && group.timeout_ms.is_none() {
            continue;
        }
        touched.push(place);
        if outcome.states.is_valid(row) || group.timeout_ms.is_some() {
            kept.push(place);
            timeouts.push(group.timeout_ms);
        }
    }
    let removed = touched.len() - kept.len();
    let (touched, kept) = (UInt32Array::from(touched), UInt32Array::from(kept));
    let mut columns = take_record_batch(keys, &kept)?.columns().to_vec();
    columns.push(take(&outcome.states, &kept, None)?);
    columns.push(Arc::new(Int64Array::from(timeouts)));
    let mut store = keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
    store.take(&take_record_batch(keys, &touched)?)?;
    let rows = RecordBatch::try_new(Arc::clone(store.schema()), columns)?;
    store.put(&rows)?;
    store.counts.removed += u64::try_from(removed).unwrap_or(0);
    Ok(())
}

impl UnaryOperator for Groups {
    const NAME: &'static str = "FlatMapGroupsInPandasWithState";

    fn describe(&self, _schema: &SchemaRef, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "FlatMapGroupsInPandasWithState {:?}", self.timeout)
    }

    fn run(
        self: Arc<Self>,
        input: SendableRecordBatchStream,
        schema: SchemaRef,
    ) -> Result<SendableRecordBatchStream> {
        let made = async move {
            let rows_schema = input.schema();
            let batches: Vec<RecordBatch> = input.try_collect().await?;
            let rows = concat_batches(&rows_schema, &batches)?;
            Ok::<_, DataFusionError>(stream::iter(self.epoch(rows).await?.into_iter().map(Ok)))
        };
        let rows = futures::stream::once(made).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

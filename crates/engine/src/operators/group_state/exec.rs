//! The function at work: its groups of one epoch, and their state.

use std::collections::{HashMap, HashSet};
use std::fmt::Formatter;
use std::sync::{Arc, PoisonError};

use arrow::array::{Array as _, ArrayRef, AsArray as _, BinaryArray, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{TryStreamExt as _, stream};

use super::{ApplyGroups, GroupCall, GroupFunction, GroupInput, GroupOutput, GroupTimeout};
use crate::operators::state_store::StateStore;
use crate::operators::state_table::StateTable as _;
use crate::operators::stateful_operator::{Keyed, StatefulOperator};
use crate::operators::unary::{UnaryExec, UnaryOperator};
use crate::{EngineError, OutputMode};

/// The operator.
#[derive(Debug)]
pub(crate) struct Groups {
    keys: Vec<usize>,
    function: Arc<dyn GroupFunction>,
    timeout: GroupTimeout,
    state: Option<Keyed>,
}

/// Its plan node.
pub(crate) type GroupStateExec = UnaryExec<Groups>;

impl GroupStateExec {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, node: &ApplyGroups) -> Result<Self> {
        let (keys, function) = (node.key_indices()?, Arc::clone(&node.function));
        let schema = function.schema();
        Ok(Self::over(input, schema, Arc::new(Groups { keys, function, timeout: node.timeout, state: None })))
    }

    /// The same node with state.
    pub(in crate::operators) fn with_state(&self, output_mode: OutputMode) -> Result<Arc<dyn ExecutionPlan>> {
        let groups = &self.operator;
        let keys = self.input.schema().project(&groups.keys)?;
        let value =
            [Field::new("__state", DataType::Binary, true), Field::new("__timeout", DataType::Int64, true)];
        let fields = keys.fields().iter().cloned().chain(value.into_iter().map(Arc::new));
        let store = StateStore::new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), groups.keys.len())?;
        let by_event_time = groups.timeout == GroupTimeout::EventTime;
        let keyed = Keyed::timed("applyInPandasWithState", store, output_mode, by_event_time);
        if groups.timeout == GroupTimeout::ProcessingTime {
            keyed.set_due(0);
        }
        let operator = Groups {
            keys: groups.keys.clone(),
            function: Arc::clone(&groups.function),
            timeout: groups.timeout,
            state: Some(keyed),
        };
        Ok(Arc::new(Self::over(Arc::clone(&self.input), self.operator.function.schema(), Arc::new(operator))))
    }

    /// Its state, if it has one.
    pub(in crate::operators) fn operator(&self) -> Option<&Arc<StatefulOperator>> {
        self.operator.state.as_ref().map(|state| &state.operator)
    }
}

/// The rows with each group's together, and where each group begins and ends.
fn grouped(rows: &RecordBatch, keys: &[usize]) -> Result<(RecordBatch, Vec<(usize, usize)>), EngineError> {
    let by_key = rows.project(keys)?;
    let fields = by_key.columns().iter().map(|c| SortField::new(c.data_type().clone())).collect();
    let encoded = RowConverter::new(fields)?.convert_columns(by_key.columns())?;
    let mut groups: HashMap<&[u8], usize> = HashMap::new();
    let mut members: Vec<Vec<u32>> = Vec::new();
    for (place, row) in (0_u32..).zip(0..rows.num_rows()) {
        let group = *groups.entry(encoded.row(row).data()).or_insert_with(|| {
            members.push(Vec::new());
            members.len() - 1
        });
        if let Some(members) = members.get_mut(group) {
            members.push(place);
        }
    }
    let mut spans = Vec::with_capacity(members.len());
    let mut start = 0;
    for group in &members {
        spans.push((start, group.len()));
        start += group.len();
    }
    let order: UInt32Array = members.into_iter().flatten().collect();
    Ok((take_record_batch(rows, &order)?, spans))
}

/// A stored group: its state and when its time is out.
type Stored = (Option<Vec<u8>>, Option<i64>);

/// The values of stored rows.
fn stored(rows: &RecordBatch, keys: usize) -> Result<Vec<Stored>, EngineError> {
    let torn = || EngineError::execution("the state of a group has another shape");
    let state = rows.columns().get(keys).and_then(|c| c.as_binary_opt::<i32>()).ok_or_else(torn)?;
    let timeout =
        rows.columns().get(keys + 1).and_then(|c| c.as_primitive_opt::<Int64Type>()).ok_or_else(torn)?;
    let each = (0..rows.num_rows()).map(|row| {
        let state = state.is_valid(row).then(|| state.value(row).to_vec());
        (state, timeout.is_valid(row).then(|| timeout.value(row)))
    });
    Ok(each.collect())
}

impl Groups {
    fn state(&self) -> Result<&Keyed, EngineError> {
        self.state.as_ref().ok_or_else(|| {
            EngineError::unsupported("applyInPandasWithState is for streaming DataFrames: this one is not")
        })
    }

    /// One epoch.
    async fn epoch(&self, rows: RecordBatch) -> Result<Vec<RecordBatch>, EngineError> {
        let keyed = self.state()?;
        let mut made = Vec::new();
        let mut called = HashSet::new();
        if rows.num_rows() > 0 {
            let call = self.call_with_rows(keyed, &rows, &mut called)?;
            made.extend(self.call(keyed, call).await?);
        }
        if let Some(call) = self.call_timed_out(keyed, &rows.schema(), &called)? {
            made.extend(self.call(keyed, call).await?);
        }
        if self.timeout == GroupTimeout::ProcessingTime {
            keyed.set_due(self.next_due(keyed)?);
        }
        Ok(made)
    }

    fn call_with_rows(
        &self,
        keyed: &Keyed,
        rows: &RecordBatch,
        called: &mut HashSet<Vec<u8>>,
    ) -> Result<GroupCall, EngineError> {
        let (rows, spans) = grouped(rows, &self.keys)?;
        let firsts: UInt32Array = spans.iter().filter_map(|(start, _)| u32::try_from(*start).ok()).collect();
        let keys = take_record_batch(&rows.project(&self.keys)?, &firsts)?;
        let store = keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, places) = store.get(&keys)?;
        called.extend(store.encoded(&keys)?);
        drop(store);
        let values = stored(&found, self.keys.len())?;
        let groups = spans.into_iter().zip(places).map(|((start, rows), place)| {
            let (state, timeout_ms) = place.and_then(|place| values.get(place).cloned()).unwrap_or_default();
            GroupInput { start, rows, state, timeout_ms, timed_out: false }
        });
        Ok(self.on(keyed, rows, keys, groups.collect()))
    }

    /// The groups whose time is out and that had no rows.
    fn call_timed_out(
        &self,
        keyed: &Keyed,
        schema: &SchemaRef,
        called: &HashSet<Vec<u8>>,
    ) -> Result<Option<GroupCall>, EngineError> {
        let limit_ms = match self.timeout {
            GroupTimeout::None => return Ok(None),
            GroupTimeout::ProcessingTime => keyed.batch_time_ms(),
            GroupTimeout::EventTime => keyed.eviction_watermark_ms().unwrap_or(0).saturating_sub(1),
        };
        let store = keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut from, mut keys, mut groups) = (0, Vec::new(), Vec::new());
        while let Some(batch) = store.scan(from)? {
            from += batch.num_rows();
            let by_key = batch.project(&(0..self.keys.len()).collect::<Vec<_>>())?;
            let encoded = store.encoded(&by_key)?;
            let mut due: Vec<u32> = Vec::new();
            let values = stored(&batch, self.keys.len())?;
            for ((place, (state, timeout_ms)), key) in (0_u32..).zip(values).zip(encoded) {
                if timeout_ms.is_some_and(|at| at <= limit_ms) && !called.contains(&key) {
                    due.push(place);
                    groups.push(GroupInput { start: 0, rows: 0, state, timeout_ms, timed_out: true });
                }
            }
            keys.push(take_record_batch(&by_key, &UInt32Array::from(due))?);
        }
        drop(store);
        if groups.is_empty() {
            return Ok(None);
        }
        let key_schema = Arc::new(schema.project(&self.keys)?);
        let keys = keys.into_iter().map(|keys| keys.with_schema(Arc::clone(&key_schema)));
        let keys = concat_batches(&key_schema, &keys.collect::<std::result::Result<Vec<_>, _>>()?)?;
        Ok(Some(self.on(keyed, RecordBatch::new_empty(Arc::clone(schema)), keys, groups)))
    }

    fn on(&self, keyed: &Keyed, rows: RecordBatch, keys: RecordBatch, groups: Vec<GroupInput>) -> GroupCall {
        GroupCall {
            rows,
            keys,
            groups,
            batch_time_ms: keyed.batch_time_ms(),
            watermark_ms: keyed.eviction_watermark_ms(),
            timeout: self.timeout,
        }
    }

    async fn call(&self, keyed: &Keyed, call: GroupCall) -> Result<Vec<RecordBatch>, EngineError> {
        let keys = call.keys.clone();
        let count = call.groups.len();
        let (rows, outputs) = self.function.apply(call).await?;
        if outputs.len() != count {
            return Err(EngineError::execution(format!(
                "the function answered for {} groups instead of {count}",
                outputs.len()
            )));
        }
        let mut store = keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.take(&keys)?;
        let kept: Vec<(u32, &GroupOutput)> = (0_u32..)
            .zip(&outputs)
            .filter(|(_, output)| output.state.is_some() || output.timeout_ms.is_some())
            .collect();
        let places: UInt32Array = kept.iter().map(|(place, _)| *place).collect();
        let states: BinaryArray = kept.iter().map(|(_, output)| output.state.as_deref()).collect();
        let timeouts: Int64Array = kept.iter().map(|(_, output)| output.timeout_ms).collect();
        let mut columns = take_record_batch(&keys, &places)?.columns().to_vec();
        columns.extend([Arc::new(states) as ArrayRef, Arc::new(timeouts) as ArrayRef]);
        let rows_to_keep = RecordBatch::try_new(Arc::clone(store.schema()), columns)?;
        store.put(&rows_to_keep)?;
        Ok(rows)
    }

    /// When the next group's time is out, in milliseconds since 1970.
    fn next_due(&self, keyed: &Keyed) -> Result<i64, EngineError> {
        let store = keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut from, mut next) = (0, i64::MAX);
        while let Some(batch) = store.scan(from)? {
            from += batch.num_rows();
            let due = stored(&batch, self.keys.len())?.into_iter().filter_map(|(_, at)| at).min();
            next = next.min(due.unwrap_or(i64::MAX));
        }
        Ok(next)
    }
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

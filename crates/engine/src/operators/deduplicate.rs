//! `dropDuplicates`: passes the first row of each key on, now and in every later epoch.

use std::collections::HashSet;
use std::fmt::Formatter;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use datafusion::common::{Column, DFSchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt as _, stream};

use super::StateStore;
use super::event_time::delay_ms;
use super::stateful_operator::{Keyed, StatefulOperator};
use super::unary::{UnaryExec, UnaryOperator};
use crate::{EngineError, OutputMode};

/// Rows with equal `columns` are one row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Deduplicate {
    input: Arc<LogicalPlan>,
    columns: Vec<Column>,
}

impl PartialOrd for Deduplicate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.columns.partial_cmp(&other.columns)
    }
}

impl Deduplicate {
    /// The node over `input`.
    pub(crate) fn new(input: Arc<LogicalPlan>, columns: Vec<Column>) -> Self {
        Self { input, columns }
    }

    /// The places of the columns in the input.
    pub(crate) fn key_indices(&self) -> Result<Vec<usize>> {
        self.columns.iter().map(|column| self.input.schema().index_of_column(column)).collect()
    }
}

impl UserDefinedLogicalNodeCore for Deduplicate {
    fn name(&self) -> &'static str {
        "Deduplicate"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        self.columns.iter().cloned().map(Expr::Column).collect()
    }

    fn fmt_for_explain(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
        write!(f, "Deduplicate [{}]", names.join(", "))
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let columns = exprs
            .into_iter()
            .map(|expr| match expr {
                Expr::Column(column) => Ok(column),
                other => Err(DataFusionError::Internal(format!("Deduplicate by {other}"))),
            })
            .collect::<Result<Vec<_>>>()?;
        match inputs.into_iter().next() {
            Some(input) => Ok(Self::new(Arc::new(input), columns)),
            None => Err(DataFusionError::Internal("Deduplicate without input".to_owned())),
        }
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let mut columns = output_columns.to_vec();
        columns.extend(self.key_indices().ok()?);
        columns.sort_unstable();
        columns.dedup();
        Some(vec![columns])
    }
}

/// Whether a node is a deduplication whose keys hold an event time.
pub(crate) fn is_timed_deduplicate(node: &dyn UserDefinedLogicalNode) -> bool {
    node.as_any().downcast_ref::<Deduplicate>().is_some_and(|node| {
        let fields = node.key_indices().unwrap_or_default();
        fields.into_iter().any(|place| delay_ms(node.input.schema().field(place)).is_some())
    })
}

/// The first row of each key. Without state (a batch query) it remembers one execution only.
#[derive(Debug)]
pub(crate) struct FirstOfEachKey {
    keys: Vec<usize>,
    state: Option<Keyed>,
}

/// Its plan node.
pub(crate) type DeduplicateExec = UnaryExec<FirstOfEachKey>;

impl DeduplicateExec {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, keys: Vec<usize>) -> Self {
        let schema = input.schema();
        Self::over(input, schema, Arc::new(FirstOfEachKey { keys, state: None }))
    }

    /// The same node with state.
    pub(super) fn with_state(&self, output_mode: OutputMode) -> Result<Arc<dyn ExecutionPlan>> {
        let (schema, keys) = (self.input.schema(), self.operator.keys.clone());
        let store = StateStore::new(Arc::new(schema.project(&keys)?), keys.len())?;
        let state = Some(Keyed::new("dedupe", store, output_mode));
        let operator = FirstOfEachKey { keys, state };
        Ok(Arc::new(Self::over(Arc::clone(&self.input), schema, Arc::new(operator))))
    }

    /// Its state, if it has one.
    pub(super) fn operator(&self) -> Option<&Arc<StatefulOperator>> {
        self.operator.state.as_ref().map(|state| &state.operator)
    }
}

/// The rows that are new, in this batch and to the state, and that are not late.
fn fresh(operator: &Keyed, keys: &[usize], batch: &RecordBatch) -> Result<RecordBatch, EngineError> {
    let mut store = operator.store.lock().unwrap_or_else(PoisonError::into_inner);
    let started = Instant::now();
    let event_time = keys
        .iter()
        .copied()
        .find(|i| batch.schema().fields().get(*i).is_some_and(|field| delay_ms(field).is_some()));
    let batch = match event_time {
        Some(_) => {
            let by_key = batch.project(keys)?;
            let kept = late_mask(&by_key, &mut store, operator.late_watermark_ms())?;
            filter_record_batch(batch, &kept)?
        }
        None => batch.clone(),
    };
    let by_key = batch.project(keys)?;
    let known = store.contains(&by_key)?;
    let first = first_of_each(&by_key)?;
    let wanted: BooleanArray = known.iter().zip(first).map(|(known, first)| Some(!known && first)).collect();
    store.put(&filter_record_batch(&by_key, &wanted)?)?;
    store.counts.updates_ms += u64::try_from(started.elapsed().as_millis()).unwrap_or(0);
    Ok(filter_record_batch(&batch, &wanted)?)
}

fn late_mask(
    by_key: &RecordBatch,
    store: &mut StateStore,
    watermark_ms: Option<i64>,
) -> Result<BooleanArray, EngineError> {
    let (Some(column), Some(watermark_ms)) = (store.event_time(), watermark_ms) else {
        return Ok(vec![true; by_key.num_rows()].into());
    };
    let Some(times) = by_key.columns().get(column) else { return Ok(vec![true; by_key.num_rows()].into()) };
    let late = super::event_time::is_behind(&super::event_time::event_time_us(times)?, watermark_ms);
    store.counts.dropped_late += u64::try_from(late.true_count()).unwrap_or(0);
    Ok(arrow::compute::not(&late)?)
}

/// For each row, whether its key did not come earlier in the batch.
fn first_of_each(by_key: &RecordBatch) -> Result<Vec<bool>, EngineError> {
    let schema: Arc<Schema> = by_key.schema();
    let fields = schema.fields().iter().map(|field| SortField::new(field.data_type().clone())).collect();
    let rows = RowConverter::new(fields)?.convert_columns(by_key.columns())?;
    let mut seen = HashSet::with_capacity(by_key.num_rows());
    Ok((0..by_key.num_rows()).map(|row| seen.insert(rows.row(row))).collect())
}

impl UnaryOperator for FirstOfEachKey {
    const NAME: &'static str = "StreamingDeduplicate";

    fn describe(&self, schema: &SchemaRef, f: &mut Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self
            .keys
            .iter()
            .filter_map(|i| schema.fields().get(*i))
            .map(|field| field.name().as_str())
            .collect();
        write!(f, "StreamingDeduplicate [{}]", names.join(", "))
    }

    fn run(
        self: Arc<Self>,
        input: SendableRecordBatchStream,
        schema: SchemaRef,
    ) -> Result<SendableRecordBatchStream> {
        let state = match &self.state {
            Some(state) => state.clone(),
            None => {
                let keys = Arc::new(schema.project(&self.keys)?);
                let store = StateStore::new(keys, self.keys.len())?;
                Keyed::new("dedupe", store, OutputMode::Complete)
            }
        };
        let evict = state.clone();
        let rows = input.map(move |batch| Ok(fresh(&state, &self.keys, &batch?)?)).chain(
            stream::once(async move { evict_old(&evict) })
                .filter_map(|done| async move { done.err().map(Err) }),
        );
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// Gives up the keys behind the watermark: rows with them would be late.
fn evict_old(operator: &Keyed) -> Result<()> {
    if let Some(watermark_ms) = operator.eviction_watermark_ms() {
        operator.store.lock().unwrap_or_else(PoisonError::into_inner).evict(watermark_ms)?;
    }
    Ok(())
}

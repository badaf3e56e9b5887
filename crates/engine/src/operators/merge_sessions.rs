//! Session windows become sessions: rows of a group whose windows touch get one window, from the first start to the last
//! end.
//!
//! In a batch query this stands below the aggregation. In a streaming one it is left out: the epoch's sessions are merged
//! together with the stored ones (see `session_restore.rs`).

use std::fmt::Formatter;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, Int64Array, RecordBatch, StructArray, UInt32Array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::{Column, DFSchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{TryStreamExt as _, stream};

use super::StateStore;
use super::unary::{UnaryExec, UnaryOperator};
use crate::EngineError;

/// The metadata key that marks a column of session windows.
pub(crate) const SESSION_METADATA: &str = "spark.sessionWindow";

/// The session column among the keys of a store, if there is one.
pub(crate) fn session_column(store: &StateStore) -> Option<usize> {
    let fields = store.key_columns_schema().fields();
    fields.iter().position(|field| field.metadata().contains_key(SESSION_METADATA))
}

/// Merges the sessions of each group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MergeSessions {
    input: Arc<LogicalPlan>,
    groups: Vec<Column>,
    session: Column,
}

impl PartialOrd for MergeSessions {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (&self.groups, &self.session).partial_cmp(&(&other.groups, &other.session))
    }
}

impl MergeSessions {
    /// The node over `input`: `session` is merged within the rows of equal `groups`.
    pub(crate) fn new(input: Arc<LogicalPlan>, groups: Vec<Column>, session: Column) -> Self {
        Self { input, groups, session }
    }

    /// The places of the groups and of the session in the input.
    pub(crate) fn places(&self) -> Result<(Vec<usize>, usize)> {
        let schema = self.input.schema();
        let groups =
            self.groups.iter().map(|column| schema.index_of_column(column)).collect::<Result<_>>()?;
        Ok((groups, schema.index_of_column(&self.session)?))
    }
}

impl UserDefinedLogicalNodeCore for MergeSessions {
    fn name(&self) -> &'static str {
        "MergeSessions"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        self.groups.iter().chain([&self.session]).cloned().map(Expr::Column).collect()
    }

    fn fmt_for_explain(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.groups.iter().map(|column| column.name.as_str()).collect();
        write!(f, "MergeSessions [{}], {}", names.join(", "), self.session.name)
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let mut columns = exprs
            .into_iter()
            .map(|expr| match expr {
                Expr::Column(column) => Ok(column),
                other => Err(DataFusionError::Internal(format!("MergeSessions by {other}"))),
            })
            .collect::<Result<Vec<_>>>()?;
        match (columns.pop(), inputs.into_iter().next()) {
            (Some(session), Some(input)) => Ok(Self::new(Arc::new(input), columns, session)),
            _ => Err(DataFusionError::Internal("MergeSessions without session or input".to_owned())),
        }
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let (groups, session) = self.places().ok()?;
        let mut columns = output_columns.to_vec();
        columns.extend(groups);
        columns.push(session);
        columns.sort_unstable();
        columns.dedup();
        Some(vec![columns])
    }
}

/// Merges the sessions of all rows of its input.
#[derive(Debug)]
pub(crate) struct Merge {
    groups: Vec<usize>,
    session: usize,
}

/// Its plan node.
pub(crate) type MergeSessionsExec = UnaryExec<Merge>;

impl MergeSessionsExec {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, (groups, session): (Vec<usize>, usize)) -> Self {
        let schema = input.schema();
        Self::over(input, schema, Arc::new(Merge { groups, session }))
    }

    /// What it stands over.
    pub(super) fn input(&self) -> Arc<dyn ExecutionPlan> {
        Arc::clone(&self.input)
    }
}

impl UnaryOperator for Merge {
    const NAME: &'static str = "MergingSessions";

    fn describe(&self, schema: &SchemaRef, f: &mut Formatter<'_>) -> std::fmt::Result {
        let session = schema.fields().get(self.session).map_or("?", |field| field.name().as_str());
        write!(f, "MergingSessions {session}")
    }

    fn run(
        self: Arc<Self>,
        input: SendableRecordBatchStream,
        schema: SchemaRef,
    ) -> Result<SendableRecordBatchStream> {
        let rows_schema = Arc::clone(&schema);
        let merged = async move {
            let batches: Vec<RecordBatch> = input.try_collect().await?;
            let rows = concat_batches(&rows_schema, &batches)?;
            Ok::<_, DataFusionError>(merge(&rows, &self.groups, self.session)?)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::once(merged))))
    }
}

/// A window's start and end of each row, in microseconds.
fn bounds(session: &ArrayRef) -> Result<(Int64Array, Int64Array), EngineError> {
    let windows =
        session.as_struct_opt().ok_or_else(|| EngineError::execution("a session window is not a window"))?;
    let part = |name: &str| {
        let part = windows
            .column_by_name(name)
            .ok_or_else(|| EngineError::execution(format!("a session window without {name}")))?;
        Ok::<_, EngineError>(cast(part, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
    };
    Ok((part("start")?, part("end")?))
}

/// The groups of the rows, encoded; none without groups.
fn encode(rows: &RecordBatch, groups: &[usize]) -> Result<Option<Rows>, EngineError> {
    if groups.is_empty() {
        return Ok(None);
    }
    let columns = rows.project(groups)?;
    let fields = columns.columns().iter().map(|c| SortField::new(c.data_type().clone())).collect();
    Ok(Some(RowConverter::new(fields)?.convert_columns(columns.columns())?))
}

/// The rows ordered by group and start, each with the session that it is part of. Windows that touch are one session.
pub(super) fn merge(
    rows: &RecordBatch,
    groups: &[usize],
    session: usize,
) -> Result<RecordBatch, EngineError> {
    let count = rows.num_rows();
    let Some(windows) = rows.columns().get(session).filter(|_| count > 0) else { return Ok(rows.clone()) };
    let (starts, ends) = bounds(windows)?;
    let encoded = encode(rows, groups)?;
    let group = |row: usize| encoded.as_ref().map(|encoded| encoded.row(row));
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_unstable_by(|a, b| group(*a).cmp(&group(*b)).then(starts.value(*a).cmp(&starts.value(*b))));

    let (mut from, mut to) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut current: Option<(usize, i64, i64)> = None;
    for (place, row) in order.iter().copied().enumerate() {
        let (start, end) = (starts.value(row), ends.value(row));
        current = match current {
            Some((first, begin, last)) if group(first) == group(row) && start <= last => {
                Some((first, begin, last.max(end)))
            }
            _ => {
                close(&mut to, place, current);
                Some((row, start, end))
            }
        };
        from.push(current.map_or(start, |(_, begin, _)| begin));
    }
    close(&mut to, count, current);

    let order: UInt32Array = order.into_iter().filter_map(|row| u32::try_from(row).ok()).collect();
    let sorted = take_record_batch(rows, &order)?;
    let DataType::Struct(fields) = windows.data_type() else { return Ok(sorted) };
    let parts = [from, to].into_iter().zip(fields.iter()).map(|(times, field)| {
        let times: ArrayRef = Arc::new(Int64Array::from(times));
        cast(&times, field.data_type())
    });
    let sessions = StructArray::try_new(fields.clone(), parts.collect::<std::result::Result<_, _>>()?, None)?;
    let mut columns = sorted.columns().to_vec();
    if let Some(column) = columns.get_mut(session) {
        *column = Arc::new(sessions);
    }
    Ok(RecordBatch::try_new(sorted.schema(), columns)?)
}

/// The end of a session for its rows, up to the row at `place`.
fn close(ends: &mut Vec<i64>, place: usize, session: Option<(usize, i64, i64)>) {
    if let Some((_, _, end)) = session {
        ends.resize(place, end);
    }
}

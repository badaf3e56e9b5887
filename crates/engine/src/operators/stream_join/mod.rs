//! Stream-stream join: both sides keep the rows that may still find a partner (Structured Streaming guide,
//! "Stream-stream Joins").
//!
//! In Spark's order: the epoch's left rows meet the right side's state, then its right rows the left side's state with
//! the new rows in it, so that each pair is found once. Then rows go that the watermark says can find no partner any
//! more; those of an outer side that found none come out with nulls.

mod bounds;
mod exec;
mod probe;
mod run;
mod side;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{filter_record_batch, not};
use arrow::datatypes::SchemaRef;
use datafusion::common::{JoinSide as PlanSide, JoinType};
use datafusion::physical_plan::ExecutionPlan as _;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::joins::utils::JoinFilter;

pub(crate) use exec::StreamJoinExec;

use super::event_time::{event_time_us, is_behind};
use super::stateful_operator::{StatefulOperator, Table};
use crate::{EngineError, OutputMode};
use bounds::Bound;
use side::JoinSide;

/// What the join does, beside its two inputs.
#[derive(Debug)]
pub(crate) struct StreamJoin {
    pub(crate) operator: Arc<StatefulOperator>,
    left: Arc<Mutex<JoinSide>>,
    right: Arc<Mutex<JoinSide>>,
    left_schema: SchemaRef,
    right_schema: SchemaRef,
    /// All columns of both sides (of the left one for a semi join).
    whole: SchemaRef,
    /// The columns of the output among them.
    projection: Option<Vec<usize>>,
    output: SchemaRef,
    filter: Option<JoinFilter>,
    kind: JoinType,
    description: String,
}

/// Which rows of a batch are late by the watermark of its event-time column.
fn late(
    batch: &RecordBatch,
    column: Option<usize>,
    watermark_ms: Option<i64>,
) -> Result<Option<BooleanArray>, EngineError> {
    let (Some(times), Some(watermark_ms)) = (column.and_then(|c| batch.columns().get(c)), watermark_ms)
    else {
        return Ok(None);
    };
    let late = is_behind(&event_time_us(times)?, watermark_ms);
    Ok((late.true_count() > 0).then_some(late))
}

impl StreamJoin {
    /// The join of a plan whose two sides read streams.
    ///
    /// # Errors
    /// What Spark refuses: an outer or semi join whose state could never be cleaned, and kinds without an end.
    pub(super) fn new(plan: &HashJoinExec, output_mode: OutputMode) -> Result<Self, EngineError> {
        let kind = *plan.join_type();
        let (left, right) = (plan.left().schema(), plan.right().schema());
        let (left_bound, right_bound) = bounds_of(plan, &left, &right);
        let cleaned = match kind {
            JoinType::Inner => true,
            JoinType::Left | JoinType::LeftSemi => left_bound.is_some(),
            JoinType::Right => right_bound.is_some(),
            JoinType::Full => left_bound.is_some() || right_bound.is_some(),
            other => {
                return Err(EngineError::analysis(format!(
                    "Join type {} is not supported with streaming DataFrame/Dataset",
                    spark_name(other)
                )));
            }
        };
        if !cleaned {
            return Err(EngineError::analysis(format!(
                "Stream-stream {} join between two streaming DataFrame/Datasets is not supported without a watermark \
                 in the join keys, or a watermark on the nullable side and an appropriate range condition",
                spark_name(kind)
            )));
        }
        let keys = |of_left: bool| {
            plan.on().iter().map(|(l, r)| Arc::clone(if of_left { l } else { r })).collect::<Vec<_>>()
        };
        let left_side = JoinSide::new(Arc::clone(&left), keys(true), left_bound.clone())?;
        let right_side = JoinSide::new(Arc::clone(&right), keys(false), right_bound.clone())?;
        let (left_side, right_side) = (Arc::new(Mutex::new(left_side)), Arc::new(Mutex::new(right_side)));
        let names: Vec<String> = plan.on().iter().map(|(l, r)| format!("{l} = {r}")).collect();
        let tables = vec![
            Table { name: "left", rows: Arc::clone(&left_side) as _ },
            Table { name: "right", rows: Arc::clone(&right_side) as _ },
        ];
        let bounds: Vec<Bound> = left_bound.into_iter().chain(right_bound).collect();
        let evicts = !bounds.is_empty();
        let operator =
            StatefulOperator::new("symmetricHashJoin", tables, output_mode, evicts, names.join(", "))
                .with_output(move |input| bounds.iter().map(|b| b.limit_ms(input)).fold(input, i64::min));
        Ok(Self {
            operator: Arc::new(operator),
            left: left_side,
            right: right_side,
            left_schema: left,
            right_schema: right,
            whole: Arc::clone(plan.join_schema()),
            projection: plan.projection.as_ref().map(|columns| columns.to_vec()),
            output: plan.schema(),
            filter: plan.filter().cloned(),
            kind,
            description: format!("StreamingSymmetricHashJoin {} [{}]", spark_name(kind), names.join(", ")),
        })
    }

    fn side(&self, side: PlanSide) -> MutexGuard<'_, JoinSide> {
        let side = if side == PlanSide::Left { &self.left } else { &self.right };
        side.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether rows of this side come out without a partner.
    fn is_outer(&self, side: PlanSide) -> bool {
        match self.kind {
            JoinType::Full => true,
            JoinType::Left => side == PlanSide::Left,
            JoinType::Right => side == PlanSide::Right,
            _ => false,
        }
    }

    /// The rows of an input that are not late.
    fn on_time(&self, side: PlanSide, batch: RecordBatch) -> Result<RecordBatch, EngineError> {
        let schema = if side == PlanSide::Left { &self.left_schema } else { &self.right_schema };
        match late(&batch, bounds::marked(schema), self.operator.late_watermark_ms())? {
            None => Ok(batch),
            Some(late) => {
                self.side(side).dropped_late(u64::try_from(late.true_count()).unwrap_or(0));
                Ok(filter_record_batch(&batch, &not(&late)?)?)
            }
        }
    }

    /// Output rows of `own` rows of a side beside their partners, or beside nulls.
    fn joined(
        &self,
        side: PlanSide,
        own: &RecordBatch,
        partners: Option<&RecordBatch>,
    ) -> Result<RecordBatch, EngineError> {
        let other = if side == PlanSide::Left { &self.right_schema } else { &self.left_schema };
        let others: Vec<ArrayRef> = match partners {
            Some(partners) => partners.columns().to_vec(),
            None => other.fields().iter().map(|f| new_null_array(f.data_type(), own.num_rows())).collect(),
        };
        let own_columns = own.columns().iter().cloned();
        let columns: Vec<ArrayRef> = if side == PlanSide::Left {
            own_columns.chain(others).collect()
        } else {
            others.into_iter().chain(own_columns).collect()
        };
        self.projected(columns, own.num_rows())
    }

    /// The output's columns of all.
    fn projected(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, EngineError> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let whole = RecordBatch::try_new_with_options(Arc::clone(&self.whole), columns, &options)?;
        match &self.projection {
            Some(columns) => Ok(whole.project(columns)?.with_schema(Arc::clone(&self.output))?),
            None => Ok(whole.with_schema(Arc::clone(&self.output))?),
        }
    }
}

/// How long the rows of each side are kept.
fn bounds_of(plan: &HashJoinExec, left: &SchemaRef, right: &SchemaRef) -> (Option<Bound>, Option<Bound>) {
    if let Some(bound) = bounds::key_with_watermark(plan.on(), left, right) {
        return (Some(bound.clone()), Some(bound));
    }
    let by = |side| plan.filter().and_then(|filter| bounds::by_condition(filter, side, left, right));
    (by(PlanSide::Left), by(PlanSide::Right))
}

/// A kind of join as Spark's messages name it.
pub(crate) fn spark_name(kind: JoinType) -> &'static str {
    match kind {
        JoinType::Inner => "Inner",
        JoinType::Left => "LeftOuter",
        JoinType::Right => "RightOuter",
        JoinType::Full => "FullOuter",
        JoinType::LeftSemi | JoinType::RightSemi => "LeftSemi",
        JoinType::LeftAnti | JoinType::RightAnti => "LeftAnti",
        JoinType::LeftMark | JoinType::RightMark => "ExistenceJoin",
    }
}

//! `withWatermark` at work: passes rows on and notes the event times that go by.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::StreamExt as _;

use super::epoch_properties;
use super::event_time::event_time_us;

/// The event times of one epoch, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct EventTimeStats {
    pub(crate) count: u64,
    pub(crate) sum: i128,
    pub(crate) min: i64,
    pub(crate) max: i64,
}

impl EventTimeStats {
    fn add(&mut self, ms: i64) {
        (self.min, self.max) = if self.count == 0 { (ms, ms) } else { (self.min.min(ms), self.max.max(ms)) };
        self.count += 1;
        self.sum += i128::from(ms);
    }

    /// The mean.
    pub(crate) fn avg(&self) -> i64 {
        match i128::from(self.count) {
            0 => 0,
            count => i64::try_from(self.sum / count).unwrap_or(0),
        }
    }

    /// These times and others.
    pub(crate) fn merge(self, other: Self) -> Self {
        match (self.count, other.count) {
            (0, _) => other,
            (_, 0) => self,
            _ => Self {
                count: self.count + other.count,
                sum: self.sum + other.sum,
                min: self.min.min(other.min),
                max: self.max.max(other.max),
            },
        }
    }
}

/// Notes event times of rows that pass.
#[derive(Debug)]
pub(crate) struct WatermarkExec {
    input: Arc<dyn ExecutionPlan>,
    column: usize,
    delay_ms: i64,
    stats: Arc<Mutex<EventTimeStats>>,
    properties: Arc<PlanProperties>,
}

impl WatermarkExec {
    /// Watches `column` of `input`; the schema is the logical node's, with the mark on that column.
    pub(crate) fn new(
        input: Arc<dyn ExecutionPlan>,
        schema: arrow::datatypes::SchemaRef,
        column: usize,
        delay_ms: i64,
    ) -> Self {
        Self { input, column, delay_ms, stats: Arc::default(), properties: epoch_properties(schema) }
    }

    /// The delay in milliseconds.
    pub(crate) fn delay_ms(&self) -> i64 {
        self.delay_ms
    }

    /// What went by since the last call.
    pub(crate) fn take_stats(&self) -> EventTimeStats {
        std::mem::take(&mut *self.stats.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn note(stats: &Mutex<EventTimeStats>, batch: &RecordBatch, column: usize) -> Result<()> {
    let column = batch
        .columns()
        .get(column)
        .ok_or_else(|| DataFusionError::Internal("the event-time column is not in the batch".to_owned()))?;
    let times = event_time_us(column)?;
    let mut stats = stats.lock().unwrap_or_else(PoisonError::into_inner);
    for us in times.iter().flatten() {
        stats.add(us.div_euclid(1000));
    }
    Ok(())
}

impl DisplayAs for WatermarkExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let schema = self.schema();
        let name = schema.fields().get(self.column).map_or("?", |field| field.name().as_str());
        write!(f, "EventTimeWatermark {name}, {} ms", self.delay_ms)
    }
}

impl ExecutionPlan for WatermarkExec {
    fn name(&self) -> &'static str {
        "EventTimeWatermark"
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
        Ok(Arc::new(Self {
            input,
            column: self.column,
            delay_ms: self.delay_ms,
            stats: Arc::clone(&self.stats),
            properties: Arc::clone(&self.properties),
        }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let schema = self.schema();
        let (stats, column) = (Arc::clone(&self.stats), self.column);
        let marked = Arc::clone(&schema);
        let rows = self.input.execute(partition, context)?.map(move |batch| {
            let batch = batch?;
            note(&stats, &batch, column)?;
            Ok(batch.with_schema(Arc::clone(&marked))?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

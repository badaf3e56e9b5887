//! `withWatermark` at work: passes rows on and notes the event times that go by.

use std::fmt::Formatter;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt as _;

use super::event_time::event_time_us;
use super::unary::{UnaryExec, UnaryOperator};

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
pub(crate) struct MarkEventTime {
    column: usize,
    delay_ms: i64,
    stats: Mutex<EventTimeStats>,
}

/// The plan node of `withWatermark`.
pub(crate) type WatermarkExec = UnaryExec<MarkEventTime>;

impl WatermarkExec {
    /// Watches `column` of `input`; the schema is the logical node's, with the mark on that column.
    pub(crate) fn new(
        input: Arc<dyn ExecutionPlan>,
        schema: SchemaRef,
        column: usize,
        delay_ms: i64,
    ) -> Self {
        let operator = MarkEventTime { column, delay_ms, stats: Mutex::default() };
        Self::over(input, schema, Arc::new(operator))
    }

    /// The delay in milliseconds.
    pub(crate) fn delay_ms(&self) -> i64 {
        self.operator.delay_ms
    }

    /// What went by since the last call.
    pub(crate) fn take_stats(&self) -> EventTimeStats {
        std::mem::take(&mut *self.operator.stats.lock().unwrap_or_else(PoisonError::into_inner))
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

impl UnaryOperator for MarkEventTime {
    const NAME: &'static str = "EventTimeWatermark";

    fn describe(&self, schema: &SchemaRef, f: &mut Formatter<'_>) -> std::fmt::Result {
        let name = schema.fields().get(self.column).map_or("?", |field| field.name().as_str());
        write!(f, "EventTimeWatermark {name}, {} ms", self.delay_ms)
    }

    fn run(
        self: Arc<Self>,
        input: SendableRecordBatchStream,
        schema: SchemaRef,
    ) -> Result<SendableRecordBatchStream> {
        let marked = Arc::clone(&schema);
        let rows = input.map(move |batch| {
            let batch = batch?;
            note(&self.stats, &batch, self.column)?;
            Ok(batch.with_schema(Arc::clone(&marked))?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

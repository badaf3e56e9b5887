//! The rate source: rows numbered from 0 at a steady rate, for load and tests (Structured Streaming guide).

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::error::DataFusionError;
use futures::{StreamExt as _, stream};

use super::{RowStream, Source, SourceSpec};
use crate::{EngineError, Options};

const BATCH_ROWS: i64 = 8192;

/// Options `rowsPerSecond`, `rampUpTime` and `numPartitions` (which changes nothing here).
#[derive(Debug, Clone)]
pub(super) struct RateSpec {
    rows_per_second: i64,
    ramp_up_seconds: i64,
    partitions: Option<i64>,
}

impl RateSpec {
    pub(super) fn new(options: &Options) -> Result<Self, EngineError> {
        let ramp_up = match options.get("rampUpTime") {
            None => Duration::ZERO,
            Some(text) => crate::functions::interval::parse_or_seconds(text)?,
        };
        Ok(Self {
            rows_per_second: options.number("rowsPerSecond", 1)?.unwrap_or(1),
            ramp_up_seconds: i64::try_from(ramp_up.as_secs()).unwrap_or(i64::MAX),
            partitions: options.number("numPartitions", 1)?,
        })
    }

    /// How many rows there are after so many seconds. Saturates: nobody waits that long.
    fn rows_at(&self, second: i64) -> i64 {
        let step = (self.rows_per_second / self.ramp_up_seconds.saturating_add(1)).max(1);
        let ramped = |seconds: i64| {
            seconds.saturating_mul(seconds.saturating_add(1)).saturating_div(2).saturating_mul(step)
        };
        if second <= self.ramp_up_seconds {
            ramped(second)
        } else {
            ramped(self.ramp_up_seconds)
                .saturating_add((second - self.ramp_up_seconds).saturating_mul(self.rows_per_second))
        }
    }
}

#[async_trait]
impl SourceSpec for RateSpec {
    fn name(&self) -> &'static str {
        "rate"
    }

    fn schema(&self) -> SchemaRef {
        let kind = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        Arc::new(Schema::new(vec![
            Field::new("timestamp", kind, true),
            Field::new("value", DataType::Int64, true),
        ]))
    }

    async fn open(&self, initial: Option<String>) -> Result<Box<dyn Source>, EngineError> {
        let created_ms = match initial {
            Some(text) => text
                .strip_prefix("{\"createdMs\":")
                .and_then(|rest| rest.strip_suffix('}')?.parse().ok())
                .ok_or_else(|| EngineError::other_source("rate", &text))?,
            None => chrono::Utc::now().timestamp_millis(),
        };
        Ok(Box::new(RateSource { spec: self.clone(), created_ms, frozen: None }))
    }
}

#[derive(Debug)]
struct RateSource {
    spec: RateSpec,
    created_ms: i64,
    frozen: Option<i64>,
}

/// Offsets are seconds since the start; the initial offset (a text of another form) is second 0.
fn second(offset: &str) -> i64 {
    offset.parse().unwrap_or(0)
}

impl RateSource {
    fn seconds_passed(&self) -> i64 {
        (chrono::Utc::now().timestamp_millis() - self.created_ms).max(0) / 1000
    }
}

#[async_trait]
impl Source for RateSource {
    fn description(&self) -> String {
        let partitions = self.spec.partitions.map_or_else(|| "default".to_owned(), |n| n.to_string());
        // Spark's own text lacks the closing bracket; programs that look for it find the same here.
        format!(
            "RateStreamV2[rowsPerSecond={}, rampUpTimeSeconds={}, numPartitions={partitions}",
            self.spec.rows_per_second, self.spec.ramp_up_seconds
        )
    }

    fn initial_offset(&self) -> String {
        format!("{{\"createdMs\":{}}}", self.created_ms)
    }

    async fn latest_offset(&mut self, start: &str) -> Result<String, EngineError> {
        let now = self.seconds_passed();
        Ok(self.frozen.map_or(now, |frozen| now.min(frozen)).max(second(start)).to_string())
    }

    fn newest(&self) -> Option<String> {
        Some(self.seconds_passed().to_string())
    }

    async fn batch(&mut self, start: &str, end: &str) -> Result<RowStream, EngineError> {
        let (from, to) = (second(start), second(end));
        let (first, last) = (self.spec.rows_at(from), self.spec.rows_at(to));
        let schema = self.spec.schema();
        let begin_us = self.created_ms.saturating_add(from.saturating_mul(1000)).saturating_mul(1000);
        let (span_us, rows) =
            (i128::from((to - from).saturating_mul(1_000_000)), i128::from((last - first).max(1)));
        let batches = stream::iter((first..last).step_by(usize::try_from(BATCH_ROWS).unwrap_or(1))).map(
            move |chunk| -> Result<RecordBatch, DataFusionError> {
                let numbers = chunk..(chunk + BATCH_ROWS).min(last);
                let times = numbers.clone().map(|number| {
                    let after = i128::from(number - first) * span_us / rows;
                    // Whole milliseconds, as Spark has them.
                    (begin_us + i64::try_from(after).unwrap_or(0)) / 1000 * 1000
                });
                let times = TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC");
                let columns: Vec<ArrayRef> =
                    vec![Arc::new(times), Arc::new(Int64Array::from_iter_values(numbers))];
                Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
            },
        );
        Ok(batches.boxed())
    }

    async fn commit(&mut self, _end: &str) {}

    async fn changed(&self, position: &str) {
        let at = self.created_ms.saturating_add((second(position).saturating_add(1)).saturating_mul(1000));
        let wait = at - chrono::Utc::now().timestamp_millis();
        tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
    }

    async fn freeze(&mut self, _start: &str) -> Result<(), EngineError> {
        self.frozen = Some(self.seconds_passed());
        Ok(())
    }
}

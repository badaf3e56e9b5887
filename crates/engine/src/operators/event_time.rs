//! Which columns carry event time, and how late is late.
//!
//! As in Spark, `withWatermark` marks its column in the schema (field metadata) and the mark travels with the column
//! through aliases and time windows; a stateful operator looks for it among its keys.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, BooleanArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};

use crate::EngineError;

/// The metadata key under which a column carries its watermark's delay in milliseconds.
pub(crate) const DELAY_METADATA: &str = "spark.watermarkDelayMs";

/// The delay that a field carries, itself or (a time window) in its `end`.
pub(crate) fn delay_ms(field: &Field) -> Option<i64> {
    field.metadata().get(DELAY_METADATA)?.parse().ok()
}

/// The column of a key that decides when a row is late: the first with a mark.
pub(crate) fn event_time_column(keys: &Schema) -> Option<usize> {
    keys.fields().iter().position(|field| delay_ms(field).is_some())
}

/// The event time of each row in microseconds: a timestamp itself, a time window by its end.
pub(crate) fn event_time_us(column: &ArrayRef) -> Result<Int64Array, EngineError> {
    let times = match column.data_type() {
        DataType::Struct(_) => {
            let window = column.as_struct();
            let end = window
                .column_by_name("end")
                .ok_or_else(|| EngineError::execution("a time window without an end"))?;
            return Ok(arrow::compute::nullif(&event_time_us(end)?, &arrow::compute::is_null(window)?)?
                .as_primitive::<Int64Type>()
                .clone());
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => Arc::clone(column),
        _ => cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?,
    };
    Ok(cast(&times, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

/// Which rows are at or behind the watermark. Rows without event time never are.
pub(crate) fn is_behind(times_us: &Int64Array, watermark_ms: i64) -> BooleanArray {
    let limit = watermark_ms.saturating_mul(1000);
    (0..times_us.len()).map(|row| Some(times_us.is_valid(row) && times_us.value(row) <= limit)).collect()
}

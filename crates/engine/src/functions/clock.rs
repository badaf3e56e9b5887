//! What differs from call to call: the time now, random numbers, row ids.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::timezone::Tz;
use arrow::array::{Date32Array, Int64Array, TimestampMicrosecondArray};
use arrow::datatypes::DataType;
use chrono::{TimeZone as _, Utc};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::rowwise::time_type;
use crate::EngineError;

pub(super) const NAMES: [&str; 8] = [
    "current_timestamp",
    "now",
    "localtimestamp",
    "current_date",
    "curdate",
    "monotonically_increasing_id",
    "rand",
    "random",
];

/// The call, if the function is one of these.
pub(super) fn call(name: &str, args: &[Expr]) -> Result<Option<Expr>, EngineError> {
    let what = match name {
        "current_timestamp" | "now" | "localtimestamp" => What::Now,
        "current_date" | "curdate" => What::Today,
        "monotonically_increasing_id" => What::RowId,
        // A seed makes Spark's sequence repeatable; ours is random all the same.
        "rand" | "random" => return Ok(Some(datafusion::functions::math::random().call(vec![]))),
        _ => return Ok(None),
    };
    super::expect_args(name, args.to_vec(), 0..=0)?;
    let udf = Clock { what, next: Arc::default(), signature: Signature::nullary(Volatility::Volatile) };
    Ok(Some(ScalarUDF::new_from_impl(udf).call(vec![])))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Now,
    Today,
    RowId,
}

/// Evaluated with every batch of rows: in a stream the clock goes on.
#[derive(Debug)]
struct Clock {
    what: What,
    next: Arc<AtomicI64>,
    signature: Signature,
}

impl PartialEq for Clock {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what
    }
}

impl Eq for Clock {}

impl std::hash::Hash for Clock {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.what.hash(state);
    }
}

impl ScalarUDFImpl for Clock {
    fn name(&self) -> &str {
        match self.what {
            What::Now => "current_timestamp",
            What::Today => "current_date",
            What::RowId => "monotonically_increasing_id",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(match self.what {
            What::Now => time_type(),
            What::Today => DataType::Date32,
            What::RowId => DataType::Int64,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let now = Utc::now();
        Ok(ColumnarValue::Array(match self.what {
            What::Now => {
                let times = TimestampMicrosecondArray::from_value(now.timestamp_micros(), rows);
                Arc::new(times.with_timezone("UTC"))
            }
            What::Today => {
                let zone: Tz = args.config_options.execution.time_zone.as_deref().unwrap_or("UTC").parse()?;
                let today = zone.from_utc_datetime(&now.naive_utc()).naive_local().date();
                Arc::new(Date32Array::from_value(today.to_epoch_days(), rows))
            }
            What::RowId => {
                let count = i64::try_from(rows).unwrap_or(i64::MAX);
                let first = self.next.fetch_add(count, Ordering::Relaxed);
                Arc::new(Int64Array::from_iter_values(first..first.saturating_add(count)))
            }
        }))
    }
}

//! `to_timestamp(text[, pattern])`: null where the text does not fit. Without a pattern as a cast reads it.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{ArrayRef, AsArray as _, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone as _};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::pattern::Pattern;
use crate::EngineError;

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The call.
pub(super) fn call(args: Vec<Expr>) -> Result<Expr, EngineError> {
    let args = super::expect_args("to_timestamp", args, 1..=2)?;
    match args.as_slice() {
        [text] => Ok(super::cast(text.clone(), time_type())),
        _ => {
            let types = vec![DataType::Utf8, DataType::Utf8];
            let udf = ToTimestamp { signature: Signature::exact(types, Volatility::Immutable) };
            Ok(ScalarUDF::new_from_impl(udf).call(args))
        }
    }
}

/// Reads one text as Spark's cast does: a date, or date and time with `T` or a space, a fraction and an offset.
pub(crate) fn read_default(text: &str, zone: Tz) -> Option<i64> {
    let text = text.trim();
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let local = date.and_hms_opt(0, 0, 0)?;
        return Some(zone.from_local_datetime(&local).earliest()?.timestamp_micros());
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(local) = NaiveDateTime::parse_from_str(text, format) {
            return Some(zone.from_local_datetime(&local).earliest()?.timestamp_micros());
        }
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"] {
        let zulu = text.strip_suffix('Z').map(|head| format!("{head}+00:00"));
        if let Ok(time) = DateTime::parse_from_str(zulu.as_deref().unwrap_or(text), format) {
            return Some(time.timestamp_micros());
        }
    }
    None
}

/// Reads a column as [`read_default`] does.
pub(super) fn parse_default(text: &StringArray, zone: &str) -> ArrayRef {
    let zone = zone.parse::<Tz>().or_else(|_| "UTC".parse::<Tz>()).ok();
    let times: TimestampMicrosecondArray =
        text.iter().map(|text| text.and_then(|text| read_default(text, zone?))).collect();
    Arc::new(times.with_timezone("UTC"))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ToTimestamp {
    signature: Signature,
}

impl ScalarUDFImpl for ToTimestamp {
    fn name(&self) -> &'static str {
        "to_timestamp"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(time_type())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone: Tz = args.config_options.execution.time_zone.as_deref().unwrap_or("UTC").parse()?;
        let rows = args.number_rows;
        let [text, pattern]: [ColumnarValue; 2] = args
            .args
            .try_into()
            .map_err(|_| DataFusionError::Internal("to_timestamp takes two arguments".to_owned()))?;
        let ColumnarValue::Scalar(ScalarValue::Utf8(Some(pattern))) = pattern else {
            return Err(EngineError::unsupported("to_timestamp with a pattern that is not a literal").into());
        };
        let pattern = Pattern::parse(&pattern)?;
        let text = text.into_array(rows)?;
        let times: TimestampMicrosecondArray = text
            .as_string::<i32>()
            .iter()
            .map(|text| text.and_then(|text| pattern.read(text, zone)))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(times.with_timezone("UTC"))))
    }
}

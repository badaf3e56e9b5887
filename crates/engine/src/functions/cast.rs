//! `CAST(expr AS type)` as Spark does it with ANSI mode off: what cannot be cast becomes null.
//!
//! Spark differs from Arrow in casts to strings (its own text for times, binary, structs), and between numbers and
//! timestamps, which count seconds in Spark.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray as _, Date32Array, StringArray, TimestampMicrosecondArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::FormatOptions;
use chrono::TimeZone as _;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The cast as an expression.
pub fn cast(expr: Expr, to: DataType) -> Expr {
    ScalarUDF::new_from_impl(SparkCast { to, signature: Signature::any(1, Volatility::Immutable) })
        .call(vec![expr])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SparkCast {
    to: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for SparkCast {
    fn name(&self) -> &'static str {
        "spark_cast"
    }

    /// Casts of one column to two types are two columns.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let inner: Vec<_> = args.iter().map(|arg| arg.schema_name().to_string()).collect();
        Ok(format!("CAST({} AS {})", inner.join(", "), self.to))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = args.config_options.execution.time_zone.as_deref().unwrap_or("UTC").to_owned();
        let scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if scalar { 1 } else { args.number_rows };
        let Some(value) = args.args.into_iter().next() else {
            return Ok(ColumnarValue::Scalar((&self.to).try_into()?));
        };
        let result = spark_cast(&value.into_array(rows)?, &self.to, &zone)?;
        if scalar {
            return Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&result, 0)?));
        }
        Ok(ColumnarValue::Array(result))
    }
}

fn is_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(_, _))
}

/// What cannot be cast is null.
const LENIENT: CastOptions<'static> = CastOptions { safe: true, format_options: FormatOptions::new() };

/// Casts a column; `zone` is the session's time zone.
pub(crate) fn spark_cast(column: &ArrayRef, to: &DataType, zone: &str) -> Result<ArrayRef> {
    let from = column.data_type();
    if from == to {
        return Ok(Arc::clone(column));
    }
    match (from, to) {
        (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View, _) => from_text(column, to, zone),
        (DataType::Timestamp(_, Some(_)), DataType::Date32)
        | (DataType::Date32, DataType::Timestamp(_, Some(_))) => between_date_and_time(column, to, zone),
        (DataType::Binary, DataType::Utf8) => Ok(Arc::new(
            column
                .as_binary::<i32>()
                .iter()
                .map(|bytes| bytes.map(String::from_utf8_lossy))
                .collect::<StringArray>(),
        )),
        (
            DataType::Struct(_)
            | DataType::List(_)
            | DataType::Map(_, _)
            | DataType::Timestamp(_, _)
            | DataType::Float32
            | DataType::Float64,
            DataType::Utf8,
        ) => {
            let cells = crate::show::cells(column, zone);
            let text = cells.into_iter().enumerate().map(|(row, text)| column.is_valid(row).then_some(text));
            Ok(Arc::new(text.collect::<StringArray>()))
        }
        (from, to) if from.is_numeric() && is_time(to) => number_to_time(column, to),
        (from, to) if is_time(from) && to.is_numeric() => time_to_number(column, to),
        (from, to) if from.is_floating() && to.is_integer() => {
            // Toward zero, and the nearest bound beyond the range, as Java does.
            let wide: arrow::array::Int64Array =
                plain(column, &DataType::Float64)?.as_primitive::<Float64Type>().unary(saturating);
            plain(&(Arc::new(wide) as ArrayRef), to)
        }
        _ => plain(column, to),
    }
}

fn plain(column: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    Ok(cast_with_options(column, to, &LENIENT)?)
}

fn from_text(column: &ArrayRef, to: &DataType, zone: &str) -> Result<ArrayRef> {
    match (column.data_type(), to) {
        (DataType::Utf8, to) if is_time(to) => {
            plain(&super::to_timestamp::parse_default(column.as_string(), zone), to)
        }
        (DataType::Utf8, DataType::Date32) => Ok(Arc::new(
            column.as_string::<i32>().iter().map(|text| text.and_then(read_date)).collect::<Date32Array>(),
        )),
        (_, to) if to.is_numeric() => {
            let trimmed: StringArray = plain(column, &DataType::Utf8)?
                .as_string::<i32>()
                .iter()
                .map(|text| text.map(str::trim))
                .collect();
            plain(&(Arc::new(trimmed) as ArrayRef), to)
        }
        _ => plain(column, to),
    }
}

fn between_date_and_time(column: &ArrayRef, to: &DataType, zone: &str) -> Result<ArrayRef> {
    let zone = zone.parse::<Tz>()?;
    if to == &DataType::Date32 {
        let times = plain(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let dates: Date32Array = times
            .as_primitive::<TimestampMicrosecondType>()
            .unary_opt(|us| Some(super::times::local(us, zone)?.date().to_epoch_days()));
        return Ok(Arc::new(dates));
    }
    let times: TimestampMicrosecondArray = column.as_primitive::<Date32Type>().unary_opt(|days| {
        let midnight = super::dates::date_of(days)?.and_hms_opt(0, 0, 0)?;
        Some(zone.from_local_datetime(&midnight).earliest()?.timestamp_micros())
    });
    plain(&(Arc::new(times.with_timezone("UTC")) as ArrayRef), to)
}

/// A number is seconds since 1970.
fn number_to_time(column: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let times: TimestampMicrosecondArray = if column.data_type().is_integer() {
        let seconds = plain(column, &DataType::Int64)?;
        seconds.as_primitive::<Int64Type>().unary_opt(|s| s.checked_mul(1_000_000))
    } else {
        let seconds = plain(column, &DataType::Float64)?;
        seconds.as_primitive::<Float64Type>().unary_opt(seconds_to_micros)
    };
    plain(&(Arc::new(times) as ArrayRef), to)
}

fn time_to_number(column: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let times = plain(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    let times = times.as_primitive::<TimestampMicrosecondType>();
    if to.is_integer() {
        let seconds: arrow::array::Int64Array = times.unary(|us| us.div_euclid(1_000_000));
        return plain(&(Arc::new(seconds) as ArrayRef), to);
    }
    let seconds: arrow::array::Float64Array = times.unary(micros_to_seconds);
    plain(&(Arc::new(seconds) as ArrayRef), to)
}

/// A date at the front of a text: `2024-3-4`, also with a time after it.
fn read_date(text: &str) -> Option<i32> {
    let text = text.trim();
    let end = text.find(['T', ' ']).unwrap_or(text.len());
    let mut parts = text.get(..end)?.splitn(3, '-');
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let mut number = || parts.next().map_or(Some(1), |part| part.parse().ok());
    let (month, day) = (number()?, number()?);
    Some(chrono::NaiveDate::from_ymd_opt(year, month, day)?.to_epoch_days())
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and NaN is 0: Java's cast")]
pub(crate) fn saturating(value: f64) -> i64 {
    value as i64
}

fn seconds_to_micros(seconds: f64) -> Option<i64> {
    seconds.is_finite().then(|| saturating(seconds * 1_000_000.0))
}

#[expect(clippy::cast_precision_loss, reason = "Spark gives a double, too")]
fn micros_to_seconds(us: i64) -> f64 {
    us as f64 / 1_000_000.0
}

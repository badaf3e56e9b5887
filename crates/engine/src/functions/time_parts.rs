//! `year(time)` ... `second(time)`, in the session's time zone.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{AsArray as _, Int32Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, Datelike as _, NaiveDateTime, TimeZone as _, Timelike as _};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::EngineError;

/// The call of the function `name`.
pub(super) fn call(name: &str, args: Vec<Expr>) -> Result<Expr, EngineError> {
    let args = super::expect_args(name, args, 1..=1)?;
    let part = match name {
        "year" => Part::Year,
        "quarter" => Part::Quarter,
        "month" => Part::Month,
        "day" | "dayofmonth" => Part::Day,
        "dayofweek" => Part::DayOfWeek,
        "dayofyear" => Part::DayOfYear,
        "weekofyear" => Part::Week,
        "hour" => Part::Hour,
        "minute" => Part::Minute,
        "second" => Part::Second,
        _ => return Err(EngineError::unresolved_routine(name)),
    };
    Ok(ScalarUDF::new_from_impl(TimePart { part, signature: Signature::any(1, Volatility::Immutable) })
        .call(args))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Year,
    Quarter,
    Month,
    Day,
    DayOfWeek,
    DayOfYear,
    Week,
    Hour,
    Minute,
    Second,
}

impl Part {
    fn of(self, time: NaiveDateTime) -> i32 {
        let small = |value: u32| i32::try_from(value).unwrap_or(0);
        match self {
            Self::Year => time.year(),
            Self::Quarter => small(time.month0() / 3 + 1),
            Self::Month => small(time.month()),
            Self::Day => small(time.day()),
            Self::DayOfWeek => small(time.weekday().num_days_from_sunday() + 1),
            Self::DayOfYear => small(time.ordinal()),
            Self::Week => small(time.iso_week().week()),
            Self::Hour => small(time.hour()),
            Self::Minute => small(time.minute()),
            Self::Second => small(time.second()),
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TimePart {
    part: Part,
    signature: Signature,
}

impl ScalarUDFImpl for TimePart {
    fn name(&self) -> &'static str {
        match self.part {
            Part::Year => "year",
            Part::Quarter => "quarter",
            Part::Month => "month",
            Part::Day => "dayofmonth",
            Part::DayOfWeek => "dayofweek",
            Part::DayOfYear => "dayofyear",
            Part::Week => "weekofyear",
            Part::Hour => "hour",
            Part::Minute => "minute",
            Part::Second => "second",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int32)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = args.config_options.execution.time_zone.as_deref().unwrap_or("UTC").to_owned();
        let value = args
            .args
            .into_iter()
            .next()
            .ok_or_else(|| DataFusionError::Internal("a time part of nothing".to_owned()))?;
        let column = value.into_array(args.number_rows)?;
        let with_zone = matches!(column.data_type(), DataType::Timestamp(_, Some(_)) | DataType::Utf8);
        let column = super::cast::spark_cast(
            &column,
            &DataType::Timestamp(TimeUnit::Microsecond, with_zone.then(|| "UTC".into())),
            &zone,
        )?;
        let column = cast(&column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let zone: Option<Tz> = if with_zone { Some(zone.parse()?) } else { None };
        let parts: Int32Array = column.as_primitive::<TimestampMicrosecondType>().unary_opt(|us| {
            let utc = DateTime::from_timestamp_micros(us)?.naive_utc();
            Some(self.part.of(zone.map_or(utc, |zone| zone.from_utc_datetime(&utc).naive_local())))
        });
        Ok(ColumnarValue::Array(Arc::new(parts)))
    }
}

//! `Literal`: a value that the program wrote.

use arrow::datatypes::{DataType, IntervalMonthDayNanoType};
use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;

use crate::error::{Result, invalid_plan, unsupported};
use crate::proto::connect::expression::Literal;
use crate::proto::connect::expression::literal::{Array, Decimal, LiteralType};
use crate::types;

pub(super) fn convert(literal: &Literal) -> Result<Expr> {
    Ok(Expr::Literal(value(literal)?, None))
}

/// The value of a literal.
pub(crate) fn value(literal: &Literal) -> Result<ScalarValue> {
    let literal_type = literal.literal_type.as_ref();
    Ok(match literal_type.ok_or_else(|| invalid_plan("A literal has no value."))? {
        LiteralType::Null(data_type) => ScalarValue::try_from(&types::from_proto(data_type)?)?,
        LiteralType::Binary(bytes) => ScalarValue::Binary(Some(bytes.clone())),
        LiteralType::Boolean(value) => ScalarValue::Boolean(Some(*value)),
        LiteralType::Byte(value) => ScalarValue::Int8(Some(narrow(*value)?)),
        LiteralType::Short(value) => ScalarValue::Int16(Some(narrow(*value)?)),
        LiteralType::Integer(value) => ScalarValue::Int32(Some(*value)),
        LiteralType::Long(value) => ScalarValue::Int64(Some(*value)),
        LiteralType::Float(value) => ScalarValue::Float32(Some(*value)),
        LiteralType::Double(value) => ScalarValue::Float64(Some(*value)),
        LiteralType::Decimal(value) => decimal(value)?,
        LiteralType::String(value) => ScalarValue::Utf8(Some(value.clone())),
        LiteralType::Date(days) => ScalarValue::Date32(Some(*days)),
        LiteralType::Timestamp(micros) => {
            ScalarValue::TimestampMicrosecond(Some(*micros), Some("UTC".into()))
        }
        LiteralType::TimestampNtz(micros) => ScalarValue::TimestampMicrosecond(Some(*micros), None),
        LiteralType::DayTimeInterval(micros) => ScalarValue::DurationMicrosecond(Some(*micros)),
        LiteralType::Array(values) => array(values)?,
        LiteralType::CalendarInterval(interval) => {
            let nanos = interval
                .microseconds
                .checked_mul(1_000)
                .ok_or_else(|| invalid_plan("An interval is too long."))?;
            let value = IntervalMonthDayNanoType::make_value(interval.months, interval.days, nanos);
            ScalarValue::IntervalMonthDayNano(Some(value))
        }
        LiteralType::YearMonthInterval(months) => ScalarValue::IntervalYearMonth(Some(*months)),
        LiteralType::Map(_) => return Err(unsupported("a literal of type MAP")),
        LiteralType::Struct(_) => return Err(unsupported("a literal of type STRUCT")),
        LiteralType::SpecializedArray(_) => return Err(unsupported("a literal made of an array of numbers")),
        LiteralType::Time(_) => return Err(unsupported("a literal of type TIME")),
    })
}

fn narrow<T: TryFrom<i32>>(value: i32) -> Result<T> {
    T::try_from(value).map_err(|_| invalid_plan(format!("The literal {value} does not fit its type.")))
}

fn decimal(decimal: &Decimal) -> Result<ScalarValue> {
    let plain = ScalarValue::Utf8(Some(decimal.value.clone()));
    let digits = decimal.value.chars().filter(char::is_ascii_digit).count();
    let fraction = decimal.value.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let or = |given: Option<i32>, counted: usize| {
        given.or_else(|| i32::try_from(counted).ok()).unwrap_or(i32::MAX)
    };
    let data_type = types::decimal_type(or(decimal.precision, digits.max(1)), or(decimal.scale, fraction))?;
    Ok(plain.cast_to(&data_type)?)
}

fn array(array: &Array) -> Result<ScalarValue> {
    let values = array.elements.iter().map(value).collect::<Result<Vec<_>>>()?;
    let element = match values.first() {
        Some(first) => first.data_type(),
        None => DataType::Null,
    };
    if let Some(odd) = values.iter().find(|value| value.data_type() != element) {
        return Err(invalid_plan(format!("An array literal mixes {element} and {}.", odd.data_type())));
    }
    Ok(ScalarValue::List(ScalarValue::new_list(&values, &element, true)))
}

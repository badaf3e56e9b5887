//! Spark Connect's type messages as Arrow's types.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use super::{MAX_DEPTH, parse_schema};
use crate::error::{Result, invalid_plan, unsupported_datatype};
use crate::proto::connect as pb;
use crate::proto::connect::data_type::Kind;

/// The Arrow type of a message.
pub(crate) fn from_proto(message: &pb::DataType) -> Result<DataType> {
    convert(Some(message), 0)
}

fn convert(message: Option<&pb::DataType>, depth: usize) -> Result<DataType> {
    let kind = message.and_then(|message| message.kind.as_ref());
    let kind = kind.ok_or_else(|| invalid_plan("A data type is missing from the plan."))?;
    if depth > MAX_DEPTH {
        return Err(invalid_plan(format!("A data type nests deeper than {MAX_DEPTH} levels.")));
    }
    Ok(match kind {
        Kind::Null(_) => DataType::Null,
        Kind::Binary(_) => DataType::Binary,
        Kind::Boolean(_) => DataType::Boolean,
        Kind::Byte(_) => DataType::Int8,
        Kind::Short(_) => DataType::Int16,
        Kind::Integer(_) => DataType::Int32,
        Kind::Long(_) => DataType::Int64,
        Kind::Float(_) => DataType::Float32,
        Kind::Double(_) => DataType::Float64,
        Kind::Decimal(decimal) => decimal_type(decimal.precision.unwrap_or(10), decimal.scale.unwrap_or(0))?,
        Kind::String(_) | Kind::Char(_) | Kind::VarChar(_) => DataType::Utf8,
        Kind::Date(_) => DataType::Date32,
        Kind::Timestamp(_) => timestamp(),
        Kind::TimestampNtz(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
        Kind::DayTimeInterval(_) => DataType::Duration(TimeUnit::Microsecond),
        Kind::Array(array) => list(convert(array.element_type.as_deref(), depth + 1)?, array.contains_null),
        Kind::Struct(fields) => {
            let fields = fields.fields.iter().map(|field| {
                let data_type = convert(field.data_type.as_ref(), depth + 1)?;
                Ok(Field::new(&field.name, data_type, field.nullable))
            });
            DataType::Struct(fields.collect::<Result<Fields>>()?)
        }
        Kind::Map(entry) => map(
            convert(entry.key_type.as_deref(), depth + 1)?,
            convert(entry.value_type.as_deref(), depth + 1)?,
            entry.value_contains_null,
        ),
        Kind::Unparsed(text) => parse_schema(&text.data_type_string)?,
        Kind::CalendarInterval(_) => return Err(unsupported_datatype("INTERVAL")),
        Kind::YearMonthInterval(_) => return Err(unsupported_datatype("INTERVAL YEAR TO MONTH")),
        Kind::Variant(_) => return Err(unsupported_datatype("VARIANT")),
        Kind::Udt(_) => return Err(unsupported_datatype("UDT")),
        Kind::Geometry(_) => return Err(unsupported_datatype("GEOMETRY")),
        Kind::Geography(_) => return Err(unsupported_datatype("GEOGRAPHY")),
        Kind::Time(_) => return Err(unsupported_datatype("TIME")),
    })
}

/// Spark's TIMESTAMP: a moment, kept in UTC.
pub(super) fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Spark's ARRAY.
pub(super) fn list(element: DataType, nullable: bool) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, nullable)))
}

/// Spark's MAP.
pub(super) fn map(key: DataType, value: DataType, nullable: bool) -> DataType {
    let entry = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, nullable)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry), false)), false)
}

/// Spark's DECIMAL, whose precision is at most 38 and whose scale is at most the precision.
pub(crate) fn decimal_type(precision: i32, scale: i32) -> Result<DataType> {
    let wrong = || unsupported_datatype(&format!("DECIMAL({precision},{scale})"));
    let (p, s) = (u8::try_from(precision).map_err(|_| wrong())?, i8::try_from(scale).map_err(|_| wrong())?);
    if p == 0 || p > 38 || s < 0 || scale > precision {
        return Err(wrong());
    }
    Ok(DataType::Decimal128(p, s))
}

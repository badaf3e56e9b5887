//! The one Arrow type per Spark type that goes over the wire.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};

use crate::error::{Result, unsupported_datatype};

/// The Arrow type that clients are sent for a value of type `from`; timestamps carry `zone`.
pub(crate) fn canonical(from: &DataType, zone: &str) -> Result<DataType> {
    let child = |field: &FieldRef| -> Result<FieldRef> {
        let data_type = canonical(field.data_type(), zone)?;
        Ok(Arc::new(Field::new(field.name(), data_type, field.is_nullable())))
    };
    Ok(match from {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            DataType::Binary
        }
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        // Counts and row numbers; beyond 2^63 the cast gives an error, not a wrong number.
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 => DataType::Float32,
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(_, Some(_)) => DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into())),
        DataType::Timestamp(_, None) => DataType::Timestamp(TimeUnit::Microsecond, None),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => DataType::Decimal128(*precision, *scale),
        DataType::Duration(_) => DataType::Duration(TimeUnit::Microsecond),
        DataType::List(field) | DataType::LargeList(field) | DataType::ListView(field) => {
            DataType::List(child(field)?)
        }
        DataType::FixedSizeList(field, _) => DataType::List(child(field)?),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(child).collect::<Result<_>>()?),
        DataType::Map(entries, sorted) => DataType::Map(child(entries)?, *sorted),
        DataType::Dictionary(_, values) => canonical(values, zone)?,
        DataType::Null
        | DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Date32 => from.clone(),
        other => return Err(unsupported_datatype(&other.to_string())),
    })
}

/// [`canonical`] for all columns.
pub(crate) fn canonical_schema(from: &Schema, zone: &str) -> Result<SchemaRef> {
    let fields = from.fields().iter().map(|field| {
        let data_type = canonical(field.data_type(), zone)?;
        Ok(Field::new(field.name(), data_type, field.is_nullable()))
    });
    Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?)))
}

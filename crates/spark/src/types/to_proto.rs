//! Arrow's types as Spark Connect's messages.

use arrow::datatypes::{DataType, Field, Schema};

use super::canonical;
use crate::error::{Result, unsupported_datatype};
use crate::proto::connect as pb;
use crate::proto::connect::data_type::{self as proto, Kind};

/// A schema as Spark's struct type.
pub(crate) fn struct_to_proto(schema: &Schema) -> Result<pb::DataType> {
    to_proto(&DataType::Struct(schema.fields().clone()))
}

/// A type as Spark Connect's message.
pub(crate) fn to_proto(data_type: &DataType) -> Result<pb::DataType> {
    let kind = match canonical(data_type, "UTC")? {
        DataType::Null => Kind::Null(proto::Null::default()),
        DataType::Boolean => Kind::Boolean(proto::Boolean::default()),
        DataType::Int8 => Kind::Byte(proto::Byte::default()),
        DataType::Int16 => Kind::Short(proto::Short::default()),
        DataType::Int32 => Kind::Integer(proto::Integer::default()),
        DataType::Int64 => Kind::Long(proto::Long::default()),
        DataType::Float32 => Kind::Float(proto::Float::default()),
        DataType::Float64 => Kind::Double(proto::Double::default()),
        DataType::Utf8 => {
            Kind::String(proto::String { collation: "UTF8_BINARY".to_owned(), ..Default::default() })
        }
        DataType::Binary => Kind::Binary(proto::Binary::default()),
        DataType::Date32 => Kind::Date(proto::Date::default()),
        DataType::Timestamp(_, Some(_)) => Kind::Timestamp(proto::Timestamp::default()),
        DataType::Timestamp(_, None) => Kind::TimestampNtz(proto::TimestampNtz::default()),
        DataType::Duration(_) => Kind::DayTimeInterval(proto::DayTimeInterval {
            start_field: Some(0),
            end_field: Some(3),
            ..Default::default()
        }),
        DataType::Decimal128(precision, scale) => Kind::Decimal(proto::Decimal {
            precision: Some(i32::from(precision)),
            scale: Some(i32::from(scale)),
            ..Default::default()
        }),
        DataType::List(element) => Kind::Array(Box::new(proto::Array {
            element_type: Some(Box::new(to_proto(element.data_type())?)),
            contains_null: element.is_nullable(),
            ..Default::default()
        })),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| field_to_proto(field)).collect::<Result<_>>()?;
            Kind::Struct(proto::Struct { fields, ..Default::default() })
        }
        DataType::Map(entries, _) => map_to_proto(&entries)?,
        other => return Err(unsupported_datatype(&other.to_string())),
    };
    Ok(pb::DataType { kind: Some(kind) })
}

fn field_to_proto(field: &Field) -> Result<proto::StructField> {
    Ok(proto::StructField {
        name: field.name().clone(),
        data_type: Some(to_proto(field.data_type())?),
        nullable: field.is_nullable(),
        metadata: None,
    })
}

fn map_to_proto(entries: &Field) -> Result<Kind> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(unsupported_datatype(&entries.data_type().to_string()));
    };
    let [key, value] = fields.as_ref() else {
        return Err(unsupported_datatype(&entries.data_type().to_string()));
    };
    Ok(Kind::Map(Box::new(proto::Map {
        key_type: Some(Box::new(to_proto(key.data_type())?)),
        value_type: Some(Box::new(to_proto(value.data_type())?)),
        value_contains_null: value.is_nullable(),
        ..Default::default()
    })))
}

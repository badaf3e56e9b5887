//! The names of types: `BIGINT` in DDL and messages, `long` in `printSchema` and JSON.

use arrow::datatypes::{DataType, Field};

use super::canonical;
use crate::error::{Result, quoted, unsupported_datatype};

/// A type's name as Spark writes it in SQL, for a reader's eyes; Arrow's own name where Spark has none.
pub fn type_name_in_sql(data_type: &DataType) -> String {
    sql_name(data_type).unwrap_or_else(|_| data_type.to_string())
}

/// A type's name as Spark writes it in SQL and messages: `BIGINT`, `STRUCT<a: INT NOT NULL>`.
fn sql_name(data_type: &DataType) -> Result<String> {
    Ok(match canonical(data_type, "UTC")? {
        DataType::Null => "VOID".to_owned(),
        DataType::Int8 => "TINYINT".to_owned(),
        DataType::Int16 => "SMALLINT".to_owned(),
        DataType::Int32 => "INT".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::List(element) => format!("ARRAY<{}>", sql_name(element.data_type())?),
        DataType::Map(entries, _) => {
            let (key, value) = key_and_value(&entries)?;
            format!("MAP<{}, {}>", sql_name(key.data_type())?, sql_name(value.data_type())?)
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| column(field, ": "));
            format!("STRUCT<{}>", fields.collect::<Result<Vec<_>>>()?.join(", "))
        }
        other => leaf_name(&other)?.to_uppercase(),
    })
}

/// A schema as DDL text: `a INT,b STRING NOT NULL`.
pub(crate) fn to_ddl(schema: &DataType) -> Result<String> {
    let DataType::Struct(fields) = schema else { return sql_name(schema) };
    Ok(fields.iter().map(|field| column(field, " ")).collect::<Result<Vec<_>>>()?.join(","))
}

fn column(field: &Field, separator: &str) -> Result<String> {
    let plain = field.name().chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let name = if plain { field.name().clone() } else { quoted([field.name().as_str()]) };
    let not_null = if field.is_nullable() { "" } else { " NOT NULL" };
    Ok(format!("{name}{separator}{}{not_null}", sql_name(field.data_type())?))
}

/// A type's name in `printSchema` and JSON.
pub(super) fn type_name(data_type: &DataType) -> Result<String> {
    Ok(match canonical(data_type, "UTC")? {
        DataType::Null => "void".to_owned(),
        DataType::Int8 => "byte".to_owned(),
        DataType::Int16 => "short".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Int64 => "long".to_owned(),
        DataType::List(_) => "array".to_owned(),
        DataType::Map(..) => "map".to_owned(),
        DataType::Struct(_) => "struct".to_owned(),
        other => leaf_name(&other)?,
    })
}

/// Names that are the same everywhere.
fn leaf_name(data_type: &DataType) -> Result<String> {
    Ok(match data_type {
        DataType::Boolean => "boolean".to_owned(),
        DataType::Float32 => "float".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Utf8 => "string".to_owned(),
        DataType::Binary => "binary".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamp".to_owned(),
        DataType::Timestamp(_, None) => "timestamp_ntz".to_owned(),
        DataType::Duration(_) => "interval day to second".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        other => return Err(unsupported_datatype(&other.to_string())),
    })
}

/// The two fields of a map's entries.
pub(super) fn key_and_value(entries: &Field) -> Result<(&Field, &Field)> {
    match entries.data_type() {
        DataType::Struct(fields) => match fields.as_ref() {
            [key, value] => Ok((key, value)),
            _ => Err(unsupported_datatype(&entries.data_type().to_string())),
        },
        other => Err(unsupported_datatype(&other.to_string())),
    }
}

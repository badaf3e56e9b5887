//! A type with everything in it, at every level, allowed to be null.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};

/// The type; keys of maps stay as they are.
pub(crate) fn nullable(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        DataType::List(element) => DataType::List(field(element)),
        DataType::Map(entries, sorted) => {
            let DataType::Struct(parts) = entries.data_type() else { return data_type.clone() };
            let parts = parts.iter().enumerate().map(|(at, part)| match at {
                0 => Arc::clone(part),
                _ => field(part),
            });
            let entries =
                Field::new(entries.name(), DataType::Struct(parts.collect()), entries.is_nullable());
            DataType::Map(Arc::new(entries), *sorted)
        }
        other => other.clone(),
    }
}

fn field(of: &FieldRef) -> FieldRef {
    Arc::new(Field::new(of.name(), nullable(of.data_type()), true))
}

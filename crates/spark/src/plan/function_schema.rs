//! The columns that a function of tables or groups declares for its rows.

use std::sync::Arc;

use arrow::datatypes::{DataType, Fields, Schema, SchemaRef};

use crate::error::{Kind, Result, SparkError, invalid_plan};
use crate::proto::connect::PythonUdf;
use crate::types;

/// The function's rows.
pub(super) fn rows_of(python: &PythonUdf) -> Result<SchemaRef> {
    let declared = python.output_type.as_ref().ok_or_else(|| invalid_plan("The function has no type."))?;
    Ok(Arc::new(Schema::new(struct_of(&types::from_proto(declared)?)?)))
}

/// The fields of a type that must be a struct.
pub(super) fn struct_of(declared: &DataType) -> Result<Fields> {
    match declared {
        DataType::Struct(fields) => Ok(fields.clone()),
        other => Err(SparkError::plain(
            Kind::Analysis,
            format!("A function of tables or groups gives rows, not {}.", types::type_name_in_sql(other)),
        )),
    }
}

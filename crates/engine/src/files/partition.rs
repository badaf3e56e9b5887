//! Columns that stand in directories' names (`day=1/`): their types, and their values for a file's rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::FileEntry;
use crate::EngineError;
use crate::functions::cast::spark_cast;

use super::infer::Kind;

/// The columns of files with those of their directories after them, unless they are among them already.
pub(crate) fn with_partitions(schema: &SchemaRef, files: &[FileEntry]) -> SchemaRef {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in files.iter().flat_map(|file| &file.partitions) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
    for name in names {
        if fields.iter().any(|field| field.name().eq_ignore_ascii_case(name)) {
            continue;
        }
        let values = files.iter().flat_map(|file| &file.partitions).filter(|(other, _)| other == name);
        let kind =
            values.filter_map(|(_, value)| value.as_deref()).map(Kind::of_partition).reduce(Kind::merge);
        let kind = kind.map_or(DataType::Utf8, Kind::data_type);
        fields.push(Arc::new(Field::new(name, kind, true)));
    }
    Arc::new(Schema::new(fields))
}

/// The value of a column for all rows of a file.
fn constant(value: Option<&str>, field: &Field, rows: usize, zone: &str) -> Result<ArrayRef, EngineError> {
    let Some(value) = value else { return Ok(new_null_array(field.data_type(), rows)) };
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows)));
    Ok(spark_cast(&texts, field.data_type(), zone)?)
}

/// A file's rows with the columns of its directories, in the order of `schema`.
pub(super) fn complete(
    batch: &RecordBatch,
    file: &FileEntry,
    schema: &SchemaRef,
    zone: &str,
) -> Result<RecordBatch, EngineError> {
    let rows = batch.num_rows();
    let own = batch.schema();
    let columns = schema.fields().iter().map(|field| {
        let partition = file.partitions.iter().find(|(name, _)| name.eq_ignore_ascii_case(field.name()));
        match (partition, own.index_of(field.name())) {
            (Some((_, value)), _) => constant(value.as_deref(), field, rows, zone),
            (None, Ok(place)) => Ok(Arc::clone(batch.column(place))),
            (None, Err(_)) => Ok(new_null_array(field.data_type(), rows)),
        }
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

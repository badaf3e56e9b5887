//! `LocalRelation`: rows that the client sends along, `spark.createDataFrame(...)`.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::ipc::reader::StreamDecoder;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, UNNAMED_TABLE};

use crate::error::{Result, invalid_plan};
use crate::proto::connect::LocalRelation;
use crate::types;

pub(super) fn plan(local: &LocalRelation) -> Result<LogicalPlan> {
    let wanted =
        local.schema.as_deref().filter(|text| !text.is_empty()).map(types::parse_schema).transpose()?;
    let wanted = match wanted {
        Some(DataType::Struct(fields)) => Some(Arc::new(Schema::new(fields))),
        Some(_) => return Err(invalid_plan("The schema of a local relation is no struct.")),
        None => None,
    };
    let (schema, batches) = match local.data.as_deref() {
        Some(data) => read(data, wanted)?,
        None => (
            wanted.ok_or_else(|| invalid_plan("A local relation has neither rows nor a schema."))?,
            Vec::new(),
        ),
    };
    let table = MemTable::try_new(schema, vec![batches])?;
    Ok(LogicalPlanBuilder::scan(UNNAMED_TABLE, provider_as_source(Arc::new(table)), None)?.build()?)
}

/// Reads the Arrow stream; with a schema, the columns take its names and types by position. The lengths in the stream
/// are held against the bytes that are there before anything is made of them.
fn read(data: &[u8], wanted: Option<SchemaRef>) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let mut decoder = StreamDecoder::new();
    let mut rest = Buffer::from(data);
    let mut read = Vec::new();
    while let Some(batch) = decoder.decode(&mut rest)? {
        read.push(batch);
    }
    decoder.finish()?;
    let own = decoder.schema().ok_or_else(|| invalid_plan("The local rows have no schema."))?;
    let schema = wanted.unwrap_or(own);
    let mut batches = Vec::new();
    for batch in read {
        if batch.num_columns() != schema.fields().len() {
            let (has, wants) = (batch.num_columns(), schema.fields().len());
            return Err(invalid_plan(format!(
                "The local rows have {has} columns, their schema has {wants}."
            )));
        }
        let columns = batch.columns().iter().zip(schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type()));
        let columns = columns.collect::<std::result::Result<Vec<ArrayRef>, _>>()?;
        batches.push(RecordBatch::try_new(Arc::clone(&schema), columns)?);
    }
    Ok((schema, batches))
}

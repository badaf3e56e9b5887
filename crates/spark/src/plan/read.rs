//! `Read`: `spark.readStream...load()`, `spark.table(...)`.

use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::logical_expr::LogicalPlan;
use millstream_engine::Options;
use std::sync::Arc;

use super::Planner;
use crate::error::{Result, invalid_plan, invalid_schema, unsupported};
use crate::proto::connect::Read;
use crate::proto::connect::read::{DataSource, NamedTable, ReadType};
use crate::types;

pub(super) async fn plan(planner: &mut Planner<'_>, read: &Read) -> Result<LogicalPlan> {
    match &read.read_type {
        Some(ReadType::NamedTable(table)) => named_table(planner, table).await,
        Some(ReadType::DataSource(source)) if read.is_streaming => stream(planner, source),
        Some(ReadType::DataSource(source)) => files(planner, source).await,
        None => Err(invalid_plan("The read names neither a table nor a source.")),
    }
}

/// `spark.read.format(...).load(...)`.
async fn files(planner: &Planner<'_>, source: &DataSource) -> Result<LogicalPlan> {
    let session = planner.session;
    let format = format_of(planner, source)?;
    if !source.predicates.is_empty() {
        return Err(unsupported("spark.read.jdbc with predicates"));
    }
    let options: Options =
        source.options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let schema = source.schema.as_deref().filter(|text| !text.is_empty()).map(schema_of).transpose()?;
    Ok(session.engine.read(&format, &source.paths, &options, schema).await?)
}

/// The source's format, or the session's default.
fn format_of(planner: &Planner<'_>, source: &DataSource) -> Result<String> {
    Ok(match source.format.as_deref() {
        Some(format) if !format.is_empty() => format.to_owned(),
        _ => planner.session.conf().require("spark.sql.sources.default")?.to_owned(),
    })
}

/// A table or view; a view of a stream is a stream, so `readStream.table` needs nothing more.
async fn named_table(planner: &mut Planner<'_>, table: &NamedTable) -> Result<LogicalPlan> {
    Ok(planner.session.engine.table(&table.unparsed_identifier).await?)
}

fn stream(planner: &Planner<'_>, source: &DataSource) -> Result<LogicalPlan> {
    let session = planner.session;
    let format = format_of(planner, source)?;
    if source.source_name.is_some() {
        return Err(unsupported("readStream.name"));
    }
    let mut options: Options =
        source.options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    match source.paths.as_slice() {
        [] => {}
        [path] => {
            options.set("path", path.as_str());
        }
        _ => return Err(unsupported("more than one path in a stream")),
    }
    let schema = source.schema.as_deref().filter(|text| !text.is_empty()).map(schema_of).transpose()?;
    Ok(session.engine.read_stream(&format, &options, schema)?)
}

fn schema_of(text: &str) -> Result<SchemaRef> {
    match types::parse_schema(text)? {
        DataType::Struct(fields) => Ok(Arc::new(Schema::new(fields))),
        _ => Err(invalid_schema(text, "it is a single type, not a list of columns")),
    }
}

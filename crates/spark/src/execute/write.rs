//! `WriteOperation`: `df.write...save(path)`; a table of a catalog is refused by name.

use millstream_engine::files::{SaveMode, WriteSpec};

use crate::error::{Result, invalid_plan, unsupported};
use crate::plan::Planner;
use crate::proto::connect::WriteOperation;
use crate::proto::connect::write_operation::{SaveMode as Asked, SaveType};
use crate::session::Session;

pub(super) async fn run(session: &Session, write: WriteOperation) -> Result<()> {
    if write.bucket_by.is_some()
        || !write.sort_column_names.is_empty()
        || !write.clustering_columns.is_empty()
    {
        return Err(unsupported("df.write.bucketBy, sortBy and clusterBy"));
    }
    let mode = match write.mode() {
        Asked::Unspecified | Asked::ErrorIfExists => SaveMode::ErrorIfExists,
        Asked::Append => SaveMode::Append,
        Asked::Overwrite => SaveMode::Overwrite,
        Asked::Ignore => SaveMode::Ignore,
    };
    let format = match write.source.as_deref() {
        Some(format) if !format.is_empty() => format.to_owned(),
        _ => session.conf().require("spark.sql.sources.default")?.to_owned(),
    };
    let input = write.input.as_ref().ok_or_else(|| invalid_plan("The write has no plan."))?;
    let plan = Planner::new(session).relation(input).await?;
    let path = match write.save_type {
        Some(SaveType::Path(path)) => path,
        Some(SaveType::Table(_)) => {
            return Err(unsupported(
                "df.write.saveAsTable and insertInto (there is no catalog of tables): write files with save(path)",
            ));
        }
        None => write.options.get("path").cloned().unwrap_or_default(),
    };
    let spec = WriteSpec {
        format,
        path,
        mode,
        partition_by: write.partitioning_columns,
        options: write.options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    };
    Ok(session.engine.write(plan, &spec).await?)
}

//! The file sink: each batch's rows as files of a directory, exactly once by the directory's own log of what is
//! committed (`_spark_metadata`, in Spark's form: Spark reads what we write and the other way round).

use std::path::PathBuf;

use async_trait::async_trait;
use futures::TryStreamExt as _;

use super::{Sink, SinkBatch};
use crate::files::{DirectoryWriter, Format, SinkLog};
use crate::{EngineError, OutputMode};

/// Writes to one directory.
#[derive(Debug)]
pub(super) struct FileSink {
    directory: PathBuf,
    format: Format,
    partition_by: Vec<String>,
    zone: String,
}

impl FileSink {
    /// A sink for rows of `schema`.
    ///
    /// # Errors
    /// Another output mode than append, columns that the format cannot hold.
    pub(super) fn new(
        directory: PathBuf,
        format: Format,
        partition_by: Vec<String>,
        zone: String,
        schema: &arrow::datatypes::SchemaRef,
        output_mode: OutputMode,
    ) -> Result<Self, EngineError> {
        if output_mode != OutputMode::Append {
            return Err(EngineError::sink_output_mode(format.name(), output_mode));
        }
        DirectoryWriter::new(&directory, &format, schema, &partition_by, &zone)?;
        Ok(Self { directory, format, partition_by, zone })
    }
}

#[async_trait]
impl Sink for FileSink {
    fn description(&self) -> String {
        format!("FileSink[file:{}]", self.directory.display())
    }

    async fn add_batch(&self, mut batch: SinkBatch) -> Result<(), EngineError> {
        let log = SinkLog::of(&self.directory);
        let committed = log.latest()?.is_some_and(|latest| latest >= batch.batch_id);
        let mut writer = DirectoryWriter::new(
            &self.directory,
            &self.format,
            &batch.schema,
            &self.partition_by,
            &self.zone,
        )?;
        while let Some(rows) = batch.rows.try_next().await? {
            if rows.num_rows() > 0 && !committed {
                writer.write(&rows)?;
            }
        }
        if committed {
            return Ok(());
        }
        log.add(batch.batch_id, &writer.finish()?)
    }
}

//! Reading files into rows, on a thread that may block.

use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};

use super::partition::complete;
use super::{FileEntry, Format};
use crate::EngineError;

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// How files become rows.
#[derive(Debug, Clone)]
pub(crate) struct FileScan {
    format: Format,
    schema: SchemaRef,
    zone: String,
}

impl FileScan {
    /// Rows of `schema`: the files' columns and those of their directories.
    pub(crate) fn new(format: Format, schema: SchemaRef, zone: String) -> Self {
        Self { format, schema, zone }
    }

    /// The columns.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The same scan of some columns. CSV knows its columns by position only, so it reads them all.
    pub(crate) fn only(&self, columns: &[usize]) -> Result<Option<Self>, EngineError> {
        if matches!(self.format, Format::Csv(_)) {
            return Ok(None);
        }
        Ok(Some(Self { schema: Arc::new(self.schema.project(columns)?), ..self.clone() }))
    }

    /// The rows of files, one file after the other.
    pub(crate) fn rows(&self, files: Vec<FileEntry>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), AHEAD);
        let (scan, sender) = (self.clone(), builder.tx());
        builder.spawn_blocking(move || {
            for file in &files {
                for batch in scan.file(file)? {
                    let rows = batch.and_then(|batch| complete(&batch, file, &scan.schema, &scan.zone));
                    // Nobody reads any more: the query has gone.
                    if sender.blocking_send(rows.map_err(DataFusionError::from)).is_err() {
                        return Ok(());
                    }
                }
            }
            Ok(())
        });
        builder.build()
    }

    fn file(&self, file: &FileEntry) -> Result<super::format::Batches, EngineError> {
        let in_directories =
            |name: &str| file.partitions.iter().any(|(partition, _)| partition.eq_ignore_ascii_case(name));
        let fields = self.schema.fields().iter().filter(|field| !in_directories(field.name())).cloned();
        let data = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        self.format.read(&file.path, &data, &self.zone)
    }
}

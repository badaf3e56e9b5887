//! Where a batch's rows go: the trait, and one file a sink.

mod console;
mod file;
mod kafka;
mod memory;
mod noop;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt as _;

pub(crate) use memory::MemoryTable;

use crate::files::Format;
use crate::topics::TopicStore;
use crate::{Connectors, ConsoleOut, EngineError, Options, OutputMode};

/// What one batch hands to its sink.
pub struct SinkBatch {
    /// The batch's number. The same number may come again after a restart: the sink must then end up the same.
    pub batch_id: u64,
    /// The rows' schema.
    pub schema: SchemaRef,
    /// The rows, made as they are read. The sink has to read them to the end: state and offsets are complete only then.
    pub rows: SendableRecordBatchStream,
    /// What the rows mean.
    pub output_mode: OutputMode,
}

impl SinkBatch {
    /// All rows at once.
    ///
    /// # Errors
    /// What the query's operators and sources run into.
    pub async fn collect(self) -> Result<Vec<RecordBatch>, EngineError> {
        Ok(self.rows.try_collect().await?)
    }
}

impl std::fmt::Debug for SinkBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SinkBatch({}, {})", self.batch_id, self.output_mode)
    }
}

/// A sink. The Spark door brings its own for `foreachBatch`, by way of [`crate::SinkSpec::Custom`].
#[async_trait]
pub trait Sink: Send + Sync + std::fmt::Debug {
    /// As progress and explain name it, in Spark's words.
    fn description(&self) -> String;

    /// Takes a batch; idempotent by its number. Returns once the rows are as durable as the sink makes them.
    async fn add_batch(&self, batch: SinkBatch) -> Result<(), EngineError>;

    /// What the sink has to say about its last batch.
    fn metrics(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}

/// What the sinks by name need beside their options.
#[derive(Debug)]
pub(crate) struct SinkContext<'a> {
    pub(crate) options: &'a Options,
    pub(crate) schema: SchemaRef,
    pub(crate) topics: Arc<dyn TopicStore>,
    pub(crate) connectors: Connectors,
    pub(crate) console: ConsoleOut,
    pub(crate) time_zone: String,
    /// Where a file sink writes, if the options name a place.
    pub(crate) directory: Option<std::path::PathBuf>,
    pub(crate) partition_by: Vec<String>,
    pub(crate) output_mode: OutputMode,
    /// The table of the memory sink, if the query has a name.
    pub(crate) memory: Option<Arc<MemoryTable>>,
}

/// The sink of a format.
///
/// # Errors
/// Unknown format, wrong options or columns, with Spark's texts.
pub(crate) fn create(format: &str, context: SinkContext<'_>) -> Result<Arc<dyn Sink>, EngineError> {
    if Format::is_known(format) {
        return file(format, context);
    }
    let SinkContext { options, schema, topics, connectors, console, time_zone, memory, .. } = context;
    Ok(match format.to_ascii_lowercase().as_str() {
        "console" => Arc::new(console::ConsoleSink::new(options, console, time_zone)?),
        "memory" => Arc::new(memory::MemorySink::new(
            memory.ok_or_else(|| EngineError::analysis("queryName must be specified for memory sink."))?,
        )),
        "kafka" => Arc::new(kafka::KafkaSink::new(options, &schema, topics)?),
        "noop" => Arc::new(noop::NoopSink),
        other => connectors.get(other)?.sink(options, &schema)?,
    })
}

fn file(format: &str, context: SinkContext<'_>) -> Result<Arc<dyn Sink>, EngineError> {
    let SinkContext { options, schema, time_zone, directory, partition_by, output_mode, .. } = context;
    let directory = directory.ok_or_else(EngineError::no_path)?;
    let format = Format::new(format, options, &time_zone)?;
    Ok(Arc::new(file::FileSink::new(directory, format, partition_by, time_zone, &schema, output_mode)?))
}

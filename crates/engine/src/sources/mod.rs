//! Where rows come from: the traits, the table that stands for a stream in a plan, and one file a source.

mod file;
mod kafka;
mod rate;
mod socket;
mod stream_table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::error::DataFusionError;
use futures::stream::BoxStream;

pub(crate) use file::FileSpec;
pub(crate) use kafka::cluster;
pub use stream_table::StreamTable;

use crate::topics::TopicStore;
use crate::{Connectors, EngineError, Options};

/// The rows of one batch, read as they are consumed.
pub type RowStream = BoxStream<'static, Result<RecordBatch, DataFusionError>>;

/// A stream that a plan reads, as its options describe it. Nothing is open yet.
#[async_trait]
pub trait SourceSpec: Send + Sync + std::fmt::Debug {
    /// The format's name: `kafka`, `socket`, `rate`.
    fn name(&self) -> &str;

    /// The columns.
    fn schema(&self) -> SchemaRef;

    /// Opens the stream for one query. `initial` is where the stream began when the query was first started (what
    /// [`Source::initial_offset`] said then), if it was.
    ///
    /// # Errors
    /// The stream is not there; with Spark's text.
    async fn open(&self, initial: Option<String>) -> Result<Box<dyn Source>, EngineError>;

    /// Whether it keeps a log of its own in the checkpoint, in place of where it began.
    fn keeps_log(&self) -> bool {
        false
    }

    /// Opens a stream that [`SourceSpec::keeps_log`]; `directory` is for the log, if the query has a checkpoint.
    ///
    /// # Errors
    /// As [`SourceSpec::open`]; a damaged log.
    async fn open_with_log(&self, _directory: Option<PathBuf>) -> Result<Box<dyn Source>, EngineError> {
        self.open(None).await
    }
}

/// An open stream. Offsets are texts of JSON that only the source itself understands.
#[async_trait]
pub trait Source: Send + Sync + std::fmt::Debug {
    /// As progress names it, in Spark's words.
    fn description(&self) -> String;

    /// Where the stream begins; fixed for the life of the query and kept in its checkpoint.
    fn initial_offset(&self) -> String;

    /// The end of the next batch that starts at `start`: the newest offset, or less if a limit per trigger says so.
    ///
    /// # Errors
    /// The stream cannot be asked, or (with `failOnDataLoss`) lost data.
    async fn latest_offset(&mut self, start: &str) -> Result<String, EngineError>;

    /// The newest offset of all without limit, as of the last call of [`Source::latest_offset`].
    fn newest(&self) -> Option<String>;

    /// The rows after `start` up to and with `end`. The same offsets give the same rows again, if the source can.
    ///
    /// # Errors
    /// The offsets are not this source's, or the stream cannot be read.
    async fn batch(&mut self, start: &str, end: &str) -> Result<RowStream, EngineError>;

    /// All rows up to `end` are done with: the batch is in the sink and the commit log. What cannot be told to the
    /// other side now is the source's own matter; the batch stays committed.
    async fn commit(&mut self, end: &str);

    /// Returns when there may be rows after `position`; must be cancel safe.
    async fn changed(&self, position: &str);

    /// From now on, nothing newer than what is there now is offered (`availableNow`).
    ///
    /// # Errors
    /// The stream cannot be asked.
    async fn freeze(&mut self, start: &str) -> Result<(), EngineError>;

    /// Whether a position is before everything: such a batch has no offset, and is not run for this source's sake.
    fn is_nothing(&self, _position: &str) -> bool {
        false
    }

    /// From now on, limits per trigger do not hold (`once`).
    fn lift_limits(&mut self) {}

    /// What progress says about this source beside its offsets, after a batch that ended at `end`.
    fn metrics(&self, _end: &str) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}

/// The source that a format and options describe.
///
/// # Errors
/// Unknown format, a schema where none may be given, wrong options.
pub(crate) fn describe(
    format: &str,
    options: &Options,
    schema: Option<SchemaRef>,
    topics: &Arc<dyn TopicStore>,
    connectors: &Connectors,
) -> Result<Arc<dyn SourceSpec>, EngineError> {
    let spec: Arc<dyn SourceSpec> = match format.to_ascii_lowercase().as_str() {
        "kafka" => Arc::new(kafka::KafkaSpec::new(options, Arc::clone(topics))?),
        "socket" => Arc::new(socket::SocketSpec::new(options)?),
        "rate" => Arc::new(rate::RateSpec::new(options)?),
        other => connectors.get(other)?.source(options)?,
    };
    match schema {
        Some(given) if !given.fields().is_empty() => Err(EngineError::unsupported(format!(
            "The {} source does not support a user-specified schema.",
            spec.name()
        ))),
        _ => Ok(spec),
    }
}

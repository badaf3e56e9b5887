//! `writeStream.foreach(function or writer)`: the user's code sees each row, in a worker of its own.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;
use async_trait::async_trait;
use millstream_engine::EngineError;
use millstream_engine::sinks::{Sink, SinkBatch};
use std::sync::Arc;
use tokio::sync::Mutex;

use super::foreach_batch::python_function;
use crate::error::Result;
use crate::proto::connect::StreamingForeachFunction;
use crate::python::{Interpreter, Outcome, Script, Worker};
use crate::session::Session;
use crate::types;

/// The sink.
#[derive(Debug)]
pub(super) struct Foreach {
    worker: Mutex<Worker>,
    time_zone: String,
}

impl Foreach {
    /// Starts the worker and hands it the user's code.
    ///
    /// # Errors
    /// No Python, no PySpark in it, or code that cannot be unpickled there.
    pub(super) async fn open(session: &Session, function: &StreamingForeachFunction) -> Result<Arc<Self>> {
        let function = python_function(function)?;
        let python = Interpreter::of(session.program.as_deref(), "writeStream.foreach")?;
        let script = Script::Source(concat!(
            include_str!("../python/workers/frames.py"),
            include_str!("../python/workers/foreach.py")
        ));
        let mut worker = Worker::start(&python, script, None, session.console.clone()).await?;
        worker.bytes(&function.command).await?;
        if let Outcome::Raised(traceback) = worker.ask().await? {
            return Err(EngineError::python_start(&traceback).into());
        }
        Ok(Arc::new(Self { worker: Mutex::new(worker), time_zone: session.engine.time_zone() }))
    }
}

#[async_trait]
impl Sink for Foreach {
    fn description(&self) -> String {
        "ForeachWriterTable".to_owned()
    }

    async fn add_batch(&self, batch: SinkBatch) -> std::result::Result<(), EngineError> {
        let batch_id = i64::try_from(batch.batch_id).unwrap_or(i64::MAX);
        let schema = types::canonical_schema(&batch.schema, &self.time_zone)
            .map_err(|error| EngineError::execution(error.message))?;
        let rows = encoded(&schema, &batch.collect().await?)?;
        let mut worker = self.worker.lock().await;
        worker.long(batch_id).await?;
        worker.bytes(&rows).await?;
        match worker.ask().await? {
            Outcome::Done => Ok(()),
            Outcome::Raised(traceback) => Err(EngineError::foreach_row(&traceback)),
        }
    }
}

/// The rows as an Arrow stream of Spark's own types.
fn encoded(schema: &SchemaRef, rows: &[RecordBatch]) -> std::result::Result<Vec<u8>, EngineError> {
    let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
    for batch in rows {
        let columns = batch.columns().iter().zip(schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type()));
        let columns = columns.collect::<std::result::Result<Vec<ArrayRef>, _>>()?;
        writer.write(&RecordBatch::try_new(Arc::clone(schema), columns)?)?;
    }
    Ok(writer.into_inner()?)
}

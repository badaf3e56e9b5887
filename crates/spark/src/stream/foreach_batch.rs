//! `writeStream.foreachBatch(function)`: the function runs in PySpark's own worker, which gets each batch as a
//! DataFrame of the session (`pyspark.sql.connect.streaming.worker.foreach_batch_worker`).
//!
//! The batch's rows are held in memory while the function runs: it may read them as often as it likes.

use async_trait::async_trait;
use millstream_engine::EngineError;
use millstream_engine::sinks::{Sink, SinkBatch};
use std::sync::Arc;
use tokio::sync::Mutex;

use crate::error::{Result, invalid_plan, unsupported};
use crate::proto::connect::streaming_foreach_function::Function;
use crate::proto::connect::{PythonUdf, StreamingForeachFunction};
use crate::python::{Interpreter, Outcome, Script, Worker};
use crate::session::{Relations, Session};

const MODULE: &str = "pyspark.sql.connect.streaming.worker.foreach_batch_worker";
/// From here on the worker is told with each batch in which session it is.
const TELLS_SESSION: (u32, u32) = (4, 3);

/// The sink.
#[derive(Debug)]
pub(super) struct ForeachBatch {
    worker: Mutex<Worker>,
    relations: Relations,
    session_id: String,
}

/// The Python function of a message.
pub(super) fn python_function(function: &StreamingForeachFunction) -> Result<&PythonUdf> {
    match &function.function {
        Some(Function::PythonFunction(python)) => Ok(python),
        Some(Function::ScalaFunction(_)) => Err(unsupported("foreachBatch and foreach with Scala functions")),
        None => Err(invalid_plan("The function of foreachBatch or foreach is missing.")),
    }
}

impl ForeachBatch {
    /// Starts the worker and hands it the function.
    ///
    /// # Errors
    /// No Python, no PySpark in it, or a function that cannot be unpickled there.
    pub(super) async fn open(session: &Session, function: &StreamingForeachFunction) -> Result<Arc<Self>> {
        let function = python_function(function)?;
        let python = Interpreter::of(session.program.as_deref(), "foreachBatch")?;
        let url = session.url()?;
        let mut worker =
            Worker::start(&python, Script::Module(MODULE), Some(&url), session.console.clone()).await?;
        worker.text(&function.python_ver).await?;
        worker.text(&session.id).await?;
        worker.bytes(&function.command).await?;
        if let Outcome::Raised(traceback) = worker.ask().await? {
            return Err(EngineError::python_start(&traceback).into());
        }
        Ok(Arc::new(Self {
            worker: Mutex::new(worker),
            relations: session.relations.clone(),
            session_id: session.id.clone(),
        }))
    }

    async fn call(&self, relation: &str, batch_id: u64) -> std::result::Result<(), EngineError> {
        let mut worker = self.worker.lock().await;
        worker.text(relation).await?;
        worker.long(i64::try_from(batch_id).unwrap_or(i64::MAX)).await?;
        if worker.version() >= TELLS_SESSION {
            worker.text(&self.session_id).await?;
        }
        match worker.ask().await? {
            Outcome::Done => Ok(()),
            Outcome::Raised(traceback) => Err(EngineError::foreach_batch(&traceback)),
        }
    }
}

/// Lets the rows of a batch go, also when the query is stopped in the middle of it.
struct Kept<'a>(&'a Relations, String);

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.0.forget(&self.1);
    }
}

#[async_trait]
impl Sink for ForeachBatch {
    fn description(&self) -> String {
        "ForeachBatchSink".to_owned()
    }

    async fn add_batch(&self, batch: SinkBatch) -> std::result::Result<(), EngineError> {
        let (schema, batch_id) = (Arc::clone(&batch.schema), batch.batch_id);
        let rows = batch.collect().await?;
        let id = self.relations.keep(schema, rows)?;
        let kept = Kept(&self.relations, id);
        self.call(&kept.1, batch_id).await
    }
}

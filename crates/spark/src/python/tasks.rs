//! Functions of tables and of groups: each task is one run of PySpark's own worker, within a process that lives as long
//! as the session knows the function.

use std::sync::Arc;

use millstream_engine::{ConsoleOut, EngineError};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{Interpreter, Outcome, Script, Worker};
use crate::error::{Result, invalid_plan, unsupported};
use crate::proto::connect::common_inline_user_defined_function::Function;
use crate::proto::connect::{CommonInlineUserDefinedFunction, PythonUdf};
use crate::session::Session;

/// What PySpark's workers are told of a session's configuration, if it is set.
const CONFIGS: [&str; 9] = [
    "spark.sql.execution.arrow.maxRecordsPerBatch",
    "spark.sql.execution.arrow.useLargeVarTypes",
    "spark.sql.execution.pandas.convertToArrowArraySafely",
    "spark.sql.execution.pyspark.binaryAsBytes",
    "spark.sql.execution.pythonUDF.pandas.intToDecimalCoercionEnabled",
    "spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype",
    "spark.sql.legacy.execution.pandas.groupedMap.assignColumnsByName",
    "spark.sql.legacy.execution.pythonUDF.pandas.conversion.enabled",
    "spark.sql.session.timeZone",
];

/// A function with how its worker is to read its rows.
#[derive(Debug)]
pub(crate) struct TaskFunction {
    /// How its worker begins, as JSON.
    setting: String,
    /// The pickled function and the type of its rows.
    command: Vec<u8>,
    time_zone: String,
    python: Interpreter,
    console: ConsoleOut,
    worker: Mutex<Option<Worker>>,
}

/// The Python function of a message.
pub(crate) fn python_of(asked: Option<&CommonInlineUserDefinedFunction>) -> Result<&PythonUdf> {
    match asked.and_then(|asked| asked.function.as_ref()) {
        Some(Function::PythonUdf(python)) => Ok(python),
        Some(_) => Err(unsupported("a function in Java or Scala")),
        None => Err(invalid_plan("The function is missing.")),
    }
}

impl TaskFunction {
    /// The session's function; the same one, with its worker, for the same function again. `offsets` says which columns
    /// are keys and which the function's table, as PySpark's worker reads it; `what` names the call in messages.
    ///
    /// # Errors
    /// No Python is known.
    pub(crate) fn of(
        session: &Session,
        python: &PythonUdf,
        offsets: &[usize],
        what: &str,
    ) -> Result<Arc<Self>> {
        let conf = session.conf();
        let conf: serde_json::Map<String, Value> =
            CONFIGS.iter().filter_map(|key| Some(((*key).to_owned(), Value::from(conf.get(key)?)))).collect();
        let setting = json!({ "kind": python.eval_type, "offsets": offsets, "conf": conf }).to_string();
        if let Some(known) = session.functions.find_task(&setting, &python.command) {
            return Ok(known);
        }
        let made = Arc::new(Self {
            setting,
            command: python.command.clone(),
            time_zone: session.engine.time_zone(),
            python: Interpreter::of(session.program.as_deref(), what)?,
            console: session.console.clone(),
            worker: Mutex::default(),
        });
        session.functions.keep_task(Arc::clone(&made));
        Ok(made)
    }

    /// Whether it is this function, read in this way.
    pub(crate) fn is(&self, setting: &str, command: &[u8]) -> bool {
        self.setting == setting && self.command == command
    }

    /// The zone in which timestamps go to Python.
    pub(super) fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// One run over some tables, each an Arrow stream; gives `parts` Arrow streams.
    ///
    /// # Errors
    /// What the function raised, or the worker was lost.
    pub(super) async fn run(
        &self,
        asked: &Value,
        tables: &[Vec<u8>],
        parts: usize,
    ) -> std::result::Result<Vec<Vec<u8>>, EngineError> {
        let mut worker = self.worker.lock().await;
        let mut running = match worker.take() {
            Some(running) => running,
            None => self.start().await?,
        };
        running.text(&asked.to_string()).await?;
        running.int(i32::try_from(tables.len()).unwrap_or(i32::MAX)).await?;
        for table in tables {
            running.bytes(table).await?;
        }
        // A worker whose function raised, or whose answer was not read to its end, goes with this call.
        match running.ask().await? {
            Outcome::Done => {
                let mut made = Vec::with_capacity(parts);
                for _ in 0..parts {
                    made.push(running.read_rows().await?);
                }
                *worker = Some(running);
                Ok(made)
            }
            Outcome::Raised(traceback) => Err(EngineError::python_exception(&traceback)),
        }
    }

    async fn start(&self) -> std::result::Result<Worker, EngineError> {
        let script =
            Script::Source(concat!(include_str!("workers/frames.py"), include_str!("workers/tasks.py")));
        let mut worker = Worker::start(&self.python, script, None, self.console.clone()).await?;
        worker.text(&self.setting).await?;
        worker.bytes(&self.command).await?;
        Ok(worker)
    }
}

/// Which columns of a table are keys and which are the function's own, as PySpark's worker reads it.
pub(crate) fn offsets(keys: &[usize], values: usize) -> Vec<usize> {
    let mut offsets = vec![1 + keys.len() + values, keys.len()];
    offsets.extend(keys);
    offsets.extend(0..values);
    offsets
}

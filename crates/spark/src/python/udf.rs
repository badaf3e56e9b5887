//! Python functions as columns: the user's function runs in a worker, which gets the arguments of a batch of rows as
//! Arrow and gives back a column. A worker lives as long as the session knows its function.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use millstream_engine::{ConsoleOut, EngineError};
use tokio::sync::Mutex;

use super::{Interpreter, Outcome, Script, Worker};
use crate::types::canonical;

/// The kinds of functions that a worker of ours runs (`PythonEvalType`): of rows, of pandas and of Arrow columns.
const KINDS: [i32; 6] = [100, 101, 200, 204, 250, 251];

/// A Python function, and the worker that runs it once there are rows.
#[derive(Debug)]
pub(crate) struct PythonFunction {
    pub(crate) name: String,
    pub(crate) kind: i32,
    pub(crate) command: Vec<u8>,
    pub(crate) returns: DataType,
    pub(crate) deterministic: bool,
    pub(crate) python: Interpreter,
    pub(crate) console: ConsoleOut,
    pub(crate) worker: Mutex<Option<Worker>>,
}

/// Whether functions of this kind are done.
pub(crate) fn is_done(kind: i32) -> bool {
    KINDS.contains(&kind)
}

impl PythonFunction {
    /// The function for plans.
    pub(crate) fn udf(self: &Arc<Self>) -> ScalarUDF {
        let volatility = if self.deterministic { Volatility::Immutable } else { Volatility::Volatile };
        let arguments = vec![TypeSignature::VariadicAny, TypeSignature::Nullary];
        ScalarUDF::new_from_impl(PythonUdf {
            function: Arc::clone(self),
            signature: Signature::one_of(arguments, volatility),
        })
    }

    async fn call(&self, arguments: Vec<u8>) -> std::result::Result<Vec<u8>, EngineError> {
        let mut worker = self.worker.lock().await;
        let mut running = match worker.take() {
            Some(running) => running,
            None => self.start().await?,
        };
        running.bytes(&arguments).await?;
        // A worker whose answer was not read to its end is not asked again: it goes with this call.
        match running.ask().await? {
            Outcome::Done => {
                let made = running.read_rows().await?;
                *worker = Some(running);
                Ok(made)
            }
            Outcome::Raised(traceback) => {
                *worker = Some(running);
                Err(EngineError::python_exception(&traceback))
            }
        }
    }

    async fn start(&self) -> std::result::Result<Worker, EngineError> {
        let script =
            Script::Source(concat!(include_str!("workers/frames.py"), include_str!("workers/udf.py")));
        let mut worker = Worker::start(&self.python, script, None, self.console.clone()).await?;
        worker.int(self.kind).await?;
        worker.bytes(&self.command).await?;
        match worker.ask().await? {
            Outcome::Done => Ok(worker),
            Outcome::Raised(traceback) => Err(EngineError::python_exception(&traceback)),
        }
    }
}

#[derive(Debug)]
struct PythonUdf {
    function: Arc<PythonFunction>,
    signature: Signature,
}

impl PartialEq for PythonUdf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.function, &other.function)
    }
}

impl Eq for PythonUdf {}

impl Hash for PythonUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.command.hash(state);
    }
}

impl ScalarUDFImpl for PythonUdf {
    fn name(&self) -> &str {
        &self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(self.function.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = args.config_options.execution.time_zone.as_deref().unwrap_or("UTC").to_owned();
        let rows = args.number_rows;
        let arguments = encoded(args.args, rows, &zone)?;
        // A plan's kernels are synchronous. The wait is for another process, which never waits for this thread.
        let runtime = tokio::runtime::Handle::current();
        let made = tokio::task::block_in_place(|| runtime.block_on(self.function.call(arguments)));
        let column = decoded(&made.map_err(DataFusionError::from)?, &self.function.returns)?;
        if column.len() != rows {
            let text = format!("{} gave {} values for {rows} rows", self.function.name, column.len());
            return Err(EngineError::execution(text).into());
        }
        Ok(ColumnarValue::Array(column))
    }
}

/// The arguments as an Arrow stream of Spark's own types.
fn encoded(args: Vec<ColumnarValue>, rows: usize, zone: &str) -> Result<Vec<u8>> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (at, arg) in args.into_iter().enumerate() {
        let column = arg.into_array(rows)?;
        let kind = canonical(column.data_type(), zone)
            .map_err(|error| DataFusionError::from(EngineError::execution(error.message)))?;
        columns.push(cast(&column, &kind)?);
        fields.push(Field::new(format!("_{at}"), kind, true));
    }
    let schema = Arc::new(Schema::new(fields));
    let count = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &count)?;
    let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
    writer.write(&batch)?;
    Ok(writer.into_inner()?)
}

/// The one column of an Arrow stream.
fn decoded(data: &[u8], wanted: &DataType) -> Result<ArrayRef> {
    let reader = StreamReader::try_new(std::io::Cursor::new(data), None)?;
    let mut parts = Vec::new();
    for batch in reader {
        let batch = batch?;
        if let Some(column) = batch.columns().first() {
            parts.push(cast(column, wanted)?);
        }
    }
    let parts: Vec<&dyn arrow::array::Array> = parts.iter().map(AsRef::as_ref).collect();
    if parts.is_empty() {
        return Ok(arrow::array::new_empty_array(wanted));
    }
    Ok(concat(&parts)?)
}

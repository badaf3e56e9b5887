//! What one user sees: configuration, temporary views, memory tables, batch queries, own streaming queries.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::LogicalPlan;
use uuid::Uuid;

use crate::{ConsoleOut, Engine, EngineError, Options, Query, QuerySpec};

/// A session. Its methods may be called concurrently.
#[derive(Debug)]
pub struct Session {
    _private: (),
}

/// How `explain` shows a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainMode {
    /// The physical plan only.
    Simple,
    /// Parsed, analyzed, optimized and physical plan.
    Extended,
}

impl Session {
    /// The session's id.
    pub fn id(&self) -> &str {
        ""
    }

    /// The engine it belongs to.
    pub fn engine(&self) -> Arc<Engine> {
        unreachable!()
    }

    /// `DataFusion`'s context: functions and tables of the session.
    pub fn context(&self) -> &SessionContext {
        unreachable!()
    }

    /// Replaces the receiver of console text.
    pub fn set_console(&self, console: ConsoleOut) {
        let _ = console;
    }

    /// A configuration value: as set, else Spark's default for the settings known here.
    pub fn conf(&self, key: &str) -> Option<String> {
        let _ = key;
        None
    }

    /// Sets a configuration value (`spark.sql.session.timeZone` among them).
    ///
    /// # Errors
    /// A value that the setting does not allow.
    pub fn set_conf(&self, key: &str, value: &str) -> Result<(), EngineError> {
        let _ = (key, value);
        Ok(())
    }

    /// Removes a configuration value.
    pub fn unset_conf(&self, key: &str) {
        let _ = key;
    }

    /// All values that were set, by key.
    pub fn all_conf(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The session's time zone: `spark.sql.session.timeZone`, else the machine's.
    pub fn time_zone(&self) -> String {
        String::new()
    }

    /// The plan of a streaming source: a leaf for more plan (see [`crate::plan`]). `schema` is what the program gave.
    ///
    /// # Errors
    /// Unknown format, missing or wrong options, with Spark's texts.
    pub fn read_stream(
        &self,
        format: &str,
        options: &Options,
        schema: Option<SchemaRef>,
    ) -> Result<LogicalPlan, EngineError> {
        let _ = (format, options, schema);
        Err(EngineError::unsupported("read_stream"))
    }

    /// Parses and analyzes SQL over the session's tables and views. Views over streams give streaming plans.
    ///
    /// # Errors
    /// Spark's parse and analysis errors.
    pub async fn sql(&self, text: &str) -> Result<LogicalPlan, EngineError> {
        let _ = text;
        Err(EngineError::unsupported("sql"))
    }

    /// The plan of a table or view.
    ///
    /// # Errors
    /// There is none with this name.
    pub async fn table(&self, name: &str) -> Result<LogicalPlan, EngineError> {
        let _ = name;
        Err(EngineError::unsupported("table"))
    }

    /// Gives a plan, streaming or not, a name.
    ///
    /// # Errors
    /// The name is taken and `replace` is false.
    pub fn create_temp_view(&self, name: &str, plan: LogicalPlan, replace: bool) -> Result<(), EngineError> {
        let _ = (name, plan, replace);
        Ok(())
    }

    /// Removes a view; false if there was none.
    pub fn drop_temp_view(&self, name: &str) -> bool {
        let _ = name;
        false
    }

    /// The schema of a plan after analysis (types coerced).
    ///
    /// # Errors
    /// The plan is wrong.
    pub fn schema(&self, plan: &LogicalPlan) -> Result<SchemaRef, EngineError> {
        let _ = plan;
        Err(EngineError::unsupported("schema"))
    }

    /// Runs a batch plan.
    ///
    /// # Errors
    /// The plan is wrong, or reads a stream (Spark's text for that), or fails.
    pub async fn execute(&self, plan: LogicalPlan) -> Result<SendableRecordBatchStream, EngineError> {
        let _ = plan;
        Err(EngineError::unsupported("execute"))
    }

    /// Runs a batch plan and collects its rows.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn collect(&self, plan: LogicalPlan) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
        let _ = plan;
        Err(EngineError::unsupported("collect"))
    }

    /// `df.show(rows, truncate)`: the table as text. `truncate` 0 shows cells whole.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn show(
        &self,
        plan: LogicalPlan,
        rows: usize,
        truncate: usize,
        vertical: bool,
    ) -> Result<String, EngineError> {
        let _ = (plan, rows, truncate, vertical);
        Err(EngineError::unsupported("show"))
    }

    /// `df.explain()`.
    ///
    /// # Errors
    /// The plan is wrong.
    pub async fn explain(&self, plan: &LogicalPlan, mode: ExplainMode) -> Result<String, EngineError> {
        let _ = (plan, mode);
        Err(EngineError::unsupported("explain"))
    }

    /// Starts a streaming query.
    ///
    /// # Errors
    /// What Spark finds wrong at start: output mode, sink options, name taken, source not there.
    pub async fn start(self: &Arc<Self>, spec: QuerySpec) -> Result<Arc<Query>, EngineError> {
        let _ = spec;
        Err(EngineError::unsupported("start"))
    }

    /// The session's queries that run.
    pub fn active(&self) -> Vec<Arc<Query>> {
        Vec::new()
    }

    /// A running query of this session, by id.
    pub fn query(&self, id: Uuid) -> Option<Arc<Query>> {
        let _ = id;
        None
    }
}

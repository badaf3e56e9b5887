//! One running streaming query: what `StreamingQuery` shows to a program.

use std::sync::Arc;
use std::time::Duration;

use datafusion::logical_expr::LogicalPlan;
use serde::Serialize;
use uuid::Uuid;

use crate::progress::Progress;
use crate::sinks::Sink;
use crate::{EngineError, Options, OutputMode, Snapshot, Trigger};

/// How to start a query.
#[derive(Debug, Clone)]
pub struct QuerySpec {
    /// The streaming plan.
    pub plan: LogicalPlan,
    /// The query's name, unique among the running ones of the session.
    pub name: Option<String>,
    /// Where the rows go.
    pub sink: SinkSpec,
    /// Which rows go there.
    pub output_mode: OutputMode,
    /// When.
    pub trigger: Trigger,
    /// The writer's options; `checkpointLocation` is one of them.
    pub options: Options,
}

/// A sink by name or as an object.
#[derive(Debug, Clone)]
pub enum SinkSpec {
    /// `console`, `memory`, `kafka` or `noop`, configured by the writer's options.
    Format(String),
    /// A sink that the caller made (`foreachBatch`).
    Custom(Arc<dyn Sink>),
}

/// `StreamingQuery.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// What the query does now, in Spark's words.
    pub message: String,
    /// Whether there is data that has not been processed.
    pub is_data_available: bool,
    /// Whether a batch is running.
    pub is_trigger_active: bool,
}

/// A streaming query, running or ended.
#[derive(Debug)]
pub struct Query {
    _private: (),
}

impl Query {
    /// The id: the same over restarts from one checkpoint.
    pub fn id(&self) -> Uuid {
        Uuid::nil()
    }

    /// The id of this run.
    pub fn run_id(&self) -> Uuid {
        Uuid::nil()
    }

    /// The name, if it was given one.
    pub fn name(&self) -> Option<&str> {
        None
    }

    /// The id of the session that started it.
    pub fn session_id(&self) -> &str {
        ""
    }

    /// Whether it has not ended yet.
    pub fn is_active(&self) -> bool {
        false
    }

    /// What it is doing.
    pub fn status(&self) -> Status {
        Status { message: String::new(), is_data_available: false, is_trigger_active: false }
    }

    /// The progress of the last batch.
    pub fn last_progress(&self) -> Option<Arc<Progress>> {
        None
    }

    /// The progress of the last batches (at most 100), oldest first.
    pub fn recent_progress(&self) -> Vec<Arc<Progress>> {
        Vec::new()
    }

    /// The result as of the last batch.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        None
    }

    /// Why it ended, if it failed: the cause, to be wrapped by [`Query::exception_message`].
    pub fn exception(&self) -> Option<Arc<EngineError>> {
        None
    }

    /// The whole message of Spark's `StreamingQueryException`, if it failed.
    pub fn exception_message(&self) -> Option<String> {
        None
    }

    /// The plan in words: `== Physical Plan ==` and so on.
    pub fn explain(&self, extended: bool) -> String {
        let _ = extended;
        String::new()
    }

    /// Stops the query and waits until it has ended. The batch at hand is given up; a restart does it again.
    pub async fn stop(&self) {}

    /// Waits until the query has ended, at most `timeout`. True if it has.
    ///
    /// # Errors
    /// The query failed.
    pub async fn await_termination(&self, timeout: Option<Duration>) -> Result<bool, Arc<EngineError>> {
        let _ = timeout;
        Ok(true)
    }

    /// Waits until all data that is there now has been processed and committed.
    ///
    /// # Errors
    /// The query failed.
    pub async fn process_all_available(&self) -> Result<(), Arc<EngineError>> {
        Ok(())
    }
}

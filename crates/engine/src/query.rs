//! One running streaming query: what `StreamingQuery` shows to a program.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use datafusion::logical_expr::LogicalPlan;
use serde::Serialize;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::progress::Progress;
use crate::sinks::Sink;
use crate::stream_plan::StreamPlan;
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
    /// Columns that become directories of a file sink (`a=1/`), outermost first.
    pub partition_by: Vec<String>,
    /// The writer's options; `checkpointLocation` is one of them.
    pub options: Options,
}

/// A sink by name or as an object.
#[derive(Debug, Clone)]
pub enum SinkSpec {
    /// `console`, `memory`, `kafka`, `noop` or a connector's format, configured by the writer's options.
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

/// Progress reports that a query keeps (`spark.sql.streaming.numRecentProgressUpdates`).
const RECENT: usize = 100;

/// A streaming query, running or ended.
#[derive(Debug)]
pub struct Query {
    id: Uuid,
    run_id: Uuid,
    name: Option<String>,
    session_id: String,
    output_mode: OutputMode,
    trigger: Trigger,
    plan: Arc<StreamPlan>,
    sink: String,
    shown: Mutex<Shown>,
    life: watch::Sender<Life>,
    stop: watch::Sender<bool>,
    requests: AtomicU64,
    wake: Notify,
}

/// What changes while it runs.
#[derive(Debug)]
struct Shown {
    status: Status,
    progress: VecDeque<Arc<Progress>>,
    snapshot: Option<Arc<Snapshot>>,
    exception: Option<Arc<EngineError>>,
}

/// What others wait for.
#[derive(Debug, Clone, Copy, Default)]
struct Life {
    ended: bool,
    /// The last request to process everything that has been answered.
    answered: u64,
}

impl Query {
    pub(crate) fn new(
        ids: (Uuid, Uuid),
        name: Option<String>,
        session_id: &str,
        output_mode: OutputMode,
        trigger: Trigger,
        plan: Arc<StreamPlan>,
        sink: String,
    ) -> Self {
        let status = Status {
            message: "Initializing sources".to_owned(),
            is_data_available: false,
            is_trigger_active: false,
        };
        Self {
            id: ids.0,
            run_id: ids.1,
            name,
            session_id: session_id.to_owned(),
            output_mode,
            trigger,
            plan,
            sink,
            shown: Mutex::new(Shown { status, progress: VecDeque::new(), snapshot: None, exception: None }),
            life: watch::Sender::new(Life::default()),
            stop: watch::Sender::new(false),
            requests: AtomicU64::new(0),
            wake: Notify::new(),
        }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The id: the same over restarts from one checkpoint.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The id of this run.
    pub fn run_id(&self) -> Uuid {
        self.run_id
    }

    /// The name, if it was given one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The id of the session that started it.
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// Which rows it gives to its sink.
    pub fn output_mode(&self) -> OutputMode {
        self.output_mode
    }

    /// When its batches start.
    pub fn trigger(&self) -> Trigger {
        self.trigger
    }

    /// The sources that it reads, by format.
    pub fn sources(&self) -> Vec<String> {
        self.plan.tables().iter().map(|table| table.name().to_owned()).collect()
    }

    /// The sink, in Spark's words.
    pub fn sink(&self) -> &str {
        &self.sink
    }

    /// Whether it has not ended yet.
    pub fn is_active(&self) -> bool {
        !self.life.borrow().ended
    }

    /// What it is doing.
    pub fn status(&self) -> Status {
        self.shown().status.clone()
    }

    /// The progress of the last batch.
    pub fn last_progress(&self) -> Option<Arc<Progress>> {
        self.shown().progress.back().cloned()
    }

    /// The progress of the last batches (at most 100), oldest first.
    pub fn recent_progress(&self) -> Vec<Arc<Progress>> {
        self.shown().progress.iter().cloned().collect()
    }

    /// The result as of the last batch.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.shown().snapshot.clone()
    }

    /// Why it ended, if it failed: the cause, to be wrapped by [`Query::exception_message`].
    pub fn exception(&self) -> Option<Arc<EngineError>> {
        self.shown().exception.clone()
    }

    /// The whole message of Spark's `StreamingQueryException`, if it failed.
    pub fn exception_message(&self) -> Option<String> {
        let cause = self.exception()?;
        Some(format!(
            "[STREAM_FAILED] Query [id = {}, runId = {}] terminated with exception: {cause} SQLSTATE: XXKST",
            self.id, self.run_id
        ))
    }

    /// The plan in words: `== Physical Plan ==` and so on.
    pub fn explain(&self, extended: bool) -> String {
        let batch = self.last_progress().map_or(0, |progress| progress.batch_id);
        self.plan.explain(extended, &self.sink, batch)
    }

    /// Stops the query and waits until it has ended. The batch at hand is given up; a restart does it again.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        self.ended().await;
    }

    async fn ended(&self) {
        let mut life = self.life.subscribe();
        // The sender lives as long as this query: the wait cannot fail.
        let _ = life.wait_for(|life| life.ended).await;
    }

    fn result(&self) -> Result<(), Arc<EngineError>> {
        self.exception().map_or(Ok(()), Err)
    }

    /// Waits until the query has ended, at most `timeout`. True if it has.
    ///
    /// # Errors
    /// The query failed.
    pub async fn await_termination(&self, timeout: Option<Duration>) -> Result<bool, Arc<EngineError>> {
        match timeout {
            None => self.ended().await,
            Some(timeout) => {
                if tokio::time::timeout(timeout, self.ended()).await.is_err() {
                    return Ok(false);
                }
            }
        }
        self.result().map(|()| true)
    }

    /// Waits until all data that is there now has been processed and committed.
    ///
    /// # Errors
    /// The query failed.
    pub async fn process_all_available(&self) -> Result<(), Arc<EngineError>> {
        let request = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        self.wake.notify_one();
        let mut life = self.life.subscribe();
        let _ = life.wait_for(|life| life.ended || life.answered >= request).await;
        self.result()
    }
}

/// The epoch loop's side.
impl Query {
    pub(crate) fn plan(&self) -> &Arc<StreamPlan> {
        &self.plan
    }

    pub(crate) fn set_status(&self, message: &str, data_available: bool, trigger_active: bool) {
        let mut shown = self.shown();
        message.clone_into(&mut shown.status.message);
        shown.status.is_data_available = data_available;
        shown.status.is_trigger_active = trigger_active;
    }

    pub(crate) fn add_progress(&self, progress: Arc<Progress>, snapshot: Arc<Snapshot>) {
        let mut shown = self.shown();
        if shown.progress.len() == RECENT {
            shown.progress.pop_front();
        }
        shown.progress.push_back(progress);
        shown.snapshot = Some(snapshot);
    }

    /// The last request to process everything; to be read before the sources are asked.
    pub(crate) fn requested(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Nothing new was found after request `request` was made.
    pub(crate) fn answer(&self, request: u64) {
        self.life.send_if_modified(|life| {
            let news = request > life.answered;
            life.answered = life.answered.max(request);
            news
        });
    }

    /// Returns when somebody wants the sources to be asked now.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Returns when the query shall stop.
    pub(crate) async fn stopping(&self) {
        let mut stop = self.stop.subscribe();
        let _ = stop.wait_for(|stop| *stop).await;
    }

    pub(crate) fn finish(&self, result: Result<(), EngineError>) {
        {
            let mut shown = self.shown();
            shown.status.message = match &result {
                Ok(()) => "Stopped".to_owned(),
                Err(error) => format!("Terminated with exception: {error}"),
            };
            shown.status.is_data_available = false;
            shown.status.is_trigger_active = false;
            shown.exception = result.err().map(Arc::new);
        }
        self.life.send_modify(|life| life.ended = true);
    }
}

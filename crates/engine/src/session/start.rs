//! Starting a streaming query.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use uuid::Uuid;

use super::{Session, context};
use crate::checkpoint::Checkpoint;
use crate::engine::QueryEvent;
use crate::epoch::{EpochLoop, Parts};
use crate::files::{Format, Place};
use crate::query::{Query, QuerySpec, SinkSpec};
use crate::sinks::{MemoryTable, Sink, SinkContext};
use crate::stream_plan::StreamPlan;
use crate::watermark_tracker::Policy;
use crate::{ConsoleOut, Engine, EngineError, checks};

impl Session {
    /// Starts a streaming query.
    ///
    /// # Errors
    /// What Spark finds wrong at start: output mode, sink options, name taken. A source that is not there fails the
    /// query itself, as in Spark.
    pub async fn start(self: &Arc<Self>, spec: QuerySpec) -> Result<Arc<Query>, EngineError> {
        let engine = self.engine()?;
        if let SinkSpec::Format(format) = &spec.sink
            && format.eq_ignore_ascii_case("memory")
            && spec.name.is_none()
        {
            return Err(EngineError::analysis("queryName must be specified for memory sink."));
        }
        checks::check(&spec.plan, spec.output_mode)?;
        let state = context::streaming(self.context());
        let plan = Arc::new(StreamPlan::new(&state, &spec.plan, spec.output_mode).await?);
        let console = Arc::new(std::sync::OnceLock::new());
        let sink = self.sink(&engine, &spec, &plan, &console)?;
        let location = self.checkpoint_location(&engine, &spec);
        if let SinkSpec::Format(format) = &spec.sink
            && Format::is_known(format)
            && location.is_none()
        {
            return Err(EngineError::no_checkpoint());
        }
        let checkpoint = Checkpoint::open(location)?;
        let id = checkpoint.metadata()?.id;
        self.stop_other_run(&engine, id).await?;
        let query = Arc::new(Query::new(
            (id, Uuid::new_v4()),
            spec.name.clone(),
            self.id(),
            spec.output_mode,
            spec.trigger,
            plan,
            sink.description(),
        ));
        // The sink was made before the query that its events name; nothing is written before the loop runs.
        let _ = console.set(Arc::downgrade(&query));
        engine.register(&query)?;
        let parts = Parts {
            query: Arc::clone(&query),
            sink,
            output_mode: spec.output_mode,
            trigger: spec.trigger,
            checkpoint,
            conf: self.offset_conf(),
            policy: match self.conf("spark.sql.streaming.multipleWatermarkPolicy") {
                Some(policy) if policy.eq_ignore_ascii_case("max") => Policy::Max,
                _ => Policy::Min,
            },
            empty_batches: self
                .conf("spark.sql.streaming.noDataMicroBatches.enabled")
                .is_none_or(|enabled| enabled.eq_ignore_ascii_case("true")),
            events: engine.sender().clone(),
        };
        // Nobody listening is no failure.
        let _ = engine.sender().send(QueryEvent::Started(Arc::clone(&query)));
        engine.handle().spawn(supervise(parts));
        Ok(query)
    }

    /// A checkpoint has one run at a time: the one before is stopped, unless
    /// `spark.sql.streaming.stopActiveRunOnRestart` says to refuse the new one.
    async fn stop_other_run(&self, engine: &Engine, id: Uuid) -> Result<(), EngineError> {
        let Some(other) = engine.queries().into_iter().find(|query| query.is_active() && query.id() == id)
        else {
            return Ok(());
        };
        let stops = self.conf("spark.sql.streaming.stopActiveRunOnRestart");
        if stops.is_some_and(|stops| stops.eq_ignore_ascii_case("false")) {
            return Err(EngineError::already_active(id));
        }
        let text = format!(
            "Stopping existing streaming query [id={id}, runId={}], as a new run is being started from the same \
             checkpoint.",
            other.run_id()
        );
        tracing::warn!("{text}");
        self.console.lock().unwrap_or_else(PoisonError::into_inner).clone().write(&format!("{text}\n"));
        other.stop().await;
        Ok(())
    }

    /// The sink; the memory sink's table becomes a table of the session.
    fn sink(
        &self,
        engine: &Arc<Engine>,
        spec: &QuerySpec,
        plan: &StreamPlan,
        console: &Arc<std::sync::OnceLock<std::sync::Weak<Query>>>,
    ) -> Result<Arc<dyn Sink>, EngineError> {
        let format = match &spec.sink {
            SinkSpec::Custom(sink) => return Ok(Arc::clone(sink)),
            SinkSpec::Format(format) => format,
        };
        let memory = match &spec.name {
            Some(name) if format.eq_ignore_ascii_case("memory") => {
                let table = Arc::new(MemoryTable::new(plan.schema()));
                let reference = super::reference(name);
                self.context().deregister_table(reference.clone())?;
                self.context().register_table(reference, Arc::clone(&table) as _)?;
                Some(table)
            }
            _ => None,
        };
        let out = self.console.lock().unwrap_or_else(PoisonError::into_inner).clone();
        crate::sinks::create(
            format,
            SinkContext {
                options: &spec.options,
                schema: plan.schema(),
                topics: Arc::clone(&engine.config().topics),
                connectors: engine.config().connectors.clone(),
                console: watched(out, console, engine),
                time_zone: self.time_zone(),
                directory: spec
                    .options
                    .get("path")
                    .map(|path| Place::new(path, &self.directory()))
                    .transpose()?
                    .map(|place| place.path().to_owned()),
                partition_by: spec.partition_by.clone(),
                output_mode: spec.output_mode,
                memory,
            },
        )
    }

    /// Where the checkpoint goes: the writer's option, else the session's setting with the query's name in it. Relative
    /// locations lie in the engine's directory. Without either there is no checkpoint.
    fn checkpoint_location(&self, engine: &Engine, spec: &QuerySpec) -> Option<PathBuf> {
        let named = || {
            let base = self.conf("spark.sql.streaming.checkpointLocation")?;
            let name = spec.name.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
            Some(format!("{base}/{name}"))
        };
        let location = spec.options.get("checkpointLocation").map(str::to_owned).or_else(named)?;
        let location = location.strip_prefix("file:").unwrap_or(&location).to_owned();
        Some(engine.config().directory.join("checkpoints").join(location))
    }

    /// The settings that go with the offsets.
    fn offset_conf(&self) -> BTreeMap<String, String> {
        ["spark.sql.streaming.multipleWatermarkPolicy", "spark.sql.session.timeZone"]
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), self.conf(key)?)))
            .collect()
    }
}

/// The session's console, and an event for the page with each text.
fn watched(
    out: ConsoleOut,
    query: &Arc<std::sync::OnceLock<std::sync::Weak<Query>>>,
    engine: &Arc<Engine>,
) -> ConsoleOut {
    let (query, events) = (Arc::clone(query), engine.sender().clone());
    ConsoleOut::new(move |text| {
        out.write(text);
        if let Some(query) = query.get().and_then(std::sync::Weak::upgrade) {
            let _ = events.send(QueryEvent::Console(query, Arc::from(text)));
        }
    })
}

/// Runs a query to its end, whatever that is.
async fn supervise(parts: Parts) {
    let (query, events) = (Arc::clone(&parts.query), parts.events.clone());
    let running = tokio::spawn(async move { EpochLoop::open(parts).await?.run().await });
    let abort = running.abort_handle();
    let stopper = Arc::clone(&query);
    let stopping = tokio::spawn(async move {
        stopper.stopping().await;
        abort.abort();
    });
    // Sources and files are closed when this returns, also after an abort.
    let result = match running.await {
        Ok(result) => result,
        Err(error) if error.is_cancelled() => Ok(()),
        Err(error) => Err(EngineError::execution(format!("the query broke down: {error}"))),
    };
    stopping.abort();
    if let Err(error) = &result {
        tracing::error!("Query {} terminated with error: {error}", query.id());
    }
    query.finish(result);
    let _ = events.send(QueryEvent::Terminated(query));
}

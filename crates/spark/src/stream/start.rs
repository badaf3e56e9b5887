//! `WriteStreamOperationStart`: `df.writeStream...start()`.

use std::sync::Arc;

use millstream_engine::{Options, OutputMode, QuerySpec, SinkSpec, Trigger};
use uuid::Uuid;

use super::foreach::Foreach;
use super::foreach_batch::ForeachBatch;
use super::{instance_id, listener_bus};
use crate::error::{Result, invalid_plan, unsupported};
use crate::plan::Planner;
use crate::proto::connect::write_stream_operation_start::{SinkDestination, Trigger as AskedTrigger};
use crate::proto::connect::{WriteStreamOperationStart, WriteStreamOperationStartResult};
use crate::session::Session;

const CHECKPOINT: &str = "checkpointLocation";

/// Starts a query.
pub(crate) async fn start(
    session: &Arc<Session>,
    start: WriteStreamOperationStart,
) -> Result<WriteStreamOperationStartResult> {
    refuse_what_is_not_done(&start)?;
    let input = start.input.as_ref().ok_or_else(|| invalid_plan("The streaming query has no plan."))?;
    let plan = Planner::new(session).relation(input).await?;
    let spec = QuerySpec {
        plan,
        name: Some(start.query_name.clone()).filter(|name| !name.is_empty()),
        sink: sink(session, &start).await?,
        partition_by: start.partitioning_column_names.clone(),
        output_mode: OutputMode::parse(&start.output_mode)?,
        trigger: trigger(start.trigger.as_ref())?,
        options: options(session, &start),
    };
    let query = session.engine.start(spec).await?;
    session.queries.add(Arc::clone(&query));
    Ok(WriteStreamOperationStartResult {
        query_id: Some(instance_id(&query)),
        name: query.name().unwrap_or_default().to_owned(),
        query_started_event_json: Some(listener_bus::started(&query)),
    })
}

/// The user's function, or a sink by its format.
async fn sink(session: &Session, start: &WriteStreamOperationStart) -> Result<SinkSpec> {
    if let Some(function) = &start.foreach_batch {
        return Ok(SinkSpec::Custom(ForeachBatch::open(session, function).await?));
    }
    if let Some(function) = &start.foreach_writer {
        return Ok(SinkSpec::Custom(Foreach::open(session, function).await?));
    }
    Ok(SinkSpec::Format(match start.format.as_str() {
        "" => session.conf().require("spark.sql.sources.default")?.to_owned(),
        format => format.to_owned(),
    }))
}

fn refuse_what_is_not_done(start: &WriteStreamOperationStart) -> Result<()> {
    if matches!(start.sink_destination, Some(SinkDestination::TableName(_))) {
        return Err(unsupported("writeStream.toTable"));
    }
    if !start.clustering_column_names.is_empty() {
        return Err(unsupported("writeStream.clusterBy"));
    }
    Ok(())
}

fn trigger(asked: Option<&AskedTrigger>) -> Result<Trigger> {
    Ok(match asked {
        None => Trigger::Default,
        Some(AskedTrigger::ProcessingTimeInterval(interval)) => Trigger::processing_time(interval)?,
        Some(AskedTrigger::AvailableNow(true)) => Trigger::AvailableNow,
        Some(AskedTrigger::Once(true)) => Trigger::Once,
        Some(AskedTrigger::AvailableNow(false) | AskedTrigger::Once(false)) => Trigger::Default,
        Some(AskedTrigger::ContinuousCheckpointInterval(_)) => {
            return Err(unsupported("trigger(continuous=...)"));
        }
        Some(AskedTrigger::RealTimeBatchDuration(_)) => return Err(unsupported("trigger(realTime=...)")),
    })
}

/// The writer's options. A relative checkpoint means the program's directory, where that is known, and not the
/// server's.
fn options(session: &Session, start: &WriteStreamOperationStart) -> Options {
    let mut options: Options =
        start.options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if let Some(SinkDestination::Path(path)) = &start.sink_destination {
        options.set("path", path.as_str());
    }
    if let Some(program) = &session.program
        && let Some(checkpoint) = checkpoint(session, start, &options)
        && !checkpoint.contains(':')
    {
        options.set(CHECKPOINT, program.directory.join(checkpoint).to_string_lossy());
    }
    options
}

/// The location that was asked for; the session's config is a place for many, one directory each.
fn checkpoint(session: &Session, start: &WriteStreamOperationStart, options: &Options) -> Option<String> {
    if let Some(location) = options.get(CHECKPOINT) {
        return Some(location.to_owned());
    }
    let root = session.conf().get("spark.sql.streaming.checkpointLocation")?.to_owned();
    let name =
        if start.query_name.is_empty() { Uuid::new_v4().to_string() } else { start.query_name.clone() };
    Some(format!("{root}/{name}"))
}

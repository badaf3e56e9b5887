//! `StreamingQueryManagerCommand`: `spark.streams`.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, select_all};
use millstream_engine::Query;
use tokio::sync::broadcast::error::RecvError;

use super::instance_id;
use super::query_command::failure;
use crate::error::{Result, SparkError, invalid_plan, unsupported};
use crate::proto::connect::streaming_query_manager_command::Command;
use crate::proto::connect::streaming_query_manager_command_result::{
    ActiveResult, AwaitAnyTerminationResult, ListStreamingQueryListenerResult, ResultType,
    StreamingQueryInstance,
};
use crate::proto::connect::{StreamingQueryManagerCommand, StreamingQueryManagerCommandResult};
use crate::session::Session;

/// Answers a command.
pub(crate) async fn queries_command(
    session: &Session,
    command: StreamingQueryManagerCommand,
) -> Result<StreamingQueryManagerCommandResult> {
    let result_type = match command.command.ok_or_else(|| invalid_plan("The command asks for nothing."))? {
        Command::Active(_) => {
            let active_queries = session.queries.active().iter().map(instance).collect();
            Some(ResultType::Active(ActiveResult { active_queries }))
        }
        Command::GetQuery(id) => {
            let active = session.queries.active();
            active
                .iter()
                .find(|query| query.id().to_string() == id)
                .map(|query| ResultType::Query(instance(query)))
        }
        Command::AwaitAnyTermination(wait) => {
            let timeout = wait.timeout_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
            let terminated = await_any(session, timeout).await?;
            Some(ResultType::AwaitAnyTermination(AwaitAnyTerminationResult { terminated }))
        }
        Command::ResetTerminated(_) => {
            session.queries.forget_ended();
            Some(ResultType::ResetTerminated(true))
        }
        Command::ListListeners(_) => {
            Some(ResultType::ListListeners(ListStreamingQueryListenerResult::default()))
        }
        Command::AddListener(_) | Command::RemoveListener(_) => {
            return Err(unsupported("a StreamingQueryListener on the server"));
        }
    };
    Ok(StreamingQueryManagerCommandResult { result_type })
}

fn instance(query: &Arc<Query>) -> StreamingQueryInstance {
    StreamingQueryInstance { id: Some(instance_id(query)), name: query.name().map(str::to_owned) }
}

/// Waits for the first query to end, also one that starts while waiting; true if one has ended.
async fn await_any(session: &Session, timeout: Option<Duration>) -> Result<bool, SparkError> {
    let wait = async {
        // Subscribed before looking, so that no start is missed.
        let mut events = session.engine.engine()?.events();
        loop {
            if let Some(query) = session.queries.ended() {
                return match query.exception() {
                    Some(cause) => Err(failure(&query, &cause.into())),
                    None => Ok(true),
                };
            }
            let running: Vec<_> = session.queries.active();
            let mut waits: Vec<BoxFuture<'_, bool>> =
                vec![async { matches!(events.recv().await, Ok(_) | Err(RecvError::Lagged(_))) }.boxed()];
            waits.extend(running.iter().map(|query| query.await_termination(None).map(|_| true).boxed()));
            if !select_all(waits).await.0 {
                return Ok(false);
            }
        }
    };
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout, wait).await.unwrap_or(Ok(false)),
        None => wait.await,
    }
}

//! `StreamingQueryCommand`: what a program asks of one query.

use std::sync::Arc;
use std::time::Duration;

use millstream_engine::Query;
use millstream_engine::progress::Progress;

use crate::error::{Kind, Result, SparkError, invalid_plan};
use crate::proto::connect::streaming_query_command::Command;
use crate::proto::connect::streaming_query_command_result::{
    AwaitTerminationResult, ExceptionResult, ExplainResult, RecentProgressResult, ResultType, StatusResult,
};
use crate::proto::connect::{StreamingQueryCommand, StreamingQueryCommandResult};
use crate::session::Session;

/// Answers a command.
pub(crate) async fn query_command(
    session: &Session,
    command: StreamingQueryCommand,
) -> Result<StreamingQueryCommandResult> {
    let id = command.query_id.ok_or_else(|| invalid_plan("The command names no query."))?;
    let query = session.queries.run(&id.id, &id.run_id)?;
    let command = command.command.ok_or_else(|| invalid_plan("The command asks for nothing."))?;
    Ok(StreamingQueryCommandResult { query_id: Some(id), result_type: answer(&query, command).await? })
}

async fn answer(query: &Query, command: Command) -> Result<Option<ResultType>> {
    let progress = |progress: &[Arc<Progress>]| {
        let recent_progress_json = progress.iter().map(|progress| progress.json()).collect();
        Some(ResultType::RecentProgress(RecentProgressResult { recent_progress_json }))
    };
    Ok(match command {
        Command::Status(_) => Some(ResultType::Status(status(query))),
        Command::LastProgress(_) => progress(query.last_progress().as_slice()),
        Command::RecentProgress(_) => progress(&query.recent_progress()),
        Command::Stop(_) => {
            query.stop().await;
            None
        }
        Command::ProcessAllAvailable(_) => {
            query.process_all_available().await.map_err(|error| failure(query, &error.into()))?;
            None
        }
        Command::Explain(explain) => {
            Some(ResultType::Explain(ExplainResult { result: query.explain(explain.extended) }))
        }
        Command::Exception(_) => Some(ResultType::Exception(exception(query))),
        Command::AwaitTermination(wait) => {
            let timeout = wait.timeout_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
            let ended =
                query.await_termination(timeout).await.map_err(|error| failure(query, &error.into()))?;
            Some(ResultType::AwaitTermination(AwaitTerminationResult { terminated: ended }))
        }
    })
}

fn status(query: &Query) -> StatusResult {
    let status = query.status();
    StatusResult {
        status_message: status.message,
        is_data_available: status.is_data_available,
        is_trigger_active: status.is_trigger_active,
        is_active: query.is_active(),
    }
}

/// Clients cut the message at its first ": ", where the JVM puts the class of the exception.
fn exception(query: &Query) -> ExceptionResult {
    match query.exception_message() {
        None => ExceptionResult::default(),
        Some(message) => ExceptionResult {
            exception_message: Some(format!(
                "org.apache.spark.sql.streaming.StreamingQueryException: {message}"
            )),
            error_class: Some("STREAM_FAILED".to_owned()),
            stack_trace: None,
        },
    }
}

/// Why a query ended, as the exception that waiting for it raises.
pub(super) fn failure(query: &Query, cause: &SparkError) -> SparkError {
    let (id, run_id) = (query.id().to_string(), query.run_id().to_string());
    let text = format!("Query [id = {id}, runId = {run_id}] terminated with exception: {cause}");
    let mut error = SparkError::new(Kind::StreamingQuery, "STREAM_FAILED", "XXKST", text)
        .with("id", id)
        .with("runId", run_id)
        .with("message", cause.to_string());
    if let Some(message) = query.exception_message() {
        error.message = message;
    }
    error
}

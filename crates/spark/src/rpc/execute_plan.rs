//! `ExecutePlan`: starts an operation and streams its responses.
//!
//! The operation runs in a task of its own and ends when it is done, interrupted or abandoned, not when this call
//! ends: a reattachable client comes back for the rest.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::{FutureExt, StreamExt};
use tonic::Status;
use uuid::Uuid;

use super::{Task, user};
use crate::error::{Kind, SparkError, invalid_handle};
use crate::execute;
use crate::proto::connect as pb;
use crate::proto::connect::execute_plan_request::request_option::RequestOption;
use crate::session::{Operation, ResponseStream, Session, Sessions};

/// Answers the call.
pub(crate) fn call(sessions: &Sessions, request: pb::ExecutePlanRequest) -> Result<ResponseStream, Status> {
    let observed = request.client_observed_server_side_session_id.as_deref();
    let session = sessions
        .get_or_create(user(request.user_context.as_ref()), &request.session_id, observed)
        .map_err(|error| error.to_status())?;
    start(&session, request).map_err(|error| error.to_session_status(&session.errors))
}

fn start(session: &Arc<Session>, request: pb::ExecutePlanRequest) -> Result<ResponseStream, SparkError> {
    let reattachable = request.request_options.iter().any(|option| {
        matches!(&option.request_option, Some(RequestOption::ReattachOptions(options)) if options.reattachable)
    });
    let id = operation_id(request.operation_id)?;
    let operation = Arc::new(Operation::new(id.clone(), request.tags, reattachable, session));
    session.operations.insert(Arc::clone(&operation))?;
    let responses = operation.attach(None)?;
    let task = tokio::spawn(run(Arc::clone(session), Arc::clone(&operation), request.plan));
    operation.runs_as(task.abort_handle());
    if reattachable {
        return Ok(responses);
    }
    // Nobody can come back for it, so it goes with the call.
    let forget = Forget { session: Arc::clone(session), id };
    Ok(Box::pin(responses.inspect(move |_| {
        let _: &Forget = &forget;
    })))
}

fn operation_id(id: Option<String>) -> Result<String, SparkError> {
    match id {
        None => Ok(Uuid::new_v4().to_string()),
        Some(id) if Uuid::try_parse(&id).is_ok() => Ok(id),
        Some(id) => {
            let why = "Handle must be an UUID string of the format '00112233-4455-6677-8899-aabbccddeeff'";
            Err(invalid_handle("FORMAT", &id.chars().take(64).collect::<String>(), why))
        }
    }
}

async fn run(session: Arc<Session>, operation: Arc<Operation>, plan: Option<pb::Plan>) {
    let work = async {
        match Task::of(plan)? {
            Task::Relation(relation) => execute::relation(&session, &operation, *relation).await,
            Task::Command(command) => execute::command(&session, &operation, *command).await,
        }
    };
    // A panic in an expression's kernel must reach the client as an error, not as an endless wait.
    let outcome = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        let text = "The server met a bug while running this plan; its log has the details.";
        Err(SparkError::new(Kind::Spark, "INTERNAL_ERROR", "XX000", text))
    });
    operation.finish(outcome.map_err(|error| error.to_session_status(&session.errors)));
}

/// Forgets the operation when the call that it belongs to ends.
struct Forget {
    session: Arc<Session>,
    id: String,
}

impl Drop for Forget {
    fn drop(&mut self) {
        self.session.operations.remove(&self.id);
    }
}

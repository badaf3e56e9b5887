//! `ReattachExecute`: the rest of an operation's responses, after the last one that the client saw.

use tonic::Status;

use super::user;
use crate::error::{Result, SparkError, invalid_cursor};
use crate::proto::connect as pb;
use crate::session::{ResponseStream, Session, Sessions};

/// Answers the call.
pub(crate) fn call(
    sessions: &Sessions,
    request: pb::ReattachExecuteRequest,
) -> Result<ResponseStream, Status> {
    let observed = request.client_observed_server_side_session_id.as_deref();
    let session = sessions
        .get(user(request.user_context.as_ref()), &request.session_id, observed)
        .map_err(|error| error.to_status())?;
    attach(&session, &request).map_err(|error| error.to_session_status(&session.errors))
}

fn attach(session: &Session, request: &pb::ReattachExecuteRequest) -> Result<ResponseStream, SparkError> {
    let operation = session.operations.get(&request.operation_id)?;
    if !operation.reattachable {
        return Err(invalid_cursor("NOT_REATTACHABLE", "The cursor is not reattachable."));
    }
    operation.attach(request.last_response_id.as_deref())
}

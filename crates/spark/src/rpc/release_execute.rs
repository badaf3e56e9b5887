//! `ReleaseExecute`: the client has what it wanted; buffered responses, or the whole operation, may go.

use tonic::Status;

use super::user;
use crate::proto::connect as pb;
use crate::proto::connect::release_execute_request::Release;
use crate::session::Sessions;

/// Answers the call. An operation that is gone already is as good as released.
pub(crate) fn call(
    sessions: &Sessions,
    request: pb::ReleaseExecuteRequest,
) -> Result<pb::ReleaseExecuteResponse, Status> {
    let observed = request.client_observed_server_side_session_id.as_deref();
    let session = sessions
        .get(user(request.user_context.as_ref()), &request.session_id, observed)
        .map_err(|error| error.to_status())?;
    let known = match request.release {
        Some(Release::ReleaseUntil(until)) => {
            session.operations.get(&request.operation_id).is_ok_and(|operation| {
                operation.release_until(&until.response_id);
                true
            })
        }
        Some(Release::ReleaseAll(_)) | None => session.operations.remove(&request.operation_id).is_some(),
    };
    Ok(pb::ReleaseExecuteResponse {
        session_id: session.id.clone(),
        server_side_session_id: session.server_side_id.clone(),
        operation_id: known.then_some(request.operation_id),
    })
}

//! `FetchErrorDetails`: the full text of an error whose status was shortened.

use tonic::Status;

use super::user;
use crate::proto::connect as pb;
use crate::session::Sessions;

/// Answers the call; an error that is not kept (any more) gives an answer without one.
pub(crate) fn call(
    sessions: &Sessions,
    request: pb::FetchErrorDetailsRequest,
) -> Result<pb::FetchErrorDetailsResponse, Status> {
    let observed = request.client_observed_server_side_session_id.as_deref();
    let session = sessions
        .get(user(request.user_context.as_ref()), &request.session_id, observed)
        .map_err(|error| error.to_status())?;
    let error = session.errors.take(&request.error_id);
    Ok(pb::FetchErrorDetailsResponse {
        server_side_session_id: session.server_side_id.clone(),
        session_id: session.id.clone(),
        root_error_idx: error.is_some().then_some(0),
        errors: error.iter().map(|error| error.to_details()).collect(),
    })
}

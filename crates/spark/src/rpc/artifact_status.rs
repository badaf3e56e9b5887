//! `ArtifactStatus`: which artifacts are on the server. None are, as long as `AddArtifacts` takes none.

use tonic::Status;

use super::user;
use crate::proto::connect as pb;
use crate::proto::connect::artifact_statuses_response::ArtifactStatus;
use crate::session::Sessions;

/// Answers the call.
pub(crate) fn call(
    sessions: &Sessions,
    request: pb::ArtifactStatusesRequest,
) -> Result<pb::ArtifactStatusesResponse, Status> {
    let observed = request.client_observed_server_side_session_id.as_deref();
    let session = sessions
        .get_or_create(user(request.user_context.as_ref()), &request.session_id, observed)
        .map_err(|error| error.to_status())?;
    Ok(pb::ArtifactStatusesResponse {
        session_id: session.id.clone(),
        server_side_session_id: session.server_side_id.clone(),
        statuses: request.names.into_iter().map(|name| (name, ArtifactStatus { exists: false })).collect(),
    })
}

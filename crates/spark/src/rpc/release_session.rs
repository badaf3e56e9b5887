//! `ReleaseSession`: the program is done. Its operations and queries stop, its id is not used again.

use tonic::Status;

use super::user;
use crate::proto::connect as pb;
use crate::session::Sessions;

/// Answers the call, also for a session that is not there (any more).
pub(crate) async fn call(
    sessions: &Sessions,
    request: pb::ReleaseSessionRequest,
) -> Result<pb::ReleaseSessionResponse, Status> {
    let user = user(request.user_context.as_ref());
    let session = sessions.remove(user, &request.session_id, request.allow_reconnect);
    if let Some(session) = &session {
        sessions.close(session).await;
    }
    Ok(pb::ReleaseSessionResponse {
        session_id: request.session_id,
        server_side_session_id: session.map(|session| session.server_side_id.clone()).unwrap_or_default(),
    })
}

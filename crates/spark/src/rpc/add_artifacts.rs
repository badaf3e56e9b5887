//! `AddArtifacts`: files for the server's Python workers and jars for its JVM.
//!
//! There is neither here, so the call is refused by name, and nothing is read beyond its first message.

use tonic::{Status, Streaming};

use super::user;
use crate::error::unsupported;
use crate::proto::connect as pb;
use crate::proto::connect::add_artifacts_request::Payload;
use crate::session::Sessions;

/// Answers the call.
pub(crate) async fn call(
    sessions: &Sessions,
    mut request: Streaming<pb::AddArtifactsRequest>,
) -> Result<pb::AddArtifactsResponse, Status> {
    let Some(first) = request.message().await? else {
        return Err(Status::invalid_argument("AddArtifacts holds no message"));
    };
    let observed = first.client_observed_server_side_session_id.as_deref();
    let session = sessions
        .get_or_create(user(first.user_context.as_ref()), &first.session_id, observed)
        .map_err(|error| error.to_status())?;
    let name = match &first.payload {
        Some(Payload::Batch(batch)) => batch.artifacts.first().map(|artifact| artifact.name.as_str()),
        Some(Payload::BeginChunk(begin)) => Some(begin.name.as_str()),
        Some(Payload::Chunk(_)) | None => None,
    };
    let name: String = name.unwrap_or("an artifact without a name").chars().take(200).collect();
    let refusal = unsupported(format!("AddArtifacts ({name})"));
    Err(refusal.to_session_status(&session.errors))
}

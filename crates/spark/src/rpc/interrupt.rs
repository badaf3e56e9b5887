//! `Interrupt`: stops operations: all, those with a tag, or one. Streaming queries go on, as with Spark.

use tonic::Status;

use super::user;
use crate::error::{Result, SparkError, invalid_plan};
use crate::proto::connect as pb;
use crate::proto::connect::interrupt_request::{Interrupt, InterruptType};
use crate::session::{Session, Sessions};

/// Answers the call.
pub(crate) fn call(
    sessions: &Sessions,
    request: pb::InterruptRequest,
) -> Result<pb::InterruptResponse, Status> {
    let observed = request.client_observed_server_side_session_id.as_deref();
    let session = sessions
        .get_or_create(user(request.user_context.as_ref()), &request.session_id, observed)
        .map_err(|error| error.to_status())?;
    let interrupted_ids =
        interrupt(&session, &request).map_err(|error| error.to_session_status(&session.errors))?;
    Ok(pb::InterruptResponse {
        session_id: session.id.clone(),
        server_side_session_id: session.server_side_id.clone(),
        interrupted_ids,
    })
}

fn interrupt(session: &Session, request: &pb::InterruptRequest) -> Result<Vec<String>, SparkError> {
    match (request.interrupt_type(), &request.interrupt) {
        (InterruptType::All, _) => Ok(session.operations.interrupt(|_| true)),
        (InterruptType::Tag, Some(Interrupt::OperationTag(tag))) => {
            Ok(session.operations.interrupt(|operation| operation.tags.contains(tag)))
        }
        (InterruptType::OperationId, Some(Interrupt::OperationId(id))) => {
            Ok(session.operations.interrupt(|operation| operation.id == *id))
        }
        _ => Err(invalid_plan("Interrupt names neither all, nor a tag, nor an operation.")),
    }
}

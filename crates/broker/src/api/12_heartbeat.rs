//! Heartbeat: 0-4.
//!
//! Behaviour: keeps a member's session alive; REBALANCE_IN_PROGRESS sends it back to JoinGroup.
//!
//! Version notes: 1: throttle time. 3: static members. 4: flexible.

use millstream_coordinator::{Event, Heartbeat as Beat, Response};
use millstream_wire::messages::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::groups::{error_code, unexpected};

pub(crate) struct Heartbeat;

impl Api for Heartbeat {
    type Request = HeartbeatRequest;
    const VERSIONS: Versions = Versions::new(0, 4);

    async fn handle(call: Call, request: HeartbeatRequest) -> Result<Reply<HeartbeatResponse>, Refusal> {
        if request.group_id.is_empty() {
            let error_code = ErrorCode::INVALID_GROUP_ID;
            return Ok(HeartbeatResponse { error_code, ..Default::default() }.into());
        }
        let beat = Beat {
            group_id: request.group_id.into(),
            generation_id: request.generation_id,
            member_id: request.member_id.into(),
            group_instance_id: request.group_instance_id.map(Into::into),
        };
        let error_code = match call.shared.groups.ask(|waiter| Event::Heartbeat(waiter, beat)).await {
            Ok(Response::Heartbeat(Ok(()))) => ErrorCode::NONE,
            Ok(Response::Heartbeat(Err(error))) | Err(error) => error_code(error),
            Ok(other) => return Err(unexpected(&other)),
        };
        Ok(HeartbeatResponse { error_code, ..Default::default() }.into())
    }
}

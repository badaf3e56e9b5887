//! SyncGroup: 0-5.
//!
//! Behaviour: the leader brings everybody's assignment; all wait until it is durable, and get their own.
//!
//! Version notes: 1: throttle time. 3: static members. 4: flexible. 5: protocol type and name.

use millstream_coordinator::{Event, Response, SyncRequest};
use millstream_wire::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::groups::{error_code, unexpected};

pub(crate) struct SyncGroup;

impl Api for SyncGroup {
    type Request = SyncGroupRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(call: Call, request: SyncGroupRequest) -> Result<Reply<SyncGroupResponse>, Refusal> {
        if let Some(error_code) = refused(&call, &request) {
            return Ok(SyncGroupResponse { error_code, ..Default::default() }.into());
        }
        let sync = SyncRequest {
            group_id: request.group_id.into(),
            generation_id: request.generation_id,
            member_id: request.member_id.into(),
            group_instance_id: request.group_instance_id.map(Into::into),
            protocol_type: request.protocol_type.map(Into::into),
            protocol_name: request.protocol_name.map(Into::into),
            assignments: request
                .assignments
                .into_iter()
                .map(|assigned| (assigned.member_id.into(), assigned.assignment))
                .collect(),
        };
        match call.shared.groups.ask(|waiter| Event::Sync(waiter, sync)).await {
            Ok(Response::Sync(Ok(synced))) => Ok(SyncGroupResponse {
                protocol_type: synced.protocol_type.map(Into::into),
                protocol_name: synced.protocol_name.map(Into::into),
                assignment: synced.assignment,
                ..Default::default()
            }
            .into()),
            Ok(Response::Sync(Err(error))) | Err(error) => {
                Ok(SyncGroupResponse { error_code: error_code(error), ..Default::default() }.into())
            }
            Ok(other) => Err(unexpected(&other)),
        }
    }
}

/// What is wrong with a request whoever the group is: from version 5 on, type and protocol have to be named.
fn refused(call: &Call, request: &SyncGroupRequest) -> Option<ErrorCode> {
    if request.group_id.is_empty() {
        return Some(ErrorCode::INVALID_GROUP_ID);
    }
    let names_both = request.protocol_type.is_some() && request.protocol_name.is_some();
    (call.version >= 5 && !names_both).then_some(ErrorCode::INCONSISTENT_GROUP_PROTOCOL)
}

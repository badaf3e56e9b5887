//! SyncGroup: 0-5.
//!
//! Behaviour: the leader brings everybody's assignment; all wait until it is durable, and get their own.
//!
//! Version notes: 1: throttle time. 3: static members. 4: flexible. 5: protocol type and name.

use millstream_coordinator::{Event, Response, SyncRequest};
use millstream_wire::Versions;
use millstream_wire::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};

use super::{Api, Call, Refusal, Reply};
use crate::groups::{error_code, unexpected};

pub(crate) struct SyncGroup;

impl Api for SyncGroup {
    type Request = SyncGroupRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(call: Call, request: SyncGroupRequest) -> Result<Reply<SyncGroupResponse>, Refusal> {
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

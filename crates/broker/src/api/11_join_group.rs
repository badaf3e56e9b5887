//! JoinGroup: 0-9.
//!
//! Behaviour: the classic protocol as the coordinator runs it; the request waits until the group's members are
//! together or their time is over.
//!
//! Version notes:
//! - 0: the rebalance timeout is the session timeout. 4: a new member is sent back with MEMBER_ID_REQUIRED and an id
//!   (KIP-394). 5: static members. 6: flexible. 7: protocol type, nullable protocol name. 9: skip assignment (KIP-814).

use millstream_cluster::{Uuid, random_id};
use millstream_coordinator::{Event, JoinRequest, Protocol, Response};
use millstream_wire::Versions;
use millstream_wire::messages::join_group::{JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember};

use super::{Api, Call, Refusal, Reply};
use crate::groups::{error_code, optional_code, unexpected};

pub(crate) struct JoinGroup;

impl Api for JoinGroup {
    type Request = JoinGroupRequest;
    const VERSIONS: Versions = Versions::new(0, 9);

    async fn handle(call: Call, request: JoinGroupRequest) -> Result<Reply<JoinGroupResponse>, Refusal> {
        let member_id = request.member_id.clone();
        let Some(fresh) = random_id() else {
            return Err(Refusal::Invalid("the operating system gives no random numbers".to_owned()));
        };
        let join = join_request(&call, request, uuid_text(fresh));
        match call.shared.groups.ask(|waiter| Event::Join(waiter, join)).await {
            Ok(Response::Join(joined)) => Ok(JoinGroupResponse {
                error_code: optional_code(joined.error),
                generation_id: joined.generation_id,
                protocol_type: joined.protocol_type.map(Into::into),
                // Null is told from empty from version 7 on.
                protocol_name: match joined.protocol_name {
                    None if call.version < 7 => Some(String::new().into()),
                    name => name.map(Into::into),
                },
                leader: joined.leader.into(),
                skip_assignment: joined.skip_assignment,
                member_id: joined.member_id.into(),
                members: joined
                    .members
                    .into_iter()
                    .map(|member| JoinGroupResponseMember {
                        member_id: member.member_id.into(),
                        group_instance_id: member.group_instance_id.map(Into::into),
                        metadata: member.metadata,
                    })
                    .collect(),
                ..Default::default()
            }
            .into()),
            Ok(other) => Err(unexpected(&other)),
            Err(error) => Ok(JoinGroupResponse {
                error_code: error_code(error),
                generation_id: -1,
                protocol_name: Some(String::new().into()),
                member_id,
                ..Default::default()
            }
            .into()),
        }
    }
}

fn join_request(call: &Call, request: JoinGroupRequest, fresh_uuid: String) -> JoinRequest {
    call.connection.set_group(&request.group_id);
    JoinRequest {
        group_id: request.group_id.into(),
        member_id: request.member_id.into(),
        group_instance_id: request.group_instance_id.map(Into::into),
        client_id: call.connection.client_id().to_string(),
        client_host: format!("/{}", call.connection.peer.ip().to_canonical()),
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: (call.version >= 1).then_some(request.rebalance_timeout_ms),
        protocol_type: request.protocol_type.into(),
        protocols: request
            .protocols
            .into_iter()
            .map(|protocol| Protocol { name: protocol.name.into(), metadata: protocol.metadata })
            .collect(),
        fresh_uuid,
        requires_known_member_id: call.version >= 4,
        supports_skipping_assignment: call.version >= 9,
    }
}

/// The form with hyphens, which member ids end with.
fn uuid_text(id: Uuid) -> String {
    let hex: String = id.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_with_hyphens() {
        let id = Uuid::from_bytes([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(uuid_text(id), "01234567-89ab-cdef-0001-020304050607");
    }
}

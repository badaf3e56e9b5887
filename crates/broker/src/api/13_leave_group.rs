//! LeaveGroup: 0-5.
//!
//! Behaviour: members leave at once, and the others rebalance.
//!
//! Version notes:
//! - 0-2: one member, whose error is the answer's. 3: several members, static ones by instance id. 4: flexible.
//! - 5: a reason, which is not kept.

use millstream_coordinator::{Event, LeaveRequest, LeavingMember, LeftMember, Response};
use millstream_wire::messages::leave_group::{LeaveGroupRequest, LeaveGroupResponse, MemberResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::groups::{error_code, optional_code, unexpected};

pub(crate) struct LeaveGroup;

impl Api for LeaveGroup {
    type Request = LeaveGroupRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(call: Call, request: LeaveGroupRequest) -> Result<Reply<LeaveGroupResponse>, Refusal> {
        if request.group_id.is_empty() {
            let error_code = ErrorCode::INVALID_GROUP_ID;
            return Ok(LeaveGroupResponse { error_code, ..Default::default() }.into());
        }
        let members = if call.version < 3 {
            vec![LeavingMember { member_id: request.member_id.into(), group_instance_id: None }]
        } else {
            let leaving = request.members.into_iter().map(|member| LeavingMember {
                member_id: member.member_id.into(),
                group_instance_id: member.group_instance_id.map(Into::into),
            });
            leaving.collect()
        };
        let leave = LeaveRequest { group_id: request.group_id.into(), members };
        let (error_code, left) = match call.shared.groups.ask(|waiter| Event::Leave(waiter, leave)).await {
            Ok(Response::Leave(Ok(left))) => (ErrorCode::NONE, left.members),
            Ok(Response::Leave(Err(error))) | Err(error) => (error_code(error), Vec::new()),
            Ok(other) => return Err(unexpected(&other)),
        };
        let response = if call.version < 3 {
            let of_member = left.first().map_or(ErrorCode::NONE, |member| optional_code(member.error));
            let error_code = if error_code.is_none() { of_member } else { error_code };
            LeaveGroupResponse { error_code, ..Default::default() }
        } else {
            let members = left.into_iter().map(row).collect();
            LeaveGroupResponse { error_code, members, ..Default::default() }
        };
        Ok(response.into())
    }
}

fn row(member: LeftMember) -> MemberResponse {
    MemberResponse {
        member_id: member.member_id.into(),
        group_instance_id: member.group_instance_id.map(Into::into),
        error_code: optional_code(member.error),
    }
}

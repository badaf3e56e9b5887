//! DescribeGroups: 0-6.
//!
//! Behaviour: a group that does not exist, or is no classic group, is `Dead`; from version 6 on it is
//! GROUP_ID_NOT_FOUND with a message.
//! While the group's partition of `__consumer_offsets` is offline: NOT_COORDINATOR.
//!
//! Version notes: 3: authorized operations (there are no ACLs: all of a group's operations). 4: static members.
//! 5: flexible. 6: error message.

use millstream_coordinator::{DescribedGroup as Group, DescribedMember, GroupState};
use millstream_wire::messages::describe_groups::{
    DescribeGroupsRequest, DescribeGroupsResponse, DescribedGroup, DescribedGroupMember,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::operations;

pub(crate) struct DescribeGroups;

impl Api for DescribeGroups {
    type Request = DescribeGroupsRequest;
    const VERSIONS: Versions = Versions::new(0, 6);

    async fn handle(
        call: Call,
        request: DescribeGroupsRequest,
    ) -> Result<Reply<DescribeGroupsResponse>, Refusal> {
        let allowed = operations::of_group(request.include_authorized_operations);
        let row = |group_id: Str| match call.shared.groups.describe(&group_id) {
            _ if !call.shared.groups.is_available(&group_id) => unavailable(group_id),
            Some(group) => found(group, allowed),
            None => {
                let is_consumer = call.shared.groups.describe_consumer(&group_id).is_some();
                missing(group_id, is_consumer, call.version, allowed)
            }
        };
        let groups = request.groups.into_iter().map(row).collect();
        Ok(DescribeGroupsResponse { groups, ..Default::default() }.into())
    }
}

fn found(group: Group, authorized_operations: i32) -> DescribedGroup {
    DescribedGroup {
        group_id: group.group_id.into(),
        group_state: group.state.to_string().into(),
        protocol_type: group.protocol_type.into(),
        protocol_data: group.protocol.into(),
        members: group.members.into_iter().map(member).collect(),
        authorized_operations,
        ..Default::default()
    }
}

fn member(member: DescribedMember) -> DescribedGroupMember {
    DescribedGroupMember {
        member_id: member.member_id.into(),
        group_instance_id: member.group_instance_id.map(Into::into),
        client_id: member.client_id.into(),
        client_host: member.client_host.into(),
        member_metadata: member.metadata,
        member_assignment: member.assignment,
    }
}

/// Nobody knows what the group is while its partition of `__consumer_offsets` is offline.
fn unavailable(group_id: Str) -> DescribedGroup {
    let error_code = ErrorCode::NOT_COORDINATOR;
    let authorized_operations = operations::of_group(false);
    DescribedGroup { error_code, group_id, authorized_operations, ..Default::default() }
}

fn missing(group_id: Str, is_consumer: bool, version: i16, authorized_operations: i32) -> DescribedGroup {
    let (error_code, error_message) = if version < 6 {
        (ErrorCode::NONE, None)
    } else {
        let why = if is_consumer { "is not a classic group" } else { "not found" };
        (ErrorCode::GROUP_ID_NOT_FOUND, Some(format!("Group {group_id} {why}.").into()))
    };
    // Kafka looks up what is allowed for groups that it has not refused.
    let authorized_operations =
        if error_code.is_none() { authorized_operations } else { operations::of_group(false) };
    DescribedGroup {
        error_code,
        error_message,
        group_id,
        group_state: GroupState::Dead.to_string().into(),
        authorized_operations,
        ..Default::default()
    }
}

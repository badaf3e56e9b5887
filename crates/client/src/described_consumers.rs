//! Describing a group of the newer protocol (KIP-848), whose members have epochs and targets.

use millstream_wire::Request;
use millstream_wire::messages::consumer_group_describe::{
    Assignment as WireAssignment, ConsumerGroupDescribeRequest, DescribedGroup, Member,
};
use millstream_wire::{ErrorCode, Message};

use crate::client::Client;
use crate::error::ClientError;
use crate::group::Assignment;
use crate::groups::{Coordinator, GroupDescription, MemberDescription};

impl Client {
    /// The group, if it is one of the newer protocol; `None` when it is not, or the broker knows of no such groups.
    pub(crate) async fn describe_consumer_group(
        &mut self,
        group: &str,
        coordinator: &Coordinator,
    ) -> Result<Option<GroupDescription>, ClientError> {
        let address = crate::address::of_broker(&coordinator.host, coordinator.port);
        let connection = self.at(&address).await?;
        let versions = ConsumerGroupDescribeRequest::VERSIONS;
        let Ok(version) = connection.version::<ConsumerGroupDescribeRequest>(versions) else {
            return Ok(None);
        };
        let request = ConsumerGroupDescribeRequest { group_ids: vec![group.into()], ..Default::default() };
        let response = connection.call(&request, version).await?;
        let Some(found) = response.groups.into_iter().next() else { return Ok(None) };
        if matches!(found.error_code, ErrorCode::GROUP_ID_NOT_FOUND | ErrorCode::UNSUPPORTED_VERSION) {
            return Ok(None);
        }
        let what = || format!("group '{group}' ({})", ConsumerGroupDescribeRequest::KEY);
        ClientError::check(found.error_code, found.error_message.as_deref(), what)?;
        Ok(Some(described(found, coordinator.clone())))
    }
}

fn described(found: DescribedGroup, coordinator: Coordinator) -> GroupDescription {
    GroupDescription {
        group: found.group_id.into(),
        state: found.group_state.into(),
        assignor: found.assignor_name.into(),
        members: found.members.into_iter().map(member).collect(),
        coordinator,
        epoch: Some(found.group_epoch),
        target_epoch: Some(found.assignment_epoch),
    }
}

fn member(member: Member) -> MemberDescription {
    MemberDescription {
        member_id: member.member_id.into(),
        instance_id: member.instance_id.map(Into::into),
        client_id: member.client_id.into(),
        client_host: member.client_host.into(),
        assignment: assignment(member.assignment),
        epoch: Some(member.member_epoch),
        target: assignment(member.target_assignment),
        is_upgraded: match member.member_type {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    }
}

fn assignment(assignment: WireAssignment) -> Assignment {
    let topics = assignment.topic_partitions.into_iter();
    topics.map(|topic| (String::from(topic.topic_name), topic.partitions)).collect()
}

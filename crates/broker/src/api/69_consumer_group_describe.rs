//! ConsumerGroupDescribe: 0-1.
//!
//! Behaviour: consumer groups with their members, what each has and shall have. A classic group, or none, is
//! GROUP_ID_NOT_FOUND. While the group's partition of `__consumer_offsets` is offline: NOT_COORDINATOR. While
//! `group.version` is 0: UNSUPPORTED_VERSION.
//!
//! Version notes: 1: which protocol a member speaks (KIP-1099).

use std::collections::{BTreeMap, BTreeSet};

use millstream_cluster::Image;
use millstream_coordinator::{DescribedConsumer, DescribedConsumerGroup};
use millstream_wire::messages::consumer_group_describe::{
    Assignment, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, DescribedGroup, Member,
    TopicPartitions,
};
use millstream_wire::{ErrorCode, Str, Uuid, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::features::has_consumer_groups;
use crate::operations;

const CLASSIC_MEMBER: i8 = 0;
const CONSUMER_MEMBER: i8 = 1;

pub(crate) struct ConsumerGroupDescribe;

impl Api for ConsumerGroupDescribe {
    type Request = ConsumerGroupDescribeRequest;
    const VERSIONS: Versions = Versions::new(0, 1);

    async fn handle(
        call: Call,
        request: ConsumerGroupDescribeRequest,
    ) -> Result<Reply<ConsumerGroupDescribeResponse>, Refusal> {
        let image = call.shared.catalog.image();
        let allowed = operations::of_group(request.include_authorized_operations);
        let groups = request.group_ids.into_iter().map(|group_id| describe(&call, &image, group_id, allowed));
        let groups = groups.collect();
        Ok(ConsumerGroupDescribeResponse { groups, ..Default::default() }.into())
    }
}

fn describe(call: &Call, image: &Image, group_id: Str, authorized_operations: i32) -> DescribedGroup {
    let groups = &call.shared.groups;
    let failed = |error_code, message: Option<String>| DescribedGroup {
        error_code,
        error_message: message.map(Into::into),
        group_id: group_id.clone(),
        ..Default::default()
    };
    if !has_consumer_groups(image) {
        return failed(ErrorCode::UNSUPPORTED_VERSION, None);
    }
    if group_id.is_empty() {
        return failed(ErrorCode::INVALID_GROUP_ID, None);
    }
    if !groups.is_available(&group_id) {
        return failed(ErrorCode::NOT_COORDINATOR, None);
    }
    match groups.describe_consumer(&group_id) {
        Some(group) => DescribedGroup { authorized_operations, ..found(group, image) },
        None => {
            let message = match groups.describe(&group_id) {
                Some(_) => format!("Group {group_id} is not a consumer group."),
                None => format!("Group {group_id} not found."),
            };
            failed(ErrorCode::GROUP_ID_NOT_FOUND, Some(message))
        }
    }
}

fn found(group: DescribedConsumerGroup, image: &Image) -> DescribedGroup {
    DescribedGroup {
        group_id: group.group_id.into(),
        group_state: group.state.name().into(),
        group_epoch: group.epoch,
        assignment_epoch: group.target_epoch,
        assignor_name: group.assignor.into(),
        members: group.members.into_iter().map(|one| member(one, image)).collect(),
        ..Default::default()
    }
}

fn member(member: DescribedConsumer, image: &Image) -> Member {
    Member {
        assignment: assignment(&member.assignment, image),
        target_assignment: assignment(&member.target, image),
        member_id: member.member_id.into(),
        instance_id: member.instance_id.map(Into::into),
        rack_id: member.rack_id.map(Into::into),
        member_epoch: member.epoch,
        client_id: member.client_id.into(),
        client_host: member.client_host.into(),
        subscribed_topic_names: member.topics.into_iter().map(Into::into).collect(),
        subscribed_topic_regex: Some(member.regex.into()),
        member_type: if member.is_classic { CLASSIC_MEMBER } else { CONSUMER_MEMBER },
    }
}

/// Topics that are gone have no name and are left out.
fn assignment(partitions: &BTreeMap<Uuid, BTreeSet<i32>>, image: &Image) -> Assignment {
    let row = |(topic_id, partitions): (&Uuid, &BTreeSet<i32>)| {
        Some(TopicPartitions {
            topic_id: *topic_id,
            topic_name: image.topic_by_id(*topic_id)?.name.as_str().into(),
            partitions: partitions.iter().copied().collect(),
        })
    };
    Assignment { topic_partitions: partitions.iter().filter_map(row).collect() }
}

//! Loading: a record of a consumer group becomes the change it was written for.

use std::collections::BTreeMap;

use millstream_wire::Message;
use millstream_wire::coordinator_records::{
    AssignedTopicPartitions, ConsumerGroupCurrentMemberAssignmentValue, ConsumerGroupMemberMetadataValue,
    ConsumerGroupMetadataValue, ConsumerGroupRegularExpressionValue,
    ConsumerGroupTargetAssignmentMemberValue, ConsumerGroupTargetAssignmentMetadataValue, CoordinatorKey,
};

use super::assignment::{Assigned, Partitions};
use super::change::{Change, Epoch, Resolved, TargetEpoch};
use super::member::{ClassicMember, Current, MemberMetadata, MemberState};
use crate::RecordError;
use crate::event::Protocol;
use crate::replay::decode;

/// The group and its change; `None` for keys of other kinds.
pub(crate) fn change(
    key: CoordinatorKey,
    value: Option<&[u8]>,
) -> Result<Option<(String, Change)>, RecordError> {
    let (group_id, change) = match key {
        CoordinatorKey::ConsumerGroup(key) => (key.group_id, Change::Epoch(read(value, "group", epoch)?)),
        CoordinatorKey::ConsumerGroupPartitions(key) => {
            let change =
                if value.is_some() { Change::HasPartitionMetadata } else { Change::NoPartitionMetadata };
            (key.group_id, change)
        }
        CoordinatorKey::ConsumerGroupMember(key) => {
            (key.group_id, Change::Member(key.member_id.to_string(), read(value, "member", member)?))
        }
        CoordinatorKey::ConsumerGroupTarget(key) => {
            (key.group_id, Change::TargetEpoch(read(value, "target epoch", target_epoch)?))
        }
        CoordinatorKey::ConsumerGroupTargetMember(key) => {
            (key.group_id, Change::Target(key.member_id.to_string(), read(value, "target", target)?))
        }
        CoordinatorKey::ConsumerGroupCurrentMember(key) => {
            (key.group_id, Change::Current(key.member_id.to_string(), read(value, "assignment", current)?))
        }
        CoordinatorKey::ConsumerGroupRegex(key) => {
            let regex = key.regular_expression.to_string();
            (key.group_id, Change::Regex(regex, read(value, "regular expression", resolved)?))
        }
        CoordinatorKey::Offset(_) | CoordinatorKey::Group(_) | CoordinatorKey::Unknown(_) => {
            return Ok(None);
        }
    };
    Ok(Some((group_id.to_string(), change)))
}

fn read<M: Message, T>(
    value: Option<&[u8]>,
    what: &'static str,
    make: impl FnOnce(M) -> T,
) -> Result<Option<T>, RecordError> {
    value.map(|value| decode(what, value).map(make)).transpose()
}

fn epoch(value: ConsumerGroupMetadataValue) -> Epoch {
    Epoch { epoch: value.epoch, topics_hash: value.metadata_hash }
}

fn member(value: ConsumerGroupMemberMetadataValue) -> MemberMetadata {
    let classic = value.classic_member_metadata.map(|classic| ClassicMember {
        session_timeout_ms: classic.session_timeout_ms,
        protocols: classic
            .supported_protocols
            .into_iter()
            .map(|protocol| Protocol { name: protocol.name.to_string(), metadata: protocol.metadata })
            .collect(),
    });
    MemberMetadata {
        instance_id: value.instance_id.map(Into::into),
        rack_id: value.rack_id.map(Into::into),
        client_id: value.client_id.into(),
        client_host: value.client_host.into(),
        topics: value.subscribed_topic_names.into_iter().map(Into::into).collect(),
        regex: value.subscribed_topic_regex.map(Into::into).unwrap_or_default(),
        rebalance_timeout_ms: value.rebalance_timeout_ms,
        assignor: value.server_assignor.map(Into::into),
        classic,
    }
}

fn target_epoch(value: ConsumerGroupTargetAssignmentMetadataValue) -> TargetEpoch {
    TargetEpoch { epoch: value.assignment_epoch, computed_at_ms: value.assignment_timestamp }
}

fn target(value: ConsumerGroupTargetAssignmentMemberValue) -> Partitions {
    value
        .topic_partitions
        .into_iter()
        .map(|topic| (topic.topic_id, topic.partitions.into_iter().collect()))
        .collect()
}

fn current(value: ConsumerGroupCurrentMemberAssignmentValue) -> Current {
    Current {
        epoch: value.member_epoch,
        previous_epoch: value.previous_member_epoch,
        state: MemberState::from_code(value.state),
        assigned: assigned(value.assigned_partitions, value.member_epoch),
        revoking: assigned(value.partitions_pending_revocation, value.member_epoch),
    }
}

/// Records of releases before 4.3 have no epochs: the member's own stands in, and 0 for one that has left.
fn assigned(topics: Vec<AssignedTopicPartitions>, member_epoch: i32) -> Assigned {
    topics
        .into_iter()
        .map(|topic| {
            let epochs = topic.assignment_epochs.filter(|epochs| epochs.len() == topic.partitions.len());
            let epochs = epochs.unwrap_or_else(|| vec![member_epoch.max(0); topic.partitions.len()]);
            (topic.topic_id, topic.partitions.into_iter().zip(epochs).collect::<BTreeMap<_, _>>())
        })
        .collect()
}

fn resolved(value: ConsumerGroupRegularExpressionValue) -> Resolved {
    Resolved {
        topics: value.topics.into_iter().map(Into::into).collect(),
        version: value.version,
        resolved_at_ms: value.timestamp,
    }
}

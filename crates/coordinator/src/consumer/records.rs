//! The records of consumer groups, in the versions that Kafka 4.3 writes.

use bytes::Bytes;
use millstream_wire::coordinator_records::{
    AssignedTopicPartitions, ClassicMemberMetadata, ClassicProtocol, ConsumerGroupCurrentMemberAssignmentKey,
    ConsumerGroupCurrentMemberAssignmentValue, ConsumerGroupMemberMetadataKey,
    ConsumerGroupMemberMetadataValue, ConsumerGroupMetadataKey, ConsumerGroupMetadataValue,
    ConsumerGroupPartitionMetadataKey, ConsumerGroupRegularExpressionKey,
    ConsumerGroupRegularExpressionValue, ConsumerGroupTargetAssignmentMemberKey,
    ConsumerGroupTargetAssignmentMemberValue, ConsumerGroupTargetAssignmentMetadataKey,
    ConsumerGroupTargetAssignmentMetadataValue, CoordinatorKey, TargetTopicPartitions,
};
use millstream_wire::{EncodeError, Message, Str, encode_prefixed};

use super::assignment::{Assigned, Partitions};
use super::change::{Change, Epoch, Resolved, TargetEpoch};
use super::member::{Current, MemberMetadata};
use crate::Record;
use crate::records::Encoded;

/// Every value's version.
const VERSION: i16 = 0;

/// The records of a group's changes.
pub(crate) fn encode(group_id: &str, changes: &[Change]) -> Encoded {
    changes.iter().filter_map(|change| record(group_id, change).transpose()).collect()
}

fn record(group_id: &str, change: &Change) -> Result<Option<Record>, EncodeError> {
    let group_id: Str = group_id.into();
    let (key, value) = match change {
        Change::HasPartitionMetadata => return Ok(None),
        Change::Epoch(value) => (
            CoordinatorKey::ConsumerGroup(ConsumerGroupMetadataKey { group_id }),
            encoded(value.as_ref().map(epoch))?,
        ),
        Change::NoPartitionMetadata => {
            (CoordinatorKey::ConsumerGroupPartitions(ConsumerGroupPartitionMetadataKey { group_id }), None)
        }
        Change::Member(member_id, value) => {
            let member_id = member_id.as_str().into();
            let key = ConsumerGroupMemberMetadataKey { group_id, member_id };
            (CoordinatorKey::ConsumerGroupMember(key), encoded(value.as_ref().map(member))?)
        }
        Change::TargetEpoch(value) => (
            CoordinatorKey::ConsumerGroupTarget(ConsumerGroupTargetAssignmentMetadataKey { group_id }),
            encoded(value.as_ref().map(target_epoch))?,
        ),
        Change::Target(member_id, value) => {
            let member_id = member_id.as_str().into();
            let key = ConsumerGroupTargetAssignmentMemberKey { group_id, member_id };
            (CoordinatorKey::ConsumerGroupTargetMember(key), encoded(value.as_ref().map(target))?)
        }
        Change::Current(member_id, value) => {
            let member_id = member_id.as_str().into();
            let key = ConsumerGroupCurrentMemberAssignmentKey { group_id, member_id };
            (CoordinatorKey::ConsumerGroupCurrentMember(key), encoded(value.as_ref().map(current))?)
        }
        Change::Regex(regex, value) => {
            let regular_expression = regex.as_str().into();
            let key = ConsumerGroupRegularExpressionKey { group_id, regular_expression };
            (CoordinatorKey::ConsumerGroupRegex(key), encoded(value.as_ref().map(resolved))?)
        }
    };
    Ok(Some(Record { key: key.encode()?, value }))
}

fn encoded<M: Message>(value: Option<M>) -> Result<Option<Bytes>, EncodeError> {
    value.map(|value| encode_prefixed(&value, VERSION)).transpose()
}

fn epoch(value: &Epoch) -> ConsumerGroupMetadataValue {
    ConsumerGroupMetadataValue { epoch: value.epoch, metadata_hash: value.topics_hash }
}

fn member(value: &MemberMetadata) -> ConsumerGroupMemberMetadataValue {
    let text = |text: &Option<String>| text.as_deref().map(Into::into);
    let classic = value.classic.as_ref().map(|classic| ClassicMemberMetadata {
        session_timeout_ms: classic.session_timeout_ms,
        supported_protocols: classic
            .protocols
            .iter()
            .map(|protocol| ClassicProtocol {
                name: protocol.name.as_str().into(),
                metadata: protocol.metadata.clone(),
            })
            .collect(),
    });
    ConsumerGroupMemberMetadataValue {
        instance_id: text(&value.instance_id),
        rack_id: text(&value.rack_id),
        client_id: value.client_id.as_str().into(),
        client_host: value.client_host.as_str().into(),
        subscribed_topic_names: value.topics.iter().map(|topic| topic.as_str().into()).collect(),
        subscribed_topic_regex: Some(value.regex.as_str().into()),
        rebalance_timeout_ms: value.rebalance_timeout_ms,
        server_assignor: text(&value.assignor),
        classic_member_metadata: classic,
    }
}

fn target_epoch(value: &TargetEpoch) -> ConsumerGroupTargetAssignmentMetadataValue {
    ConsumerGroupTargetAssignmentMetadataValue {
        assignment_epoch: value.epoch,
        assignment_timestamp: value.computed_at_ms,
    }
}

fn target(value: &Partitions) -> ConsumerGroupTargetAssignmentMemberValue {
    let topic_partitions = value
        .iter()
        .map(|(topic_id, partitions)| TargetTopicPartitions {
            topic_id: *topic_id,
            partitions: partitions.iter().copied().collect(),
        })
        .collect();
    ConsumerGroupTargetAssignmentMemberValue { topic_partitions }
}

fn current(value: &Current) -> ConsumerGroupCurrentMemberAssignmentValue {
    ConsumerGroupCurrentMemberAssignmentValue {
        member_epoch: value.epoch,
        previous_member_epoch: value.previous_epoch,
        state: value.state.code(),
        assigned_partitions: assigned(&value.assigned),
        partitions_pending_revocation: assigned(&value.revoking),
    }
}

fn assigned(value: &Assigned) -> Vec<AssignedTopicPartitions> {
    value
        .iter()
        .map(|(topic_id, partitions)| AssignedTopicPartitions {
            topic_id: *topic_id,
            partitions: partitions.keys().copied().collect(),
            assignment_epochs: Some(partitions.values().copied().collect()),
        })
        .collect()
}

fn resolved(value: &Resolved) -> ConsumerGroupRegularExpressionValue {
    ConsumerGroupRegularExpressionValue {
        topics: value.topics.iter().map(|topic| topic.as_str().into()).collect(),
        version: value.version,
        timestamp: value.resolved_at_ms,
    }
}

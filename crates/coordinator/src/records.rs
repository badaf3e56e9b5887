//! The records of `__consumer_offsets`, in the versions that Kafka 4.3 writes.

use std::collections::BTreeMap;

use bytes::Bytes;
use millstream_wire::coordinator_records::{
    CoordinatorKey, GroupMetadataKey, GroupMetadataValue, MemberMetadata, OffsetCommitKey, OffsetCommitValue,
};
use millstream_wire::{EncodeError, Uuid, encode_prefixed};

use crate::group::Group;
use crate::{CommittedOffset, Record};

/// Records, or the text that has no encoding: keys and old versions hold at most 32,767 bytes of text.
pub(crate) type Encoded = Result<Vec<Record>, EncodeError>;

const GROUP_METADATA_VERSION: i16 = 3;
const OFFSET_VERSION: i16 = 4;
/// The only version that can hold an expiry of the commit's own.
const OFFSET_VERSION_WITH_EXPIRY: i16 = 1;

/// A group's generation with its members and their assignments.
pub(crate) fn group_metadata(group: &Group, assignment: &BTreeMap<String, Bytes>) -> Encoded {
    let protocol = group.protocol_name.as_deref().unwrap_or("");
    let members = group
        .members()
        .map(|member| MemberMetadata {
            member_id: member.id.as_str().into(),
            group_instance_id: member.instance_id.as_deref().map(Into::into),
            client_id: member.client_id.as_str().into(),
            client_host: member.client_host.as_str().into(),
            rebalance_timeout: member.rebalance_timeout_ms,
            session_timeout: member.session_timeout_ms,
            subscription: member.metadata(protocol),
            assignment: assignment.get(&member.id).cloned().unwrap_or_default(),
        })
        .collect();
    let value = GroupMetadataValue {
        protocol_type: group.protocol_type.as_deref().unwrap_or("").into(),
        generation: group.generation,
        protocol: group.protocol_name.as_deref().map(Into::into),
        leader: group.leader.as_deref().map(Into::into),
        current_state_timestamp: group.state_since_ms.unwrap_or(-1),
        members,
    };
    Ok(vec![Record {
        key: group_key(&group.id)?,
        value: Some(encode_prefixed(&value, GROUP_METADATA_VERSION)?),
    }])
}

/// The end of a group.
pub(crate) fn group_tombstone(group_id: &str) -> Result<Record, EncodeError> {
    Ok(Record { key: group_key(group_id)?, value: None })
}

/// A committed offset.
pub(crate) fn offset(
    group_id: &str,
    topic: &str,
    partition: i32,
    offset: &CommittedOffset,
) -> Result<Record, EncodeError> {
    let value = OffsetCommitValue {
        offset: offset.offset,
        leader_epoch: offset.leader_epoch,
        metadata: offset.metadata.as_str().into(),
        commit_timestamp: offset.commit_timestamp_ms,
        expire_timestamp: offset.expire_timestamp_ms.unwrap_or(-1),
        topic_id: Uuid::from_bytes(offset.topic_id),
    };
    let version =
        if offset.expire_timestamp_ms.is_some() { OFFSET_VERSION_WITH_EXPIRY } else { OFFSET_VERSION };
    Ok(Record {
        key: offset_key(group_id, topic, partition)?,
        value: Some(encode_prefixed(&value, version)?),
    })
}

/// The end of a committed offset.
pub(crate) fn offset_tombstone(group_id: &str, topic: &str, partition: i32) -> Result<Record, EncodeError> {
    Ok(Record { key: offset_key(group_id, topic, partition)?, value: None })
}

fn group_key(group_id: &str) -> Result<Bytes, EncodeError> {
    CoordinatorKey::Group(GroupMetadataKey { group: group_id.into() }).encode()
}

fn offset_key(group_id: &str, topic: &str, partition: i32) -> Result<Bytes, EncodeError> {
    CoordinatorKey::Offset(OffsetCommitKey { group: group_id.into(), topic: topic.into(), partition })
        .encode()
}

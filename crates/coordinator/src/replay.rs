//! Loading: the records of `__consumer_offsets` in their order become groups and offsets again.

use bytes::Bytes;
use millstream_wire::coordinator_records::{
    CoordinatorKey, GroupMetadataValue, MemberMetadata, OffsetCommitKey, OffsetCommitValue,
};
use millstream_wire::{DecodeError, Message, Reader};

use crate::consumer::Consumers;
use crate::event::Protocol;
use crate::group::{Group, Groups};
use crate::member::Member;
use crate::offsets::Offsets;
use crate::{CommittedOffset, GroupState, RecordError};

/// Takes in one record, of a producer's transaction if there is one. Keys of kinds that are not known (groups of
/// newer protocols) are left alone.
pub(crate) fn replay(
    groups: &mut Groups,
    consumers: &mut Consumers,
    offsets: &mut Offsets,
    key: &[u8],
    value: Option<&[u8]>,
    producer_id: Option<i64>,
) -> Result<(), RecordError> {
    let key = CoordinatorKey::decode(Bytes::copy_from_slice(key)).map_err(|error| damaged("key", &error))?;
    match key {
        CoordinatorKey::Group(key) => match value {
            None => {
                groups.remove(key.group.as_str());
            }
            Some(value) => {
                let value: GroupMetadataValue = decode("group metadata", value)?;
                consumers.forget(&key.group);
                groups.insert(key.group.to_string(), Box::new(group(&key.group, value)));
            }
        },
        CoordinatorKey::Offset(key) => {
            let OffsetCommitKey { group, topic, partition } = key;
            let Some(value) = value else {
                offsets.remove(&group, &topic, partition);
                return Ok(());
            };
            let value: OffsetCommitValue = decode("offset", value)?;
            if !consumers.has(&group) {
                groups.entry(group.to_string()).or_insert_with(|| Box::new(Group::new(&group, None)));
            }
            let (partition, offset) = ((topic.to_string(), partition), committed(value));
            match producer_id {
                None => offsets.put(&group, partition, offset),
                Some(producer) => offsets.put_pending(producer, &group, partition, offset),
            }
        }
        other => {
            if let Some((group_id, is_made)) = consumers.replay(other, value)?
                && is_made
            {
                // Offsets that were read before it made a group that only keeps offsets.
                groups.remove(&group_id);
            }
        }
    }
    Ok(())
}

fn damaged(what: &'static str, error: &DecodeError) -> RecordError {
    RecordError::Damaged { what, detail: error.to_string() }
}

pub(crate) fn decode<M: Message>(what: &'static str, value: &[u8]) -> Result<M, RecordError> {
    let mut reader = Reader::new(Bytes::copy_from_slice(value));
    let version = reader.i16().map_err(|error| damaged(what, &error))?;
    if !M::VERSIONS.contains(version) {
        return Err(RecordError::UnknownVersion { what, version });
    }
    M::decode(&mut reader, version).map_err(|error| damaged(what, &error))
}

fn committed(value: OffsetCommitValue) -> CommittedOffset {
    CommittedOffset {
        offset: value.offset,
        leader_epoch: value.leader_epoch,
        metadata: value.metadata.to_string(),
        commit_timestamp_ms: value.commit_timestamp,
        expire_timestamp_ms: (value.expire_timestamp >= 0).then_some(value.expire_timestamp),
        topic_id: *value.topic_id.as_bytes(),
    }
}

fn group(group_id: &str, value: GroupMetadataValue) -> Group {
    let since = (value.current_state_timestamp >= 0).then_some(value.current_state_timestamp);
    let mut group = Group::new(group_id, since);
    let protocol_type = value.protocol_type.to_string();
    let protocol = value.protocol.as_ref().map(ToString::to_string);
    let is_empty = value.members.is_empty();
    for loaded in value.members {
        group.add(member(loaded, &protocol_type, protocol.as_deref().unwrap_or("")));
    }
    group.protocol_type = (!protocol_type.is_empty()).then_some(protocol_type);
    group.protocol_name = protocol;
    group.generation = value.generation;
    group.leader = value.leader.map(|leader| leader.to_string());
    group.note_subscription();
    group.loaded_as(if is_empty { GroupState::Empty } else { GroupState::Stable });
    group
}

fn member(loaded: MemberMetadata, protocol_type: &str, protocol: &str) -> Member {
    let rebalance = loaded.rebalance_timeout;
    Member {
        id: loaded.member_id.to_string(),
        instance_id: loaded.group_instance_id.map(|id| id.to_string()),
        client_id: loaded.client_id.to_string(),
        client_host: loaded.client_host.to_string(),
        rebalance_timeout_ms: if rebalance == -1 { loaded.session_timeout } else { rebalance },
        session_timeout_ms: loaded.session_timeout,
        protocol_type: protocol_type.to_owned(),
        protocols: vec![Protocol { name: protocol.to_owned(), metadata: loaded.subscription }],
        assignment: loaded.assignment,
        join_waiter: None,
        sync_waiter: None,
        is_new: false,
    }
}

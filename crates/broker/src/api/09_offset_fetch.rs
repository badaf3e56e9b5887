//! OffsetFetch: 0-10.
//!
//! Behaviour: durable offsets only. A partition without one is offset -1, without an error. While the group's
//! partition of `__consumer_offsets` is offline nobody knows: NOT_COORDINATOR, so that no reader starts anew.
//!
//! Version notes:
//! - 0: a partition without an offset is UNKNOWN_TOPIC_OR_PARTITION (Kafka looked into ZooKeeper).
//! - 2: no list of topics means all, and an error of the whole answer. 5: leader epoch. 6: flexible.
//! - 7: require_stable: a partition of which an open transaction has an offset is UNSTABLE_OFFSET_COMMIT. 8: several
//!   groups. 9: member id and epoch of a consumer group's member, which must be right. 10: topic ids instead of names.

use std::collections::BTreeMap;

use millstream_cluster::Image;
use millstream_coordinator::CommittedOffset;
use millstream_wire::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopics, OffsetFetchResponse,
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use millstream_wire::{ErrorCode, Str, Uuid, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::groups::error_code;

/// The offset of a partition that has none.
const NO_OFFSET: i64 = -1;

pub(crate) struct OffsetFetch;

impl Api for OffsetFetch {
    type Request = OffsetFetchRequest;
    const VERSIONS: Versions = Versions::new(0, 10);

    async fn handle(call: Call, request: OffsetFetchRequest) -> Result<Reply<OffsetFetchResponse>, Refusal> {
        let image = call.shared.catalog.image();
        let stable = request.require_stable;
        let fetch_group = |group| fetch_stable(&call, &image, group, stable);
        if call.version >= 8 {
            let groups = request.groups.into_iter().map(fetch_group).collect();
            return Ok(OffsetFetchResponse { groups, ..Default::default() }.into());
        }
        let topics = request.topics.map(|topics| {
            let renamed = topics.into_iter().map(|topic| OffsetFetchRequestTopics {
                name: topic.name,
                topic_id: Uuid::ZERO,
                partition_indexes: topic.partition_indexes,
            });
            renamed.collect()
        });
        let group = OffsetFetchRequestGroup { group_id: request.group_id, topics, ..Default::default() };
        let group = fetch_group(group);
        let topics = group.topics.into_iter().map(|topic| single(topic, call.version)).collect();
        Ok(OffsetFetchResponse { topics, error_code: group.error_code, ..Default::default() }.into())
    }
}

/// What is pending in a transaction is looked at first: then no offset is told that the transaction has replaced
/// meanwhile.
fn fetch_stable(
    call: &Call,
    image: &Image,
    group: OffsetFetchRequestGroup,
    stable: bool,
) -> OffsetFetchResponseGroup {
    let unstable = if stable { call.shared.groups.unstable(&group.group_id) } else { Vec::new() };
    let mut fetched = fetch_group(call, image, group);
    for topic in &mut fetched.topics {
        let by_id = image.topic_by_id(topic.topic_id).filter(|_| call.version >= 10);
        let name = by_id.map_or_else(|| topic.name.to_string(), |topic| topic.name.clone());
        for partition in &mut topic.partitions {
            let pending =
                |(topic, index): &(String, i32)| (topic, *index) == (&name, partition.partition_index);
            if partition.error_code.is_none() && unstable.iter().any(pending) {
                *partition = row(partition.partition_index, None, ErrorCode::UNSTABLE_OFFSET_COMMIT);
            }
        }
    }
    fetched
}

fn fetch_group(call: &Call, image: &Image, group: OffsetFetchRequestGroup) -> OffsetFetchResponseGroup {
    let by_id = call.version >= 10;
    if !call.shared.groups.is_available(&group.group_id) {
        return refused(call, group, ErrorCode::NOT_COORDINATOR);
    }
    let member = group.member_id.as_deref();
    if let Err(error) = call.shared.groups.check_fetch(&group.group_id, member, group.member_epoch) {
        return refused(call, group, error_code(error));
    }
    let topics = match group.topics {
        Some(topics) => {
            topics.into_iter().map(|topic| fetch_topic(call, image, &group.group_id, topic)).collect()
        }
        None => all_topics(call, image, &group.group_id, by_id),
    };
    OffsetFetchResponseGroup { group_id: group.group_id, topics, ..Default::default() }
}

fn fetch_topic(
    call: &Call,
    image: &Image,
    group: &str,
    topic: OffsetFetchRequestTopics,
) -> OffsetFetchResponseTopics {
    let by_id = call.version >= 10;
    let name = if by_id {
        image.topic_by_id(topic.topic_id).map(|found| found.name.clone())
    } else {
        Some(topic.name.to_string())
    };
    let partitions = match name {
        Some(name) => call
            .shared
            .groups
            .offsets_of(group, &name, &topic.partition_indexes)
            .into_iter()
            .zip(&topic.partition_indexes)
            .map(|(offset, partition)| row(*partition, offset, ErrorCode::NONE))
            .collect(),
        None => topic
            .partition_indexes
            .iter()
            .map(|partition| row(*partition, None, ErrorCode::UNKNOWN_TOPIC_ID))
            .collect(),
    };
    OffsetFetchResponseTopics { name: topic.name, topic_id: topic.topic_id, partitions }
}

/// The error is the group's from version 2 on, and each partition's before; from version 8 on there are none then.
fn refused(call: &Call, group: OffsetFetchRequestGroup, error_code: ErrorCode) -> OffsetFetchResponseGroup {
    if call.version >= 8 {
        return OffsetFetchResponseGroup { group_id: group.group_id, error_code, ..Default::default() };
    }
    let topic = |topic: OffsetFetchRequestTopics| OffsetFetchResponseTopics {
        name: topic.name,
        topic_id: topic.topic_id,
        partitions: topic.partition_indexes.into_iter().map(|index| row(index, None, error_code)).collect(),
    };
    let topics = group.topics.into_iter().flatten().map(topic).collect();
    OffsetFetchResponseGroup { group_id: group.group_id, topics, error_code }
}

fn all_topics(call: &Call, image: &Image, group: &str, by_id: bool) -> Vec<OffsetFetchResponseTopics> {
    let mut topics: BTreeMap<String, Vec<OffsetFetchResponsePartitions>> = BTreeMap::new();
    for (topic, partition, offset) in call.shared.groups.offsets(group) {
        topics.entry(topic).or_default().push(row(partition, Some(offset), ErrorCode::NONE));
    }
    topics
        .into_iter()
        .filter_map(|(name, partitions)| {
            let id = image.topic(&name).map_or(Uuid::ZERO, |topic| topic.id);
            // Without an id the topic cannot be named in these versions.
            (!by_id || !id.is_zero()).then(|| OffsetFetchResponseTopics {
                name: name.into(),
                topic_id: id,
                partitions,
            })
        })
        .collect()
}

fn row(
    partition_index: i32,
    offset: Option<CommittedOffset>,
    error_code: ErrorCode,
) -> OffsetFetchResponsePartitions {
    match offset {
        Some(committed) => OffsetFetchResponsePartitions {
            partition_index,
            committed_offset: committed.offset,
            committed_leader_epoch: committed.leader_epoch,
            metadata: Some(committed.metadata.into()),
            error_code,
        },
        None => OffsetFetchResponsePartitions {
            partition_index,
            committed_offset: NO_OFFSET,
            committed_leader_epoch: -1,
            metadata: Some(Str::default()),
            error_code,
        },
    }
}

/// The form of one group's topic before version 8.
fn single(topic: OffsetFetchResponseTopics, version: i16) -> OffsetFetchResponseTopic {
    let partitions = topic
        .partitions
        .into_iter()
        .map(|partition| OffsetFetchResponsePartition {
            partition_index: partition.partition_index,
            committed_offset: partition.committed_offset,
            committed_leader_epoch: partition.committed_leader_epoch,
            metadata: partition.metadata,
            error_code: if version == 0
                && partition.committed_offset == NO_OFFSET
                && partition.error_code.is_none()
            {
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            } else {
                partition.error_code
            },
        })
        .collect();
    OffsetFetchResponseTopic { name: topic.name, partitions }
}

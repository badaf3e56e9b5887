//! DescribeTopicPartitions: 0.
//!
//! Behaviour: topics by name, paged by partitions: the answer ends with a cursor when there are more than
//! [`MOST_PARTITIONS`] or than the client wants. No topics asked for means all. Eligible leader replicas are empty
//! lists, never null: Java's admin client does not take null.

use std::sync::Arc;

use millstream_cluster::{Image, Topic, is_internal, validate_topic_name};
use millstream_wire::messages::describe_topic_partitions::{
    Cursor, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::catalog::Catalog;
use crate::operations;
use crate::shared::NO_LEADER;

/// `max.request.partition.size.limit`.
const MOST_PARTITIONS: i32 = 2000;

pub(crate) struct DescribeTopicPartitions;

impl Api for DescribeTopicPartitions {
    type Request = DescribeTopicPartitionsRequest;
    const VERSIONS: Versions = Versions::new(0, 0);

    async fn handle(
        call: Call,
        request: DescribeTopicPartitionsRequest,
    ) -> Result<Reply<DescribeTopicPartitionsResponse>, Refusal> {
        let catalog = &call.shared.catalog;
        let image = catalog.image();
        let (first, from) = match &request.cursor {
            Some(cursor) if cursor.partition_index < 0 => return Ok(refused(&request).into()),
            Some(cursor) => (cursor.topic_name.as_str(), cursor.partition_index),
            None => ("", 0),
        };
        let mut names: Vec<&str> = if request.topics.is_empty() {
            image.topics_from(first).map(|topic| topic.name.as_str()).collect()
        } else {
            request.topics.iter().map(|topic| topic.name.as_str()).filter(|name| *name >= first).collect()
        };
        if names.is_empty() && request.cursor.is_some() {
            return Ok(refused(&request).into());
        }
        names.sort_unstable();
        names.dedup();
        let limit = request.response_partition_limit.clamp(1, MOST_PARTITIONS);
        let mut left = usize::try_from(limit).unwrap_or(1);
        let mut response = DescribeTopicPartitionsResponse { next_cursor: None, ..Default::default() };
        for name in names {
            let from = if name == first { from } else { 0 };
            if left == 0 {
                response.next_cursor = Some(Cursor { topic_name: name.into(), partition_index: from });
                break;
            }
            let (topic, next) = describe(catalog, &image, name, from, left);
            left -= topic.partitions.len().min(left);
            response.topics.push(topic);
            if let Some(partition_index) = next {
                response.next_cursor = Some(Cursor { topic_name: name.into(), partition_index });
                break;
            }
        }
        Ok(response.into())
    }
}

/// A cursor that leads nowhere.
fn refused(request: &DescribeTopicPartitionsRequest) -> DescribeTopicPartitionsResponse {
    let row = |name: &Str| DescribeTopicPartitionsResponseTopic {
        error_code: ErrorCode::INVALID_REQUEST,
        name: Some(name.clone()),
        ..Default::default()
    };
    let topics = request.topics.iter().map(|topic| row(&topic.name)).collect();
    DescribeTopicPartitionsResponse { topics, next_cursor: None, ..Default::default() }
}

/// A topic from partition `from` on, at most `limit` of them, and the partition to go on from.
fn describe(
    catalog: &Catalog,
    image: &Image,
    name: &str,
    from: i32,
    limit: usize,
) -> (DescribeTopicPartitionsResponseTopic, Option<i32>) {
    let Some(topic) = image.topic(name) else { return (missing(name), None) };
    let led = catalog.topic_by_id(topic.id);
    let partitions = topic.partitions.range(from..).take(limit).map(|(index, partition)| {
        let is_online = led.as_ref().is_some_and(|led| led.partition(*index).is_ok());
        DescribeTopicPartitionsResponsePartition {
            error_code: ErrorCode::NONE,
            partition_index: *index,
            leader_id: if is_online { partition.leader } else { NO_LEADER },
            leader_epoch: partition.leader_epoch,
            replica_nodes: partition.replicas.clone(),
            isr_nodes: partition.isr.clone(),
            eligible_leader_replicas: Some(partition.eligible_leader_replicas.clone()),
            last_known_elr: Some(partition.last_known_elr.clone()),
            offline_replicas: if is_online { Vec::new() } else { vec![catalog.node_id] },
        }
    });
    let partitions = partitions.collect();
    let next = topic.partitions.range(from..).nth(limit).map(|(index, _)| *index);
    (row(topic, partitions), next)
}

fn row(
    topic: &Arc<Topic>,
    partitions: Vec<DescribeTopicPartitionsResponsePartition>,
) -> DescribeTopicPartitionsResponseTopic {
    DescribeTopicPartitionsResponseTopic {
        error_code: ErrorCode::NONE,
        name: Some(topic.name.as_str().into()),
        topic_id: topic.id,
        is_internal: topic.is_internal(),
        partitions,
        topic_authorized_operations: operations::of_topic(true),
    }
}

fn missing(name: &str) -> DescribeTopicPartitionsResponseTopic {
    let valid = validate_topic_name(name).is_ok();
    DescribeTopicPartitionsResponseTopic {
        error_code: if valid {
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        } else {
            ErrorCode::INVALID_TOPIC_EXCEPTION
        },
        name: Some(name.into()),
        is_internal: is_internal(name),
        topic_authorized_operations: operations::of_topic(true),
        ..Default::default()
    }
}

//! The broker in the terms of Kafka's own metrics, for `/metrics`.

use millstream_broker::{Activity, GroupView, Topics};
use millstream_console::model::{
    Broker, BrokerGroup, BrokerTopic, CommittedOffset, PartitionState, Requests,
};
use std::collections::BTreeMap;

/// Gathers it.
pub fn of(topics: &Topics, activity: &Activity) -> Broker {
    let traffic: BTreeMap<_, _> =
        activity.traffic().into_iter().map(|topic| (topic.topic.clone(), topic)).collect();
    let topic = |topic: millstream_broker::TopicView| {
        let flow = traffic.get(&topic.name).cloned().unwrap_or_default();
        let partition = |one: &millstream_broker::PartitionView| PartitionState {
            index: one.index,
            is_online: one.is_online,
            start: one.log_start_offset,
            end: one.high_watermark,
            size: one.size,
        };
        BrokerTopic {
            partitions: topic.partitions.iter().map(partition).collect(),
            name: topic.name,
            records_in: flow.records_in,
            bytes_in: flow.bytes_in,
            bytes_out: flow.bytes_out,
        }
    };
    let requests = |row: millstream_broker::RequestView| Requests {
        api: row.api.to_owned(),
        count: row.count,
        total: row.total,
        quantiles: row.quantiles,
    };
    Broker {
        topics: topics.list().into_iter().map(topic).collect(),
        requests: activity.requests().into_iter().map(requests).collect(),
        connections: u64::try_from(activity.connections().len()).unwrap_or(u64::MAX),
        groups: activity.groups().into_iter().map(group).collect(),
    }
}

fn group(group: GroupView) -> BrokerGroup {
    let offset = |one: millstream_broker::GroupOffset| CommittedOffset {
        topic: one.topic,
        partition: one.partition,
        offset: one.committed,
        lag: one.lag,
    };
    BrokerGroup {
        id: group.group,
        state: group.state,
        members: group.members,
        offsets: group.offsets.into_iter().map(offset).collect(),
    }
}

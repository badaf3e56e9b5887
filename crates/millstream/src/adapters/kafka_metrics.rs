//! The broker in the terms of Kafka's own metrics, for `/metrics`.

use millstream_broker::{Activity, GroupView, TimesView, Topics};
use millstream_console::model::{
    Broker, BrokerGroup, BrokerTopic, CommittedOffset, FetchSessions, LimitHits, PartitionState, Process,
    Requests, Times,
};
use std::collections::BTreeMap;

/// Gathers it.
pub fn of(topics: &Topics, activity: &Activity, process: Process) -> Broker {
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
            segments: one.segments,
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
        times: times(row.times),
        codes: row.codes.into_iter().map(|(code, count)| (code.name(), count)).collect(),
    };
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let sessions = activity.fetch_sessions();
    let states = activity.transaction_states().into_iter();
    let limit = |(limit, hits): (millstream_broker::Limit, u64)| LimitHits {
        limit: limit.name(),
        setting: limit.setting(),
        hits,
    };
    Broker {
        topics: topics.list().into_iter().map(topic).collect(),
        requests: activity.requests().into_iter().map(requests).collect(),
        connections: number(activity.connections().len()),
        connections_opened: activity.connections_opened(),
        groups: activity.groups().into_iter().map(group).collect(),
        fetch_sessions: FetchSessions {
            sessions: number(sessions.sessions),
            partitions: number(sessions.partitions),
            evictions: sessions.evictions,
        },
        transactions: states.map(|(state, count)| (state.to_owned(), number(count))).collect(),
        late_transaction_partitions: number(activity.late_transactions()),
        flushes: times(activity.flushes()),
        limits: activity.limit_hits().into_iter().map(limit).collect(),
        process,
    }
}

fn times(times: TimesView) -> Times {
    Times { count: times.count, total: times.total, quantiles: times.quantiles }
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
        protocol: group.protocol,
        members: group.members,
        offsets: group.offsets.into_iter().map(offset).collect(),
    }
}

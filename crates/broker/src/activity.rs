//! What goes on in the broker, for the page and `/metrics`: traffic per topic, connections, groups with their lag.
//!
//! Counters are atomics bumped once per batch, never per record. Everything here is a snapshot made when it is asked
//! for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use millstream_coordinator::GroupState;

use crate::fetch_sessions::FetchSessionCounts;
use crate::limits::Limit;
use crate::request_times::RequestView;
use crate::retention::{self, TopicRetention};
use crate::shared::Shared;

/// What has gone through a topic since the process started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicTraffic {
    /// The topic's name.
    pub topic: String,
    /// Records appended.
    pub records_in: u64,
    /// Bytes of record batches appended.
    pub bytes_in: u64,
    /// Records handed to readers, counted by whole batches.
    pub records_out: u64,
    /// Bytes of record batches handed to readers.
    pub bytes_out: u64,
}

/// A Kafka client's connection.
#[derive(Debug, Clone)]
pub struct ConnectionView {
    /// A number of its own, rising from 1.
    pub id: u64,
    /// The client's address.
    pub peer: SocketAddr,
    /// `client.id`, as the last request said it.
    pub client_id: String,
    /// The client library's name, if it has said it (ApiVersions 3 and later).
    pub software_name: String,
    /// The client library's version, if it has said it.
    pub software_version: String,
    /// When it connected.
    pub since: SystemTime,
    /// Requests so far.
    pub requests: u64,
    /// The consumer group that it has joined last, if any.
    pub group: Option<String>,
    /// What it has written since it connected, by topic.
    pub writes: Vec<Flow>,
    /// What it has read since it connected, by topic.
    pub reads: Vec<Flow>,
}

/// What has flown between a connection and a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The topic's name.
    pub topic: String,
    /// Records, counted by whole batches.
    pub records: u64,
    /// Bytes of record batches.
    pub bytes: u64,
}

/// A consumer group, with how far it is behind.
#[derive(Debug, Clone)]
pub struct GroupView {
    /// `group.id`.
    pub group: String,
    /// Kafka's name of its state (`Stable`, `Empty`, `PreparingRebalance`, ...).
    pub state: String,
    /// Members by id, with client id and host.
    pub members: Vec<MemberView>,
    /// Committed offsets, by topic and partition.
    pub offsets: Vec<GroupOffset>,
}

/// A member of a group.
#[derive(Debug, Clone)]
pub struct MemberView {
    /// The id that the coordinator gave it.
    pub member_id: String,
    /// Its `client.id`.
    pub client_id: String,
    /// Its host.
    pub client_host: String,
}

/// A committed offset and what lies before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOffset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset that the group goes on from.
    pub committed: i64,
    /// The partition's high watermark.
    pub high_watermark: i64,
    /// Records between the two.
    pub lag: i64,
}

/// Looks at a running broker. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Activity {
    shared: Arc<Shared>,
}

impl Activity {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// How often clients have run into each limit since the start.
    pub fn limit_hits(&self) -> Vec<(Limit, u64)> {
        self.shared.limit_hits.all()
    }

    /// The fetch sessions (KIP-227) of all clients.
    pub fn fetch_sessions(&self) -> FetchSessionCounts {
        self.shared.fetch_sessions.counts()
    }

    /// Traffic of every topic that there is, by name.
    pub fn traffic(&self) -> Vec<TopicTraffic> {
        self.shared.catalog.topics().iter().map(|topic| topic.counters.view(&topic.name)).collect()
    }

    /// What a topic keeps and what its first partitions, `most` of them, let go next; `None` when there is no such
    /// topic, or none of it is online.
    pub fn retention(&self, topic: &str, most: usize) -> Option<TopicRetention> {
        let led = self.shared.catalog.topic(topic)?;
        let next_check_ms = self.shared.retention_clock.next_check_ms();
        retention::of(&led, most, next_check_ms, self.shared.config.retention_check_interval)
    }

    /// Open connections of Kafka clients, oldest first.
    pub fn connections(&self) -> Vec<ConnectionView> {
        self.shared.connections.views()
    }

    /// Requests of each API that was used, by key.
    pub fn requests(&self) -> Vec<RequestView> {
        self.shared.request_times.views()
    }

    /// Groups, by name.
    pub fn groups(&self) -> Vec<GroupView> {
        let mut groups: Vec<GroupView> =
            self.shared.groups.list().into_iter().map(|group| self.group(group.group_id)).collect();
        groups.sort_unstable_by(|a, b| a.group.cmp(&b.group));
        groups
    }

    /// The state and the members of a group of either protocol.
    fn members(&self, group: &str) -> (String, Vec<MemberView>) {
        let groups = &self.shared.groups;
        let view = |member_id, client_id, client_host| MemberView { member_id, client_id, client_host };
        if let Some(group) = groups.describe_consumer(group) {
            let members = group.members.into_iter();
            let members = members.map(|member| view(member.member_id, member.client_id, member.client_host));
            return (group.state.name().to_owned(), members.collect());
        }
        let described = groups.describe(group);
        let state = described.as_ref().map_or(GroupState::Dead, |group| group.state).to_string();
        let members = described.into_iter().flat_map(|group| group.members);
        let members = members.map(|member| view(member.member_id, member.client_id, member.client_host));
        (state, members.collect())
    }

    fn group(&self, group: String) -> GroupView {
        let (state, members) = self.members(&group);
        let offsets = self.shared.groups.offsets(&group).into_iter().map(|(topic, partition, committed)| {
            let led = self.shared.catalog.topic(&topic);
            let high_watermark = led
                .and_then(|led| Some(led.partition(partition).ok()?.high_watermark()))
                .unwrap_or(committed.offset);
            let lag = high_watermark.saturating_sub(committed.offset).max(0);
            GroupOffset { topic, partition, committed: committed.offset, high_watermark, lag }
        });
        GroupView { state, members, offsets: offsets.collect(), group }
    }
}

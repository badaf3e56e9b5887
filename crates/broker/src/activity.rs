//! What goes on in the broker, for the page and `/metrics`: traffic per topic, connections, groups with their lag,
//! transactions, settings.
//!
//! Counters are atomics bumped once per batch, never per record. Everything here is a snapshot made when it is asked
//! for.

mod configs;
mod groups;
mod transactions;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use millstream_log::Listing;
use millstream_wire::ApiKey;

pub use configs::{ConfigOwner, ConfigView};
pub use groups::{GroupDetail, GroupOffset, GroupView, MemberView, Partitions};
pub use transactions::{OpenTransactionView, TransactionView};

use crate::fetch_sessions::FetchSessionCounts;
use crate::limits::Limit;
use crate::request_times::{RequestView, TimesView};
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
    /// Our address, as the client has dialled it.
    pub local: SocketAddr,
    /// `client.id`, as the last request said it.
    pub client_id: String,
    /// The client library's name, if it has said it (ApiVersions 3 and later).
    pub software_name: String,
    /// The client library's version, if it has said it.
    pub software_version: String,
    /// When it connected.
    pub since: SystemTime,
    /// When its last request came, or it connected.
    pub last: SystemTime,
    /// Requests so far.
    pub requests: u64,
    /// Bytes of requests so far.
    pub bytes_in: u64,
    /// Bytes of answers so far.
    pub bytes_out: u64,
    /// The API of its last request and the version of it.
    pub api: Option<(ApiKey, i16)>,
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

    /// A partition's directory with the path of it, at most `most` segments; `None` when there is no such partition, or
    /// it is offline. It asks the disk.
    ///
    /// # Errors
    /// The system's.
    pub fn files(&self, topic: &str, partition: i32, most: usize) -> Option<io::Result<(String, Listing)>> {
        let log = Arc::clone(&self.shared.catalog.topic(topic)?.partition(partition).ok()?.log);
        Some(log.listing(most).map(|listing| (log.dir().display().to_string(), listing)))
    }

    /// Open connections of Kafka clients, oldest first.
    pub fn connections(&self) -> Vec<ConnectionView> {
        self.shared.connections.views()
    }

    /// How many connections there have been since the start.
    pub fn connections_opened(&self) -> u64 {
        self.shared.connections.opened()
    }

    /// Syncs of logs.
    pub fn flushes(&self) -> TimesView {
        self.shared.flusher.times()
    }

    /// Requests of each API that was used, by key.
    pub fn requests(&self) -> Vec<RequestView> {
        self.shared.request_times.views()
    }
}

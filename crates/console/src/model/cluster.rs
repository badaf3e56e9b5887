//! The cluster, its topics and who is connected to them.

use serde::Serialize;

use super::Query;

/// Everything that is running, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The process as a whole.
    pub cluster: Cluster,
    /// Topics a user would look for: internal ones (`__consumer_offsets`) are left out.
    pub topics: Vec<Topic>,
    /// Open Kafka connections that have produced or fetched. Those of one client id are drawn as one box.
    pub connections: Vec<Connection>,
    /// Consumer groups and how far behind they are.
    pub groups: Vec<Group>,
    /// Streaming queries: the running ones and those that ended lately.
    pub queries: Vec<Query>,
}

/// The process: who it is and where its doors are.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Cluster {
    /// Kafka's cluster id, or any text the user gave.
    pub cluster_id: String,
    /// Version of the program.
    pub version: String,
    /// Milliseconds since the process started.
    pub uptime_ms: u64,
    /// Resident memory in bytes, when the system tells.
    pub memory_bytes: Option<u64>,
    /// Addresses to connect to.
    pub doors: Doors,
}

/// The addresses of the open doors as `host:port`; `None` for a closed one.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Doors {
    /// The Kafka door, as a client's `bootstrap.servers`.
    pub kafka: Option<String>,
    /// The Spark Connect door, without the `sc://`.
    pub spark: Option<String>,
    /// This page's own.
    pub console: Option<String>,
}

/// A topic and its counters since the process started.
#[derive(Debug, Clone, Default)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Number of partitions.
    pub partitions: u32,
    /// Records appended by producers.
    pub records_in: u64,
    /// Bytes appended by producers, as stored.
    pub bytes_in: u64,
    /// Records sent to readers. A door that sends whole batches counts the records of the batches' headers.
    pub records_out: u64,
    /// Bytes sent to readers.
    pub bytes_out: u64,
    /// Records held now: the sum over partitions of end offset minus start offset.
    pub records: u64,
    /// Bytes on disk now.
    pub size_bytes: u64,
}

/// One Kafka connection.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// The `client.id` the client sends; may be empty.
    pub client_id: String,
    /// Name and version of the client library, when it told (KIP-511), such as `kafka-python 2.0.2`.
    pub software: String,
    /// The other end's address.
    pub peer: String,
    /// The group this connection is a member of.
    pub group: Option<String>,
    /// What it has produced, topic by topic.
    pub writes: Vec<Flowed>,
    /// What it has fetched, topic by topic.
    pub reads: Vec<Flowed>,
}

/// What has flown between a connection or a query and a topic, counted since the connection or query started.
#[derive(Debug, Clone, Default)]
pub struct Flowed {
    /// The topic.
    pub topic: String,
    /// Records so far.
    pub records: u64,
    /// Bytes so far; 0 when not counted.
    pub bytes: u64,
}

/// A consumer group.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Kafka's name of its state: `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable`, `Dead`.
    pub state: String,
    /// Kafka's name of its type: `classic` or `consumer`.
    pub protocol: String,
    /// Members now.
    pub members: u32,
    /// How far behind the end of the topics it has committed offsets for.
    pub lag: Vec<Lag>,
}

/// A group's distance to the end of one topic.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Lag {
    /// The topic.
    pub topic: String,
    /// Records behind the end: the sum over partitions of high watermark minus committed offset.
    pub records: u64,
}

//! The broker in the terms of Apache Kafka's own metrics.

use std::time::Duration;

/// The broker at one moment.
#[derive(Debug, Clone, Default)]
pub struct Broker {
    /// Every topic, Kafka's own included.
    pub topics: Vec<BrokerTopic>,
    /// Requests of each API that was used.
    pub requests: Vec<Requests>,
    /// Open connections of Kafka clients.
    pub connections: u64,
    /// Connections of Kafka clients since the start.
    pub connections_opened: u64,
    /// Consumer groups.
    pub groups: Vec<BrokerGroup>,
    /// Fetch sessions (KIP-227).
    pub fetch_sessions: FetchSessions,
    /// Transactional ids by Kafka's names of their states.
    pub transactions: Vec<(String, u64)>,
    /// Partitions that wait for a transaction for longer than any may take.
    pub late_transaction_partitions: u64,
    /// Syncs of logs to the disk.
    pub flushes: Times,
    /// How often each limit on clients was hit.
    pub limits: Vec<LimitHits>,
    /// The process, as the system tells of it.
    pub process: Process,
}

/// Fetch sessions (KIP-227).
#[derive(Debug, Clone, Copy, Default)]
pub struct FetchSessions {
    /// Sessions now.
    pub sessions: u64,
    /// Partitions in them.
    pub partitions: u64,
    /// Sessions that had to go for others.
    pub evictions: u64,
}

/// How often clients have run into a limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct LimitHits {
    /// A name of the limit.
    pub limit: &'static str,
    /// The setting that says where it is.
    pub setting: &'static str,
    /// How often.
    pub hits: u64,
}

/// The process, where the system tells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process {
    /// Time of processors that it has used.
    pub cpu: Option<Duration>,
    /// When it started, in seconds since 1970.
    pub started: Option<f64>,
    /// Open files and sockets.
    pub open_files: Option<u64>,
    /// How many it may have.
    pub most_files: Option<u64>,
}

/// How often something was done since the process started, and how long it took.
#[derive(Debug, Clone, Default)]
pub struct Times {
    /// How often.
    pub count: u64,
    /// All the times together.
    pub total: Duration,
    /// Shares, and the time within which so many were done.
    pub quantiles: Vec<(f64, Duration)>,
}

/// A topic: its partitions, and what has gone through it since the process started.
#[derive(Debug, Clone, Default)]
pub struct BrokerTopic {
    /// Its name.
    pub name: String,
    /// Its partitions.
    pub partitions: Vec<PartitionState>,
    /// Records appended.
    pub records_in: u64,
    /// Bytes appended.
    pub bytes_in: u64,
    /// Bytes sent to readers.
    pub bytes_out: u64,
}

/// A partition's log.
#[derive(Debug, Clone, Copy, Default)]
pub struct PartitionState {
    /// Its number.
    pub index: i32,
    /// Could its log be opened? If not, the numbers below are 0.
    pub is_online: bool,
    /// The first offset.
    pub start: i64,
    /// One past the last offset.
    pub end: i64,
    /// Bytes on disk.
    pub size: u64,
    /// How many segments.
    pub segments: usize,
}

/// The requests of one API since the process started.
#[derive(Debug, Clone, Default)]
pub struct Requests {
    /// Kafka's name of the API.
    pub api: String,
    /// Their times.
    pub times: Times,
    /// Kafka's names of the error codes in their answers, NONE too, with how often they stood there.
    pub codes: Vec<(&'static str, u64)>,
}

/// A consumer group.
#[derive(Debug, Clone, Default)]
pub struct BrokerGroup {
    /// Its id.
    pub id: String,
    /// Kafka's name of its state.
    pub state: String,
    /// Kafka's name of its type: `classic` or `consumer`.
    pub protocol: &'static str,
    /// Members now.
    pub members: usize,
    /// How far it has read.
    pub offsets: Vec<CommittedOffset>,
}

/// How far a group has read a partition.
#[derive(Debug, Clone, Default)]
pub struct CommittedOffset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset that it goes on from.
    pub offset: i64,
    /// Records from there to the end.
    pub lag: i64,
}

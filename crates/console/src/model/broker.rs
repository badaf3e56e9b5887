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
    /// Consumer groups.
    pub groups: Vec<BrokerGroup>,
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
}

/// The requests of one API since the process started.
#[derive(Debug, Clone, Default)]
pub struct Requests {
    /// Kafka's name of the API.
    pub api: String,
    /// How many.
    pub count: u64,
    /// Their times together.
    pub total: Duration,
    /// Shares of the requests, and the time within which so many were answered.
    pub quantiles: Vec<(f64, Duration)>,
}

/// A consumer group.
#[derive(Debug, Clone, Default)]
pub struct BrokerGroup {
    /// Its id.
    pub id: String,
    /// Kafka's name of its state.
    pub state: String,
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

//! What a broker can be told, under Apache Kafka's own names and with its defaults.
//!
//! Two defaults differ from Kafka's on purpose: `log.flush.interval.messages` is 1 (an acknowledged record is on
//! disk) and `group.initial.rebalance.delay.ms` is 0 (a first consumer gets its partitions at once). Limits that
//! Kafka leaves open (`max.connections`, `queued.max.request.bytes`) are closed here.

use std::path::PathBuf;
use std::time::Duration;

/// Where the Kafka door listens.
///
/// The hosts `localhost`, `127.0.0.1` and `::1` mean both loopback families on the same port, because `localhost`
/// resolves to either, depending on the client. Port 0 takes a free port, the same on both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    /// A host name or an address, without brackets.
    pub host: String,
    /// The TCP port; 0 takes a free one.
    pub port: u16,
}

impl ListenAddress {
    /// The address `host:port`.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }

    /// Whether this address stands for both loopback families.
    pub fn is_loopback(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1")
    }
}

/// The host and port that clients are told to use (`advertised.listeners`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A host name or an address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

/// Everything a broker is started with. [`BrokerConfig::new`] gives the defaults.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// `log.dirs`: the directory with Kafka's files, and nothing else.
    pub kafka_dir: PathBuf,
    /// The cluster id of a new directory, any name; `None` makes a random one of Kafka's form. A directory that has
    /// one already keeps it, and a different name here is refused.
    pub cluster_id: Option<String>,
    /// `listeners`.
    pub listen: ListenAddress,
    /// `advertised.listeners`; `None` answers every client with the address that it has dialled itself.
    pub advertised: Option<Endpoint>,
    /// `num.partitions`: partitions of a topic that does not say how many.
    pub num_partitions: i32,
    /// `auto.create.topics.enable`.
    pub auto_create_topics: bool,
    /// `delete.topic.enable`.
    pub delete_topics: bool,
    /// `log.flush.interval.messages`: 1 acknowledges what is on disk (group-committed); more acknowledges what is in
    /// the page cache, as Kafka does.
    pub flush_interval_messages: i64,
    /// `message.max.bytes`: the largest record batch, in bytes.
    pub message_max_bytes: i32,
    /// `log.segment.bytes`.
    pub segment_bytes: i32,
    /// `log.retention.ms`; -1 keeps records for ever.
    pub retention_ms: i64,
    /// `log.retention.bytes` of one partition; -1 is no limit.
    pub retention_bytes: i64,
    /// `log.retention.check.interval.ms`.
    pub retention_check_interval: Duration,
    /// `group.initial.rebalance.delay.ms`.
    pub group_initial_rebalance_delay: Duration,
    /// `group.min.session.timeout.ms`.
    pub group_min_session_timeout: Duration,
    /// `group.max.session.timeout.ms`.
    pub group_max_session_timeout: Duration,
    /// `group.max.size`: members of one group.
    pub group_max_size: i32,
    /// `offsets.topic.num.partitions`.
    pub offsets_topic_partitions: i32,
    /// `offset.metadata.max.bytes`.
    pub offset_metadata_max_bytes: i32,
    /// `offsets.retention.minutes`, as a duration.
    pub offsets_retention: Duration,
    /// `socket.request.max.bytes`: a longer frame closes its connection.
    pub socket_request_max_bytes: i32,
    /// `queued.max.request.bytes`: memory for requests and fetched records in flight, over all connections.
    pub queued_max_request_bytes: usize,
    /// `fetch.max.bytes`: records in one Fetch answer.
    pub fetch_max_bytes: i32,
    /// `max.connections`.
    pub max_connections: usize,
    /// `max.connections.per.ip`.
    pub max_connections_per_ip: usize,
    /// `connections.max.idle.ms`.
    pub connections_max_idle: Duration,
    /// How long one frame may take to arrive, and an answer to make progress (not a Kafka setting).
    pub socket_stall_timeout: Duration,
    /// `producer.id.expiration.ms`.
    pub producer_id_expiration: Duration,
}

impl BrokerConfig {
    /// The defaults, on `localhost:9092`, for the directory `kafka_dir`.
    pub fn new(kafka_dir: impl Into<PathBuf>) -> Self {
        Self {
            kafka_dir: kafka_dir.into(),
            cluster_id: None,
            listen: ListenAddress::new("localhost", 9092),
            advertised: None,
            num_partitions: 1,
            auto_create_topics: true,
            delete_topics: true,
            flush_interval_messages: 1,
            message_max_bytes: 1_048_588,
            segment_bytes: 1 << 30,
            retention_ms: 604_800_000,
            retention_bytes: -1,
            retention_check_interval: Duration::from_secs(300),
            group_initial_rebalance_delay: Duration::ZERO,
            group_min_session_timeout: Duration::from_secs(6),
            group_max_session_timeout: Duration::from_secs(1800),
            group_max_size: 10_000,
            offsets_topic_partitions: 50,
            offset_metadata_max_bytes: 4096,
            offsets_retention: Duration::from_secs(10_080 * 60),
            socket_request_max_bytes: 104_857_600,
            queued_max_request_bytes: 256 << 20,
            fetch_max_bytes: 57_671_680,
            max_connections: 20_000,
            max_connections_per_ip: 20_000,
            connections_max_idle: Duration::from_secs(600),
            socket_stall_timeout: Duration::from_secs(30),
            producer_id_expiration: Duration::from_secs(86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_names_stand_for_both_families() {
        for (host, both) in
            [("localhost", true), ("127.0.0.1", true), ("::1", true), ("0.0.0.0", false), ("kafka", false)]
        {
            assert_eq!(ListenAddress::new(host, 0).is_loopback(), both, "{host}");
        }
    }
}

//! What a broker can be told, under Apache Kafka's own names and with its defaults.
//!
//! Two defaults differ from Kafka's on purpose: `log.flush.interval.messages` is 1 (an acknowledged record is on
//! disk) and `group.initial.rebalance.delay.ms` is 0 (a first consumer gets its partitions at once). Limits that
//! Kafka leaves open (`max.connections`, `queued.max.request.bytes`) are closed here.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::group_settings::ConsumerGroupSettings;
use crate::loggers::{Loggers, NoLog};
use millstream_cluster::SNAPSHOT_BYTES;
use millstream_cluster::config::{BROKER_CONFIGS, CORDONED};
use millstream_coordinator::Config as GroupConfig;
use millstream_coordinator::transaction::Config as TransactionConfig;

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

    /// The name that clients are told, as Kafka tells them the host of its listener; `None` for an address, under
    /// which not every client may reach this machine.
    pub fn name(&self) -> Option<&str> {
        match &*self.host {
            _ if self.is_loopback() => Some("localhost"),
            host if host.parse::<IpAddr>().is_ok() => None,
            host => Some(host),
        }
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
    /// `node.id`: this broker's number in the cluster.
    pub node_id: i32,
    /// The cluster id of a new directory, any name; `None` makes a random one of Kafka's form. A directory that has
    /// one already keeps it, and a different name here is refused.
    pub cluster_id: Option<String>,
    /// `listeners`; `None` opens no Kafka door: the topics are there for the rest of the process only.
    pub listen: Option<ListenAddress>,
    /// `advertised.listeners`; `None` answers with the listener's name, and where it listens on an
    /// address, with the one that the client has dialled.
    pub advertised: Option<Endpoint>,
    /// `num.partitions`: partitions of a topic that does not say how many.
    pub num_partitions: i32,
    /// `auto.create.topics.enable`.
    pub auto_create_topics: bool,
    /// `delete.topic.enable`.
    pub delete_topics: bool,
    /// The broker configs that topic configs fall back to, under their own names, as they were given:
    /// `log.retention.{ms,minutes,hours,bytes}`, `log.segment.bytes`, `log.roll.*`, `message.max.bytes` and the like
    /// (those that [`topic_default`](millstream_cluster::config::topic_default) knows). [`BrokerConfig::set`] checks
    /// what it puts here.
    pub topic_defaults: BTreeMap<String, String>,
    /// `log.retention.check.interval.ms`.
    pub retention_check_interval: Duration,
    /// `log.flush.offset.checkpoint.interval.ms`: how often it is written down how far every partition is.
    pub checkpoint_interval: Duration,
    /// `metadata.log.max.record.bytes.between.snapshots`.
    pub metadata_snapshot_bytes: u64,
    /// `log.cleaner.backoff.ms`: how often the cleaner looks for something to compact.
    pub cleaner_backoff: Duration,
    /// `log.cleaner.dedupe.buffer.size`: memory for the keys of one round, taken only while it lasts.
    pub cleaner_dedupe_buffer_bytes: usize,
    /// `log.cleaner.io.max.bytes.per.second`.
    pub cleaner_bytes_per_second: f64,
    /// `group.initial.rebalance.delay.ms`.
    pub group_initial_rebalance_delay: Duration,
    /// `group.min.session.timeout.ms`.
    pub group_min_session_timeout: Duration,
    /// `group.max.session.timeout.ms`.
    pub group_max_session_timeout: Duration,
    /// `group.max.size`: members of one group.
    pub group_max_size: i32,
    /// `group.consumer.*`.
    pub(crate) consumer_groups: ConsumerGroupSettings,
    /// `offsets.topic.num.partitions`.
    pub offsets_topic_partitions: i32,
    /// `offsets.topic.segment.bytes`.
    pub offsets_topic_segment_bytes: i32,
    /// `transaction.state.log.segment.bytes`.
    pub transaction_topic_segment_bytes: i32,
    /// `transaction.state.log.num.partitions`.
    pub transaction_topic_partitions: i32,
    /// `transaction.max.timeout.ms`.
    pub transaction_max_timeout: Duration,
    /// `transaction.partition.verification.enable`: false lets a transaction of an old client reach partitions that
    /// the coordinator knows nothing of, as before Kafka 3.6; what is written so may hang.
    pub transaction_partition_verification: bool,
    /// `transactional.id.expiration.ms`.
    pub transactional_id_expiration: Duration,
    /// `transaction.remove.expired.transaction.cleanup.interval.ms`.
    pub transactional_id_check_interval: Duration,
    /// `offset.metadata.max.bytes`.
    pub offset_metadata_max_bytes: i32,
    /// `offsets.retention.minutes`, as a duration.
    pub offsets_retention: Duration,
    /// `offsets.retention.check.interval.ms`.
    pub offsets_retention_check_interval: Duration,
    /// `socket.request.max.bytes`: a longer frame closes its connection.
    pub socket_request_max_bytes: i32,
    /// The listeners' sockets, and those of the connections that they accept.
    pub sockets: SocketOptions,
    /// `queued.max.request.bytes`: memory for requests and fetched records in flight, over all connections.
    pub queued_max_request_bytes: usize,
    /// `fetch.max.bytes`: records in one Fetch answer.
    pub fetch_max_bytes: i32,
    /// `max.incremental.fetch.session.cache.slots`: fetch sessions kept; 0 keeps none.
    pub fetch_session_slots: usize,
    /// `cordoned.log.dirs`: when it names the directory, or is `*`, the broker gets no new partitions.
    pub cordoned_log_dirs: String,
    /// Settings of Kafka's that change nothing here, as they were given, by name.
    pub(crate) kept: BTreeMap<String, String>,
    /// `max.connections`.
    pub max_connections: usize,
    /// `max.connections.per.ip`.
    pub max_connections_per_ip: usize,
    /// `max.connections.per.ip.overrides`: `ADDRESS:COUNT`, with commas between.
    pub max_connections_per_ip_overrides: String,
    /// `connections.max.idle.ms`.
    pub connections_max_idle: Duration,
    /// `socket.stall.timeout.ms`: how long one frame may take to arrive, and an answer to make progress. Not a setting
    /// of Kafka's.
    pub socket_stall_timeout: Duration,
    /// `producer.id.expiration.ms`.
    pub producer_id_expiration: Duration,
    /// The loggers of the process: those of one that writes no log, unless it names its own.
    pub loggers: Arc<dyn Loggers>,
}

impl BrokerConfig {
    /// The defaults, on `localhost:9092`, for the directory `kafka_dir`.
    pub fn new(kafka_dir: impl Into<PathBuf>) -> Self {
        Self {
            kafka_dir: kafka_dir.into(),
            node_id: 1,
            cluster_id: None,
            listen: Some(ListenAddress::new("localhost", 9092)),
            advertised: None,
            num_partitions: 1,
            auto_create_topics: true,
            delete_topics: true,
            topic_defaults: BTreeMap::new(),
            retention_check_interval: Duration::from_secs(300),
            checkpoint_interval: Duration::from_secs(60),
            metadata_snapshot_bytes: SNAPSHOT_BYTES,
            cleaner_backoff: Duration::from_secs(15),
            cleaner_dedupe_buffer_bytes: 128 << 20,
            cleaner_bytes_per_second: f64::MAX,
            group_initial_rebalance_delay: Duration::ZERO,
            group_min_session_timeout: Duration::from_secs(6),
            group_max_session_timeout: Duration::from_secs(1800),
            group_max_size: 10_000,
            consumer_groups: ConsumerGroupSettings::default(),
            offsets_topic_partitions: 50,
            transaction_topic_partitions: 50,
            offsets_topic_segment_bytes: 104_857_600,
            transaction_topic_segment_bytes: 104_857_600,
            transaction_max_timeout: Duration::from_secs(15 * 60),
            transaction_partition_verification: true,
            transactional_id_expiration: Duration::from_secs(7 * 24 * 60 * 60),
            transactional_id_check_interval: Duration::from_secs(60 * 60),
            offset_metadata_max_bytes: 4096,
            offsets_retention: Duration::from_secs(10_080 * 60),
            offsets_retention_check_interval: Duration::from_secs(600),
            socket_request_max_bytes: 104_857_600,
            sockets: SocketOptions::default(),
            queued_max_request_bytes: 256 << 20,
            fetch_max_bytes: 57_671_680,
            fetch_session_slots: 1000,
            cordoned_log_dirs: String::new(),
            kept: BTreeMap::new(),
            max_connections: 20_000,
            max_connections_per_ip: 20_000,
            max_connections_per_ip_overrides: String::new(),
            connections_max_idle: Duration::from_secs(600),
            socket_stall_timeout: Duration::from_secs(30),
            producer_id_expiration: Duration::from_secs(86_400),
            loggers: Arc::new(NoLog),
        }
    }

    /// What differs from Apache Kafka's defaults, under broker config names: what DescribeConfigs shows as given at
    /// the start, and what topics fall back to.
    pub(crate) fn static_configs(&self) -> BTreeMap<String, String> {
        let all = [
            ("auto.create.topics.enable", self.auto_create_topics.to_string()),
            (CORDONED, self.cordoned_log_dirs.clone()),
            ("broker.id", self.node_id.to_string()),
            ("connections.max.idle.ms", self.connections_max_idle.as_millis().to_string()),
            ("delete.topic.enable", self.delete_topics.to_string()),
            ("fetch.max.bytes", self.fetch_max_bytes.to_string()),
            ("group.initial.rebalance.delay.ms", self.group_initial_rebalance_delay.as_millis().to_string()),
            ("group.max.session.timeout.ms", self.group_max_session_timeout.as_millis().to_string()),
            ("log.cleaner.backoff.ms", self.cleaner_backoff.as_millis().to_string()),
            ("log.cleaner.dedupe.buffer.size", self.cleaner_dedupe_buffer_bytes.to_string()),
            ("log.cleaner.io.max.bytes.per.second", java_double(self.cleaner_bytes_per_second)),
            ("log.dirs", self.kafka_dir.display().to_string()),
            ("node.id", self.node_id.to_string()),
            ("process.roles", "broker,controller".to_owned()),
            ("group.max.size", self.group_max_size.to_string()),
            ("group.min.session.timeout.ms", self.group_min_session_timeout.as_millis().to_string()),
            ("log.flush.offset.checkpoint.interval.ms", self.checkpoint_interval.as_millis().to_string()),
            ("log.retention.check.interval.ms", self.retention_check_interval.as_millis().to_string()),
            ("max.connections", self.max_connections.to_string()),
            ("max.connections.per.ip", self.max_connections_per_ip.to_string()),
            ("max.connections.per.ip.overrides", self.max_connections_per_ip_overrides.clone()),
            ("max.incremental.fetch.session.cache.slots", self.fetch_session_slots.to_string()),
            ("metadata.log.max.record.bytes.between.snapshots", self.metadata_snapshot_bytes.to_string()),
            ("num.partitions", self.num_partitions.to_string()),
            ("offset.metadata.max.bytes", self.offset_metadata_max_bytes.to_string()),
            (
                "offsets.retention.check.interval.ms",
                self.offsets_retention_check_interval.as_millis().to_string(),
            ),
            ("offsets.retention.minutes", (self.offsets_retention.as_secs() / 60).to_string()),
            ("offsets.topic.num.partitions", self.offsets_topic_partitions.to_string()),
            ("offsets.topic.segment.bytes", self.offsets_topic_segment_bytes.to_string()),
            ("producer.id.expiration.ms", self.producer_id_expiration.as_millis().to_string()),
            ("queued.max.request.bytes", self.queued_max_request_bytes.to_string()),
            ("socket.listen.backlog.size", self.sockets.backlog.to_string()),
            ("socket.receive.buffer.bytes", self.sockets.receive_buffer.to_string()),
            ("socket.send.buffer.bytes", self.sockets.send_buffer.to_string()),
            ("socket.request.max.bytes", self.socket_request_max_bytes.to_string()),
            ("socket.stall.timeout.ms", self.socket_stall_timeout.as_millis().to_string()),
            ("transaction.max.timeout.ms", self.transaction_max_timeout.as_millis().to_string()),
            (
                "transaction.partition.verification.enable",
                self.transaction_partition_verification.to_string(),
            ),
            (
                "transaction.remove.expired.transaction.cleanup.interval.ms",
                self.transactional_id_check_interval.as_millis().to_string(),
            ),
            ("transaction.state.log.num.partitions", self.transaction_topic_partitions.to_string()),
            ("transaction.state.log.segment.bytes", self.transaction_topic_segment_bytes.to_string()),
            ("transactional.id.expiration.ms", self.transactional_id_expiration.as_millis().to_string()),
        ];
        let is_default = |name: &str, value: &str| {
            BROKER_CONFIGS.iter().any(|config| config.name == name && config.default == Some(value))
        };
        let changed = all.into_iter().filter(|(name, value)| !is_default(name, value));
        let groups = self.consumer_groups.given().filter(|(name, value)| !is_default(name, value));
        let given =
            self.kept.iter().chain(&self.topic_defaults).map(|(name, value)| (name.clone(), value.clone()));
        changed.map(|(name, value)| (name.to_owned(), value)).chain(groups).chain(given).collect()
    }

    /// The part that rules transactions; the level of `transaction.version` is the cluster's.
    pub(crate) fn transaction_config(&self) -> TransactionConfig {
        TransactionConfig {
            max_timeout_ms: i32::try_from(self.transaction_max_timeout.as_millis()).unwrap_or(i32::MAX),
            id_expiration_ms: i64::try_from(self.transactional_id_expiration.as_millis()).unwrap_or(i64::MAX),
            ..TransactionConfig::default()
        }
    }

    /// The part that rules groups.
    pub(crate) fn group_config(&self) -> GroupConfig {
        let ms = |duration: Duration| i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
        let mut config = GroupConfig {
            min_session_timeout_ms: ms(self.group_min_session_timeout),
            max_session_timeout_ms: ms(self.group_max_session_timeout),
            initial_rebalance_delay_ms: ms(self.group_initial_rebalance_delay),
            max_group_size: usize::try_from(self.group_max_size).unwrap_or(0),
            offset_metadata_max: usize::try_from(self.offset_metadata_max_bytes).unwrap_or(0),
            ..GroupConfig::default()
        };
        self.consumer_groups.configure(&mut config);
        config
    }
}

/// What the system is told about the sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketOptions {
    /// `socket.listen.backlog.size`: connections that the system keeps for us to accept.
    pub backlog: i32,
    /// `socket.receive.buffer.bytes`; below 0 is what the system thinks best.
    pub receive_buffer: i32,
    /// `socket.send.buffer.bytes`; below 0 is what the system thinks best. A buffer that stays in the processor's cache
    /// takes a third less of its time for a consumer than the megabytes that the system gives.
    pub send_buffer: i32,
}

impl SocketOptions {
    /// What the system thinks best, for doors that are not Kafka's.
    pub const OF_THE_SYSTEM: Self = Self { backlog: 1024, receive_buffer: -1, send_buffer: -1 };
}

impl Default for SocketOptions {
    /// Kafka's: 50 connections, 100 KiB each way.
    fn default() -> Self {
        Self { backlog: 50, receive_buffer: 102_400, send_buffer: 102_400 }
    }
}

/// A number as Java writes it: the default of a limit that there is none of.
fn java_double(value: f64) -> String {
    if value >= f64::MAX { "1.7976931348623157E308".to_owned() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_names_stand_for_both_families() {
        for (host, both, told) in [
            ("localhost", true, Some("localhost")),
            ("127.0.0.1", true, Some("localhost")),
            ("::1", true, Some("localhost")),
            ("0.0.0.0", false, None),
            ("fe80::1", false, None),
            ("kafka", false, Some("kafka")),
        ] {
            let address = ListenAddress::new(host, 0);
            assert_eq!((address.is_loopback(), address.name()), (both, told), "{host}");
        }
    }
}

//! What all connections of a broker share.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use millstream_cluster::config::changed_config;
use millstream_cluster::controller::NewTopic;
use millstream_coordinator::OFFSETS_TOPIC;
use millstream_coordinator::transaction::TRANSACTION_TOPIC;

use crate::admission::MemoryPool;
use crate::catalog::Catalog;
use crate::cleaner::Cleaner;
use crate::closing::Closing;
use crate::config::BrokerConfig;
use crate::connections::Connections;
use crate::fetch_sessions::FetchSessions;
use crate::flusher::Flusher;
use crate::groups::Groups;
use crate::limits::LimitHits;
use crate::listener;
use crate::producer_ids::ProducerIds;
use crate::request_times::RequestTimes;
use crate::retention::RetentionClock;
use crate::transactions::Transactions;

/// The leader of a partition that has none.
pub(crate) const NO_LEADER: i32 = -1;

/// The broker, as its connections see it.
pub(crate) struct Shared {
    pub(crate) config: BrokerConfig,
    pub(crate) cluster_id: String,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) groups: Arc<Groups>,
    pub(crate) transactions: Arc<Transactions>,
    pub(crate) producer_ids: Arc<ProducerIds>,
    pub(crate) fetch_sessions: FetchSessions,
    pub(crate) flusher: Arc<Flusher>,
    pub(crate) cleaner: Arc<Cleaner>,
    pub(crate) retention_clock: RetentionClock,
    pub(crate) connections: Arc<Connections>,
    /// Requests of each API and their times.
    pub(crate) request_times: RequestTimes,
    pub(crate) limit_hits: Arc<LimitHits>,
    /// Memory of requests in flight.
    pub(crate) request_pool: MemoryPool,
    /// Memory of fetched records that are not written yet.
    pub(crate) records_pool: MemoryPool,
    /// True once the broker shuts down.
    pub(crate) closing: Closing,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("cluster_id", &self.cluster_id).finish_non_exhaustive()
    }
}

impl Shared {
    /// What a broker config was changed to since the start, or else what it was then.
    pub(crate) fn changed<T: std::str::FromStr>(&self, name: &str, at_start: T) -> T {
        let image = self.catalog.image();
        let changed = changed_config(&image, self.config.node_id, name);
        changed.and_then(|value| value.trim().parse().ok()).unwrap_or(at_start)
    }

    /// How many connections an address may have; one at least, so that who has set it can take it back.
    pub(crate) fn connections_from(&self, address: IpAddr) -> usize {
        let address = address.to_canonical();
        let overrides = self.changed(
            "max.connections.per.ip.overrides",
            self.config.max_connections_per_ip_overrides.clone(),
        );
        let own = listener::overrides(&overrides).unwrap_or_default().remove(&address);
        own.unwrap_or_else(|| self.changed("max.connections.per.ip", self.config.max_connections_per_ip))
            .max(1)
    }

    /// A topic that nobody has described: everything at its default, and Kafka's own topics as Kafka makes them.
    pub(crate) fn new_topic(&self, name: &str) -> NewTopic {
        let mut topic = NewTopic::new(name);
        let set = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        if name == OFFSETS_TOPIC {
            topic.partitions = self.config.offsets_topic_partitions;
            topic.configs = vec![
                set("cleanup.policy", "compact"),
                set("compression.type", "producer"),
                set("segment.bytes", &self.config.offsets_topic_segment_bytes.to_string()),
            ];
        } else if name == TRANSACTION_TOPIC {
            topic.partitions = self.config.transaction_topic_partitions;
            topic.configs = vec![
                set("cleanup.policy", "compact"),
                set("compression.type", "uncompressed"),
                set("min.insync.replicas", "1"),
                set("segment.bytes", &self.config.transaction_topic_segment_bytes.to_string()),
                set("unclean.leader.election.enable", "false"),
            ];
        }
        topic
    }
}

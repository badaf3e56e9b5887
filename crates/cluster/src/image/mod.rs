//! The cluster at one offset of the metadata log: cheap to share, cheap to look up.

mod apply;
mod kept;
mod partition_change;
mod records;
mod topic;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use apply::ApplyError;
use kept::Kept;
pub use topic::{Partition, Topic};

use crate::Uuid;

/// Whose configs: the resource types of Kafka's `ConfigResource` that can be stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConfigResource {
    /// A topic, by name (resource type 2).
    Topic(String),
    /// A broker (resource type 4) by id; `None` for all brokers.
    Broker(Option<i32>),
    /// A client metrics subscription, by name (resource type 16).
    ClientMetrics(String),
    /// A group, by name (resource type 32).
    Group(String),
    /// Another type, kept as it is: (resource type, name).
    Other(i8, String),
}

impl ConfigResource {
    /// The resource of a `ConfigRecord`.
    pub(crate) fn from_record(resource_type: i8, name: &str) -> Self {
        match (resource_type, name) {
            (Self::TOPIC, name) => Self::Topic(name.to_owned()),
            (Self::BROKER, "") => Self::Broker(None),
            (Self::BROKER, name) => match name.parse() {
                Ok(id) => Self::Broker(Some(id)),
                Err(_) => Self::Other(Self::BROKER, name.to_owned()),
            },
            (Self::CLIENT_METRICS, name) => Self::ClientMetrics(name.to_owned()),
            (Self::GROUP, name) => Self::Group(name.to_owned()),
            (other, name) => Self::Other(other, name.to_owned()),
        }
    }

    /// The resource's type and name in a `ConfigRecord`.
    pub(crate) fn to_record(&self) -> (i8, String) {
        match self {
            Self::Topic(name) => (Self::TOPIC, name.clone()),
            Self::Broker(None) => (Self::BROKER, String::new()),
            Self::Broker(Some(id)) => (Self::BROKER, id.to_string()),
            Self::ClientMetrics(name) => (Self::CLIENT_METRICS, name.clone()),
            Self::Group(name) => (Self::GROUP, name.clone()),
            Self::Other(kind, name) => (*kind, name.clone()),
        }
    }

    const TOPIC: i8 = 2;
    const BROKER: i8 = 4;
    const CLIENT_METRICS: i8 = 16;
    const GROUP: i8 = 32;
}

/// A registered broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Its node id.
    pub id: i32,
    /// The offset of its registration: rises with every start.
    pub epoch: i64,
    /// A random id of this start of the process.
    pub incarnation_id: Uuid,
    /// Where it listens.
    pub endpoints: Vec<BrokerEndpoint>,
    /// Its rack.
    pub rack: Option<String>,
    /// Out of service: no partition may have it as leader.
    pub fenced: bool,
    /// It is shutting down.
    pub in_controlled_shutdown: bool,
    /// What it can do, by name.
    pub features: Vec<BrokerFeature>,
    /// The ids of its log directories.
    pub log_dirs: Vec<Uuid>,
    /// Those of them that take no new partitions.
    pub cordoned_log_dirs: Vec<Uuid>,
}

impl Broker {
    /// The directory takes no new partitions; a node here has one.
    pub fn is_cordoned(&self) -> bool {
        !self.cordoned_log_dirs.is_empty()
    }
}

/// The levels of a feature that a broker supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerFeature {
    /// The feature's name.
    pub name: String,
    /// The lowest level.
    pub min: i16,
    /// The highest level.
    pub max: i16,
}

/// A listener of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerEndpoint {
    /// The listener's name, e.g. `PLAINTEXT`.
    pub name: String,
    /// The host that clients are told.
    pub host: String,
    /// The port.
    pub port: u16,
    /// 0 for PLAINTEXT.
    pub security_protocol: i16,
}

/// Everything the metadata log says, up to [`Image::offset`].
///
/// The parts lie behind `Arc`s, so that a clone costs a few counters and a change copies only the part it touches.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    topics: Arc<BTreeMap<String, Arc<Topic>>>,
    topic_names: Arc<BTreeMap<Uuid, String>>,
    configs: Arc<BTreeMap<ConfigResource, Arc<BTreeMap<String, String>>>>,
    brokers: Arc<BTreeMap<i32, Broker>>,
    features: Arc<BTreeMap<String, i16>>,
    kept: Kept,
    next_producer_id: i64,
    kraft_version: i16,
    offset: i64,
    epoch: i32,
}

impl Default for Image {
    fn default() -> Self {
        Self {
            topics: Arc::default(),
            topic_names: Arc::default(),
            configs: Arc::default(),
            brokers: Arc::default(),
            features: Arc::default(),
            kept: Kept::default(),
            next_producer_id: 0,
            kraft_version: 0,
            offset: -1,
            epoch: -1,
        }
    }
}

impl Image {
    /// The topic of that name.
    pub fn topic(&self, name: &str) -> Option<&Arc<Topic>> {
        self.topics.get(name)
    }

    /// The topic of that id.
    pub fn topic_by_id(&self, id: Uuid) -> Option<&Arc<Topic>> {
        self.topic_names.get(&id).and_then(|name| self.topics.get(name))
    }

    /// Whether there is this partition.
    pub fn has_partition(&self, topic: &str, partition: i32) -> bool {
        self.topic(topic).is_some_and(|topic| topic.partitions.contains_key(&partition))
    }

    /// All topics, by name.
    pub fn topics(&self) -> impl Iterator<Item = &Arc<Topic>> {
        self.topics.values()
    }

    /// The topics from that name on, by name: how DescribeTopicPartitions pages.
    pub fn topics_from<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Arc<Topic>> + use<'a> {
        self.topics.range(name.to_owned()..).map(|(_, topic)| topic)
    }

    /// The configs set on a resource; only what was set, no defaults.
    pub fn configs(&self, resource: &ConfigResource) -> Option<&Arc<BTreeMap<String, String>>> {
        self.configs.get(resource)
    }

    /// The resources that have configs set on them.
    pub fn config_resources(&self) -> impl Iterator<Item = &ConfigResource> {
        self.configs.keys()
    }

    /// The groups that have configs of their own, with these.
    pub fn group_configs(&self) -> impl Iterator<Item = (&str, &Arc<BTreeMap<String, String>>)> {
        let groups = self.configs.range(ConfigResource::Group(String::new())..);
        groups.map_while(|(resource, configs)| match resource {
            ConfigResource::Group(name) => Some((name.as_str(), configs)),
            _ => None,
        })
    }

    /// The broker of that id.
    pub fn broker(&self, id: i32) -> Option<&Broker> {
        self.brokers.get(&id)
    }

    /// All brokers, by id.
    pub fn brokers(&self) -> impl Iterator<Item = &Broker> {
        self.brokers.values()
    }

    /// The finalized features and their levels, e.g. `metadata.version`.
    pub fn features(&self) -> &BTreeMap<String, i16> {
        &self.features
    }

    /// The level of `kraft.version`, which is no record of the metadata but one of the log's own: 1 when the log knows its
    /// voters with their directories (KIP-853), 0 when the configuration names them.
    pub fn kraft_version(&self) -> i16 {
        self.kraft_version
    }

    /// Notes what the log's own records say.
    pub(crate) fn set_kraft_version(&mut self, level: i16) {
        self.kraft_version = level;
    }

    /// The first producer id that no broker was given yet.
    pub fn next_producer_id(&self) -> i64 {
        self.next_producer_id
    }

    /// The offset of the last record in the image, or -1.
    pub fn offset(&self) -> i64 {
        self.offset
    }

    /// The controller's epoch (the leader epoch of the metadata log), or -1.
    pub fn epoch(&self) -> i32 {
        self.epoch
    }
}

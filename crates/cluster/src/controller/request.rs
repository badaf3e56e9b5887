//! What the controller is asked for; the broker's API files translate protocol versions to these.

use millstream_wire::Uuid;

use crate::ConfigResource;

/// One topic of CreateTopics (key 19).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    /// The name.
    pub name: String,
    /// How many partitions; -1 for `num.partitions`, and with `assignments`.
    pub partitions: i32,
    /// How many replicas; -1 for the default, and with `assignments`. One broker can keep one.
    pub replication_factor: i16,
    /// Partition and its brokers, when the client places them itself.
    pub assignments: Vec<(i32, Vec<i32>)>,
    /// Configs to set; a null value is refused.
    pub configs: Vec<(String, Option<String>)>,
}

impl NewTopic {
    /// A topic with everything at its default.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            partitions: -1,
            replication_factor: -1,
            assignments: Vec::new(),
            configs: Vec::new(),
        }
    }
}

/// What new topics get when they do not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDefaults {
    /// `num.partitions`.
    pub partitions: i32,
}

/// A topic that was made (or would be, with `validate_only`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    /// The name.
    pub name: String,
    /// The new id.
    pub id: Uuid,
    /// Its partitions.
    pub partitions: i32,
    /// Its replicas.
    pub replication_factor: i16,
}

/// One topic of CreatePartitions (key 37).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MorePartitions {
    /// The topic's name.
    pub topic: String,
    /// How many partitions it is to have, those that are there included.
    pub count: i32,
    /// The brokers of each new partition, when the client places them itself.
    pub assignments: Option<Vec<Vec<i32>>>,
}

/// A topic to delete: by name, or by id from DeleteTopics 6 on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicRef {
    /// By name.
    Name(String),
    /// By id.
    Id(Uuid),
}

/// Producer ids for one broker to hand out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerIdBlock {
    /// The first id.
    pub first: i64,
    /// How many.
    pub len: i32,
}

/// Changes to one resource's configs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceAlteration {
    /// Whose configs.
    pub resource: ConfigResource,
    /// The changes, in order.
    pub changes: Vec<AlterConfig>,
    /// Whether what is set and not named here goes back to its default: AlterConfigs (key 33) replaces, and
    /// IncrementalAlterConfigs (key 44) does not.
    pub replaces: bool,
}

/// One change of IncrementalAlterConfigs (key 44).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterConfig {
    /// The config's name.
    pub name: String,
    /// What to do.
    pub op: AlterConfigOp,
}

/// What to do to a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlterConfigOp {
    /// Set the value.
    Set(String),
    /// Go back to the default.
    Delete,
    /// Add to a list.
    Append(String),
    /// Take from a list.
    Subtract(String),
}

/// One feature of UpdateFeatures (key 57).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureUpdate {
    /// The feature's name.
    pub feature: String,
    /// The level that it is to have; 0 takes it away.
    pub level: i16,
    /// What kind of change the client means.
    pub upgrade_type: UpgradeType,
}

/// Which way a feature's level may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpgradeType {
    /// A number that Kafka does not know.
    Unknown,
    /// Only up.
    Upgrade,
    /// Down, if nothing is lost by it.
    SafeDowngrade,
    /// Down.
    UnsafeDowngrade,
}

impl UpgradeType {
    /// The type of this number on the wire.
    pub fn from_code(code: i8) -> Self {
        match code {
            1 => Self::Upgrade,
            2 => Self::SafeDowngrade,
            3 => Self::UnsafeDowngrade,
            _ => Self::Unknown,
        }
    }
}

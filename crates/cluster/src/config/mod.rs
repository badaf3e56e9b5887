//! Configs: which there are, what they may hold, what they are for a topic, a broker or a group right now.
//!
//! Tables of Kafka 4.3's names, types, defaults and ranges ([`TOPIC_CONFIGS`], [`BROKER_CONFIGS`]); CreateTopics
//! checks against them, DescribeConfigs prints them, and [`TopicSettings`] is the typed view that the log takes.

mod broker_documentation;
mod broker_table;
mod client_metrics_table;
mod definition;
mod documentation;
mod dynamic;
mod effective;
mod group_table;
mod hash_order;
mod safety;
mod settings;
mod topic_table;

pub use broker_documentation::has_effect;
pub use broker_table::BROKER_CONFIGS;
pub use client_metrics_table::{CLIENT_METRICS_CONFIGS, ClientMetricsError, check_client_metrics};
pub use definition::{Check, ConfigDefinition, ConfigType, Synonym, Unit};
pub use dynamic::{CORDONED, changed_config, is_dynamic};
pub(crate) use dynamic::{check_threads, is_cluster_wide};
pub use effective::{
    ConfigSource, ConfigValue, EffectiveConfig, broker_configs, client_metrics_configs, group_configs,
    topic_config, topic_configs, topic_configs_with, topic_default,
};
pub use group_table::{GROUP_CONFIGS, check_group_configs};
pub use hash_order::{in_brokers_order, in_groups_order, in_topics_order};
pub use safety::asks_for;
pub use settings::{CleanupPolicy, TimestampType, TopicSettings};
pub use topic_table::TOPIC_CONFIGS;

//! What the brokers agree on: topics, configs, brokers and producer ids, as Kafka's own metadata records.
//!
//! The truth is a log, `__cluster_metadata-0`, of the records that Apache Kafka's KRaft controller writes; an
//! [`Image`] is what replaying them gives. [`controller`] decides, purely, which records a request leads to;
//! [`Metadata`] is the small driver that makes them durable, applies them and hands out the new image.
//!
//! Invariants:
//! - The image is exactly the replay of the log: nothing changes it but records.
//! - A change is visible only after its records are on disk.
//! - Records of types that this build does not know stay in the log untouched.

pub mod config;
mod control;
pub mod controller;
mod durable_file;
mod format;
mod image;
mod level;
mod meta_properties;
mod metadata;
mod properties;
mod quorum_state;
mod random_id;
mod replay;
mod snapshot;
mod snapshots;
mod topic_name;

pub use control::{CONTROLLER_LISTENER, ControllerListener};
pub use format::{
    DirectoryIdentity, Format, SUPPORTED_FEATURES, directory_identity, format_directory, initial_features,
};
pub use image::{ApplyError, Broker, BrokerEndpoint, BrokerFeature, ConfigResource, Image, Partition, Topic};
pub use metadata::{Metadata, MetadataError, OpenOptions, Quorum};
pub use millstream_wire::Uuid;
pub use properties::{Properties, parse_properties};
pub use random_id::random_id;
pub use snapshots::SNAPSHOT_BYTES;
pub use topic_name::{InvalidTopicName, is_internal, validate_topic_name};

#[cfg(test)]
mod tests;

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
pub mod controller;
mod image;
mod metadata;
mod topic_name;
mod uuid;

pub use image::{Broker, BrokerEndpoint, ConfigResource, Image, Partition, Topic};
pub use metadata::{Metadata, MetadataError, OpenOptions};
pub use topic_name::{InvalidTopicName, is_internal, validate_topic_name};
pub use uuid::Uuid;

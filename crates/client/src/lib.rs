//! A small Kafka client: what the commands, the demo and the engine's foreign topics speak.
//!
//! [`Client`] knows the cluster: it routes requests to the leaders of partitions, creates and describes topics. On it
//! stand [`Producer`] (batches, partitioner), [`Consumer`] (long polls, positions) and [`GroupConsumer`] (a member of a
//! classic consumer group). It speaks to Apache Kafka from 0.11 on and to Millstream, in the newest version that both
//! sides have.
//!
//! Everything is one task's: a method borrows the client mutably, and a future that is dropped half-way costs no more
//! than its connection, which is opened again when it is next needed.

mod address;
mod admin;
mod assignor;
mod client;
mod connection;
mod consumer;
mod error;
mod fetch;
mod group;
mod group_consumer;
mod metadata;
mod offsets;
mod partitioner;
mod produce;
mod producer;
mod retries;

pub use admin::{ConfigEntry, NewTopic};
pub use assignor::assign_ranges;
pub use client::{Client, ClientOptions};
pub use connection::Connection;
pub use consumer::{Consumer, ReceivedRecord, Start};
pub use error::ClientError;
pub use fetch::{FetchLimits, FetchedPartition, FetchedRecord};
pub use group::{Assignment, GroupMember};
pub use group_consumer::GroupConsumer;
pub use metadata::{Broker, ClusterInfo, Partition, Topic};
pub use offsets::OffsetAt;
pub use partitioner::{murmur2, partition_for_key};
pub use produce::Acks;
pub use producer::{NewRecord, Producer, ProducerOptions};

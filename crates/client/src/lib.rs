//! A small Kafka client: what the commands, the demo and the engine's foreign topics speak.
//!
//! [`Client`] knows the cluster: it routes requests to the leaders of partitions, creates and describes topics. On it
//! stand [`Producer`] (batches, partitioner), [`Consumer`] (long polls, positions) and [`GroupConsumer`] (a member of a
//! classic consumer group). It speaks to Apache Kafka from 0.11 on and to Millstream, in the newest version that both
//! sides have.
//!
//! Everything is one task's: a method borrows the client mutably, and a future that is dropped half-way costs no more
//! than its connection, which is opened again when it is next needed.

mod aborted;
mod address;
mod admin;
mod assignor;
mod client;
mod cluster_changes;
mod configs;
mod connection;
mod consumer;
mod delete_records;
mod described_consumers;
mod elections;
mod eligible_leaders;
mod error;
mod fetch;
mod group;
mod group_consumer;
mod group_offsets;
mod groups;
mod log_dirs;
mod metadata;
mod nodes;
mod offer;
mod offsets;
mod partitioner;
mod partitions;
mod pipeline;
mod produce;
mod producer;
mod quorum;
mod reassignments;
mod retries;
mod transactional;
mod transactions;

pub use admin::NewTopic;
pub use assignor::assign_ranges;
pub use client::{Client, ClientOptions, Isolation};
pub use cluster_changes::UpgradeType;
pub use configs::{ConfigEntry, ConfigResource, ConfigSource, ConfigSynonym};
pub use connection::Connection;
pub use consumer::{Consumer, ReceivedRecord, Start};
pub use delete_records::DeletedRecords;
pub use elections::{Election, ElectionResults};
pub use eligible_leaders::EligibleLeaders;
pub use error::ClientError;
pub use fetch::{FetchLimits, FetchedPartition, FetchedRecord};
pub use group::{Assignment, GroupMember};
pub use group_consumer::GroupConsumer;
pub use group_offsets::{CommittedOffset, CommittedOffsets};
pub use groups::{Coordinator, GroupDescription, GroupListing, MemberDescription};
pub use log_dirs::{LogDir, Replica};
pub use metadata::{Broker, ClusterInfo, Partition, Topic};
pub use nodes::Node;
pub use offer::Offer;
pub use offsets::OffsetAt;
pub use partitioner::{murmur2, partition_for_key};
pub use pipeline::{Pipeline, PipelineOptions, Sent};
pub use produce::{Acks, AcksError};
pub use producer::{NewRecord, Producer, ProducerOptions};
pub use quorum::{Quorum, QuorumReplica};
pub use reassignments::Reassignment;
pub use transactional::{ProducerIdentity, TransactionProtocol, Transactional};
pub use transactions::{
    ActiveProducer, OpenTransactions, TransactionDescription, TransactionFilter, TransactionListing,
};

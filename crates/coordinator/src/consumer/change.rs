//! The changes of a consumer group: each is one record of `__consumer_offsets`.
//!
//! A group changes in no other way, so what was replayed is what was there. What a change replaced is itself a change:
//! that is how changes are taken back when their records could not be written.

use std::collections::BTreeSet;

use super::assignment::Partitions;
use super::member::{Current, MemberMetadata};

/// `ConsumerGroupMetadata`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch {
    pub(crate) epoch: i32,
    /// The hash of the topics that the members read.
    pub(crate) topics_hash: i64,
}

/// `ConsumerGroupTargetAssignmentMetadata`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TargetEpoch {
    pub(crate) epoch: i32,
    /// When it was computed, in ms since 1970; 0 when that is not known.
    pub(crate) computed_at_ms: i64,
}

/// `ConsumerGroupRegularExpression`: the topics that a regular expression stands for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Resolved {
    pub(crate) topics: BTreeSet<String>,
    /// The offset of the metadata that it was looked up in.
    pub(crate) version: i64,
    pub(crate) resolved_at_ms: i64,
}

/// One change; `None` is the record's tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Epoch(Option<Epoch>),
    /// The record in which Kafka 4.0 kept the topics: only its end is ever written.
    NoPartitionMetadata,
    /// It was there after all: never written, only to take back [`Self::NoPartitionMetadata`].
    HasPartitionMetadata,
    Member(String, Option<MemberMetadata>),
    TargetEpoch(Option<TargetEpoch>),
    Target(String, Option<Partitions>),
    Current(String, Option<Current>),
    Regex(String, Option<Resolved>),
}

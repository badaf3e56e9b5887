//! Why the controller refuses, with Kafka's codes and the texts that Kafka's tools show.

use thiserror::Error;

use crate::{InvalidTopicName, Uuid};

/// A refused change; [`ControllerError::code`] is its number on the wire, its text the message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ControllerError {
    /// The name breaks the rules for topic names.
    #[error(transparent)]
    InvalidTopicName(#[from] InvalidTopicName),
    /// `.` and `_` are the same in metrics, so two names must not differ in these only.
    #[error("Topic '{name}' collides with existing topic: {existing}")]
    TopicCollision {
        /// The new name.
        name: String,
        /// The one that is there.
        existing: String,
    },
    /// There is such a topic.
    #[error("Topic '{0}' already exists.")]
    TopicAlreadyExists(String),
    /// There is no such topic.
    #[error("This server does not host this topic-partition.")]
    UnknownTopic(String),
    /// There is no topic of that id.
    #[error("This server does not host this topic ID.")]
    UnknownTopicId(Uuid),
    /// Zero or fewer partitions.
    #[error("Number of partitions was set to an invalid non-positive value.")]
    InvalidPartitions,
    /// A topic can only get more partitions.
    #[error("{0}")]
    NoIncrease(String),
    /// The replication factor cannot be had.
    #[error("{0}")]
    InvalidReplicationFactor(String),
    /// The manual assignment cannot be had.
    #[error("{0}")]
    InvalidReplicaAssignment(String),
    /// What the text names is not there.
    #[error("{0}")]
    NotFound(String),
    /// Nothing is being moved.
    #[error("No partition reassignment is in progress.")]
    NoReassignmentInProgress,
    /// The feature cannot have that level.
    #[error("{0}")]
    InvalidUpdateVersion(String),
    /// There is no such broker.
    #[error("Broker ID {0} is not currently registered")]
    BrokerNotRegistered(i32),
    /// The request contradicts itself.
    #[error("{0}")]
    InvalidRequest(String),
    /// A config's name or value is wrong.
    #[error("{0}")]
    InvalidConfig(String),
    /// More than one request may ask for.
    #[error("{0}")]
    PolicyViolation(String),
    /// Something is used up, such as the producer ids.
    #[error("{0}")]
    UnknownServerError(String),
}

impl ControllerError {
    /// The error code on the wire.
    pub fn code(&self) -> i16 {
        match self {
            Self::UnknownServerError(_) => -1,
            Self::UnknownTopic(_) | Self::NotFound(_) => 3,
            Self::InvalidTopicName(_) | Self::TopicCollision { .. } => 17,
            Self::TopicAlreadyExists(_) => 36,
            Self::InvalidPartitions | Self::NoIncrease(_) => 37,
            Self::InvalidReplicationFactor(_) => 38,
            Self::InvalidReplicaAssignment(_) => 39,
            Self::InvalidConfig(_) => 40,
            Self::InvalidRequest(_) => 42,
            Self::PolicyViolation(_) => 44,
            Self::NoReassignmentInProgress => 85,
            Self::InvalidUpdateVersion(_) => 95,
            Self::UnknownTopicId(_) => 100,
            Self::BrokerNotRegistered(_) => 102,
        }
    }
}

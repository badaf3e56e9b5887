//! ConsumerGroupHeartbeat (key 68) as it comes in and as it is answered.

use super::assignment::Partitions;
use super::member::{JOIN_EPOCH, LEAVE_EPOCH, LEAVE_STATIC_EPOCH};
use super::refused::Refused;
use crate::{Config, GroupError};

/// The first version in which the client makes its own member id (KIP-1082).
const CLIENT_MAKES_ID_FROM: i16 = 1;

/// A member's heartbeat. What is `None` has not changed since the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerHeartbeat {
    /// The version it was sent in: from 1 on the client makes its own member id.
    pub version: i16,
    /// The group.
    pub group_id: String,
    /// The member's id; empty in version 0 when it has none yet.
    pub member_id: String,
    /// Its epoch; 0 to join, -1 to leave, -2 for a static member that means to come back.
    pub member_epoch: i32,
    /// The static member's `group.instance.id`.
    pub instance_id: Option<String>,
    /// The client's rack.
    pub rack_id: Option<String>,
    /// How long the member may take to give partitions back, in ms.
    pub rebalance_timeout_ms: Option<i32>,
    /// The topics that it subscribes to by name.
    pub topics: Option<Vec<String>>,
    /// The regular expression that it subscribes by; empty for none.
    pub regex: Option<String>,
    /// The assignor that it asks for.
    pub assignor: Option<String>,
    /// The partitions that it has.
    pub owned: Option<Partitions>,
    /// The request header's client id.
    pub client_id: String,
    /// The peer's address as Kafka prints it, e.g. `/127.0.0.1`.
    pub client_host: String,
    /// A random UUID in text form: the member's id if it has none.
    pub fresh_uuid: String,
}

/// The answer to a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatAnswer {
    /// The member's id.
    pub member_id: String,
    /// Its epoch from now on.
    pub member_epoch: i32,
    /// When the next heartbeat is due, in ms; 0 for one that has left.
    pub heartbeat_interval_ms: i32,
    /// The partitions it may use, if they have changed or it asked for all.
    pub assignment: Option<Partitions>,
}

impl ConsumerHeartbeat {
    /// Whether the member leaves.
    pub(crate) fn is_leave(&self) -> bool {
        matches!(self.member_epoch, LEAVE_EPOCH | LEAVE_STATIC_EPOCH)
    }

    pub(crate) fn is_join(&self) -> bool {
        self.member_epoch == JOIN_EPOCH
    }

    /// Whether the member says everything that there is to say: it has lost its last answer, or has just come.
    pub(crate) fn is_full(&self) -> bool {
        self.rebalance_timeout_ms.is_some()
            && (self.topics.is_some() || self.regex.is_some())
            && self.owned.is_some()
    }

    /// What is wrong with the request whatever the group is.
    pub(crate) fn validate(&self, config: &Config) -> Result<(), Refused> {
        let invalid = |message: &str| Err(Refused::new(GroupError::InvalidRequest, message));
        let blank = |text: &str| text.trim().is_empty();
        let needs_id = self.version >= CLIENT_MAKES_ID_FROM
            || self.member_epoch > JOIN_EPOCH
            || self.member_epoch == LEAVE_EPOCH;
        if needs_id && blank(&self.member_id) {
            return invalid("MemberId can't be empty.");
        }
        if blank(&self.group_id) {
            return invalid("GroupId can't be empty.");
        }
        if self.instance_id.as_deref().is_some_and(blank) {
            return invalid("InstanceId can't be empty.");
        }
        if self.rack_id.as_deref().is_some_and(blank) {
            return invalid("RackId can't be empty.");
        }
        if self.is_join() {
            self.validate_join()?;
        } else if self.member_epoch == LEAVE_STATIC_EPOCH && self.instance_id.is_none() {
            return invalid("InstanceId can't be null.");
        } else if self.member_epoch < LEAVE_STATIC_EPOCH {
            return invalid("MemberEpoch is invalid.");
        }
        match &self.assignor {
            Some(assignor) if !config.consumer_assignors.contains(assignor) => {
                let shown: String = assignor.chars().take(200).collect();
                let supported = config.consumer_assignors.join(", ");
                let message =
                    format!("ServerAssignor {shown} is not supported. Supported assignors: {supported}.");
                Err(Refused::new(GroupError::UnsupportedAssignor, message))
            }
            _ => Ok(()),
        }
    }

    fn validate_join(&self) -> Result<(), Refused> {
        let invalid = |message: &str| Err(Refused::new(GroupError::InvalidRequest, message));
        if self.rebalance_timeout_ms.is_none() {
            return invalid("RebalanceTimeoutMs must be provided in first request.");
        }
        if self.owned.as_ref().is_none_or(|owned| !owned.is_empty()) {
            return invalid("TopicPartitions must be empty when (re-)joining.");
        }
        if self.topics.is_none() && self.regex.is_none() {
            return invalid(
                "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
            );
        }
        Ok(())
    }
}

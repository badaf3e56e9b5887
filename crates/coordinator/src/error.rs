//! What can go wrong, as closed sets.

use thiserror::Error;

/// An error a group API answers with; [`GroupError::code`] is its number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum GroupError {
    /// The coordinator failed in a way that no retry mends.
    #[error("the group coordinator failed")]
    UnknownServerError,
    /// The offset's metadata string is too long (`offset.metadata.max.bytes`).
    #[error("the metadata of the offset is too long")]
    OffsetMetadataTooLarge,
    /// The group's records could not be written now; find the coordinator again and retry.
    #[error("the group coordinator is not available")]
    CoordinatorNotAvailable,
    /// The group's partition failed; find the coordinator again.
    #[error("this is not the group's coordinator")]
    NotCoordinator,
    /// The generation is not the group's current one.
    #[error("the generation is not the current one")]
    IllegalGeneration,
    /// No protocol is common to the group and the member, or the type differs.
    #[error("the member's protocols do not fit the group's")]
    InconsistentGroupProtocol,
    /// The group id is empty.
    #[error("the group id is not valid")]
    InvalidGroupId,
    /// The group does not know the member.
    #[error("the member is not known")]
    UnknownMemberId,
    /// The session timeout is outside of the broker's bounds.
    #[error("the session timeout is out of bounds")]
    InvalidSessionTimeout,
    /// The group is rebalancing; join again.
    #[error("the group is rebalancing")]
    RebalanceInProgress,
    /// The group still has members.
    #[error("the group has members")]
    NonEmptyGroup,
    /// There is no such group.
    #[error("the group does not exist")]
    GroupIdNotFound,
    /// Join again with the member id that came with this answer (KIP-394).
    #[error("the member needs the id it was given")]
    MemberIdRequired,
    /// The group is full (`group.max.size`).
    #[error("the group is full")]
    GroupMaxSizeReached,
    /// Another member took over this `group.instance.id` (KIP-345).
    #[error("the static member was replaced")]
    FencedInstanceId,
    /// A member of the group subscribes to the topic.
    #[error("the group is subscribed to the topic")]
    GroupSubscribedToTopic,
    /// A member of the new protocol commits by a version of OffsetCommit that cannot say so (below 9).
    #[error("members of consumer groups commit with OffsetCommit 9 or above")]
    UnsupportedVersion,
    /// A heartbeat lacks what it must have.
    #[error("the request is not valid")]
    InvalidRequest,
    /// The member's epoch is not the one it was given: it has to give everything up and join again (KIP-848).
    #[error("the member's epoch is fenced")]
    FencedMemberEpoch,
    /// Another member still has this `group.instance.id` (KIP-848).
    #[error("the instance id is taken")]
    UnreleasedInstanceId,
    /// There is no such assignor on the server.
    #[error("the assignor is not supported")]
    UnsupportedAssignor,
    /// The member's epoch is not the current one: it has to wait for its next heartbeat's answer.
    #[error("the member's epoch is stale")]
    StaleMemberEpoch,
    /// The regular expression cannot be read.
    #[error("the regular expression is not valid")]
    InvalidRegularExpression,
}

impl GroupError {
    /// The error code on the wire.
    pub fn code(self) -> i16 {
        match self {
            Self::UnknownServerError => -1,
            Self::OffsetMetadataTooLarge => 12,
            Self::CoordinatorNotAvailable => 15,
            Self::NotCoordinator => 16,
            Self::IllegalGeneration => 22,
            Self::InconsistentGroupProtocol => 23,
            Self::InvalidGroupId => 24,
            Self::UnknownMemberId => 25,
            Self::InvalidSessionTimeout => 26,
            Self::RebalanceInProgress => 27,
            Self::NonEmptyGroup => 68,
            Self::GroupIdNotFound => 69,
            Self::MemberIdRequired => 79,
            Self::GroupMaxSizeReached => 81,
            Self::FencedInstanceId => 82,
            Self::GroupSubscribedToTopic => 86,
            Self::UnsupportedVersion => 35,
            Self::InvalidRequest => 42,
            Self::FencedMemberEpoch => 110,
            Self::UnreleasedInstanceId => 111,
            Self::UnsupportedAssignor => 112,
            Self::StaleMemberEpoch => 113,
            Self::InvalidRegularExpression => 128,
        }
    }
}

/// Why records did not become durable in `__consumer_offsets`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum AppendFailure {
    /// The partition does not exist or cannot take a write now; the client may retry.
    #[error("the offsets partition is not available")]
    Unavailable,
    /// The partition's disk failed.
    #[error("the offsets partition failed")]
    Storage,
    /// The records are larger than a batch may be.
    #[error("the records are too large")]
    TooLarge,
}

impl AppendFailure {
    /// What the client is told: Kafka 4.3 maps storage errors of the group log the same way.
    pub fn as_group_error(self) -> GroupError {
        match self {
            Self::Unavailable => GroupError::CoordinatorNotAvailable,
            Self::Storage => GroupError::NotCoordinator,
            Self::TooLarge => GroupError::UnknownServerError,
        }
    }
}

/// A record of `__consumer_offsets` that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordError {
    /// The bytes do not follow the schema of their type and version.
    #[error("damaged {what} record: {detail}")]
    Damaged {
        /// Which part of which record.
        what: &'static str,
        /// What the decoder said.
        detail: String,
    },
    /// The value's version is newer than this build knows.
    #[error("{what} record has version {version}, which this build does not know")]
    UnknownVersion {
        /// Which record.
        what: &'static str,
        /// The version read.
        version: i16,
    },
}

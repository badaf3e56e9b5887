//! A refusal with the words that the client is shown.

use crate::GroupError;

/// Why a heartbeat was refused: Kafka's code and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The error.
    pub error: GroupError,
    /// What the client is told.
    pub message: String,
}

impl Refused {
    pub(crate) fn new(error: GroupError, message: impl Into<String>) -> Self {
        Self { error, message: message.into() }
    }

    pub(crate) fn fenced(message: String) -> Self {
        Self::new(GroupError::FencedMemberEpoch, message)
    }

    pub(crate) fn unknown_member(member_id: &str, group_id: &str) -> Self {
        let message = format!("Member {member_id} is not a member of group {group_id}.");
        Self::new(GroupError::UnknownMemberId, message)
    }
}

impl From<GroupError> for Refused {
    fn from(error: GroupError) -> Self {
        Self { error, message: error.to_string() }
    }
}

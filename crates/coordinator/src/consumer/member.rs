//! A member of a consumer group: what it said of itself, and what it has.

use std::collections::BTreeSet;

use super::assignment::Assigned;
use crate::event::Protocol;

/// The epoch of a member that joins.
pub(crate) const JOIN_EPOCH: i32 = 0;
/// The epoch of a member that leaves.
pub(crate) const LEAVE_EPOCH: i32 = -1;
/// The epoch of a static member that leaves and means to come back.
pub(crate) const LEAVE_STATIC_EPOCH: i32 = -2;

/// How far a member is on its way to the target assignment; numbered as in the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MemberState {
    /// It is there.
    #[default]
    Stable,
    /// It must give partitions back before it may have the next epoch.
    UnrevokedPartitions,
    /// It has the epoch, but others have not yet given back some of its partitions.
    UnreleasedPartitions,
    /// A newer release's state: the member has to join again.
    Unknown(i8),
}

impl MemberState {
    pub(crate) fn from_code(code: i8) -> Self {
        match code {
            0 => Self::Stable,
            1 => Self::UnrevokedPartitions,
            2 => Self::UnreleasedPartitions,
            other => Self::Unknown(other),
        }
    }

    pub(crate) fn code(self) -> i8 {
        match self {
            Self::Stable => 0,
            Self::UnrevokedPartitions => 1,
            Self::UnreleasedPartitions => 2,
            Self::Unknown(code) => code,
        }
    }
}

/// What a member that speaks the classic protocol said when it joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClassicMember {
    pub(crate) session_timeout_ms: i32,
    pub(crate) protocols: Vec<Protocol>,
}

/// What a member said of itself: its `ConsumerGroupMemberMetadata` record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberMetadata {
    pub(crate) instance_id: Option<String>,
    pub(crate) rack_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    pub(crate) topics: BTreeSet<String>,
    /// A regular expression, or empty.
    pub(crate) regex: String,
    pub(crate) rebalance_timeout_ms: i32,
    pub(crate) assignor: Option<String>,
    /// It speaks the classic protocol.
    pub(crate) classic: Option<ClassicMember>,
}

impl Default for MemberMetadata {
    fn default() -> Self {
        Self {
            instance_id: None,
            rack_id: None,
            client_id: String::new(),
            client_host: String::new(),
            topics: BTreeSet::new(),
            regex: String::new(),
            rebalance_timeout_ms: -1,
            assignor: None,
            classic: None,
        }
    }
}

/// What a member has: its `ConsumerGroupCurrentMemberAssignment` record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Current {
    pub(crate) epoch: i32,
    pub(crate) previous_epoch: i32,
    pub(crate) state: MemberState,
    /// Its partitions.
    pub(crate) assigned: Assigned,
    /// Those that it must give back, and still has.
    pub(crate) revoking: Assigned,
}

impl Default for Current {
    fn default() -> Self {
        Self {
            epoch: JOIN_EPOCH,
            previous_epoch: -1,
            state: MemberState::Stable,
            assigned: Assigned::new(),
            revoking: Assigned::new(),
        }
    }
}

/// A member in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) metadata: MemberMetadata,
    pub(crate) current: Current,
}

impl Member {
    /// A member that nothing is known of yet.
    pub(crate) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), metadata: MemberMetadata::default(), current: Current::default() }
    }

    pub(crate) fn is_classic(&self) -> bool {
        self.metadata.classic.is_some()
    }

    /// Whether it has all of the target assignment of this epoch.
    pub(crate) fn is_reconciled_to(&self, target_epoch: i32) -> bool {
        self.current.state == MemberState::Stable && self.current.epoch == target_epoch
    }
}

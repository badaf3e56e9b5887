//! A committed offset.

/// What a group committed for one partition (KIP-211, KIP-320).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next offset to read.
    pub offset: i64,
    /// The leader epoch of the last record read, or -1.
    pub leader_epoch: i32,
    /// The consumer's own note.
    pub metadata: String,
    /// When it was committed, in ms since 1970.
    pub commit_timestamp_ms: i64,
    /// When it expires by the commit's own wish (OffsetCommit 2 to 4), in ms since 1970.
    pub expire_timestamp_ms: Option<i64>,
    /// The topic's id, or zeros.
    pub topic_id: [u8; 16],
}

//! Control records: what a log says about itself, and the state that a quorum's member keeps.
//!
//! A control record's key is [`ControlRecordType`] after its version (an int16, 0). The value of an end-of-transaction
//! marker is an [`EndTxnMarker`] after its version; the other values carry their version in their first field.

include!(concat!(env!("OUT_DIR"), "/raft.rs"));

/// The kinds of control records, the numbers in [`ControlRecordType`].
pub mod control {
    /// A transaction was aborted.
    pub const ABORT: i16 = 0;
    /// A transaction was committed.
    pub const COMMIT: i16 = 1;
    /// A leader was elected: [`super::LeaderChangeMessage`].
    pub const LEADER_CHANGE: i16 = 2;
    /// A snapshot begins: [`super::SnapshotHeaderRecord`].
    pub const SNAPSHOT_HEADER: i16 = 3;
    /// A snapshot is complete: [`super::SnapshotFooterRecord`].
    pub const SNAPSHOT_FOOTER: i16 = 4;
    /// The quorum's feature level: [`super::KRaftVersionRecord`].
    pub const KRAFT_VERSION: i16 = 5;
    /// The quorum's voters: [`super::VotersRecord`].
    pub const KRAFT_VOTERS: i16 = 6;
}

//! The broker settings that rule groups and offsets, with Kafka 4.3's defaults.

/// Limits and times of the coordinator. Each field names its broker config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `group.min.session.timeout.ms`: a JoinGroup below it is refused with INVALID_SESSION_TIMEOUT.
    pub min_session_timeout_ms: i32,
    /// `group.max.session.timeout.ms`: a JoinGroup above it is refused with INVALID_SESSION_TIMEOUT.
    pub max_session_timeout_ms: i32,
    /// `group.initial.rebalance.delay.ms`: how long an empty group waits for more members. Kafka's own default is
    /// 3000; 0 lets a lone consumer start at once, which is what Millstream does.
    pub initial_rebalance_delay_ms: i32,
    /// `group.max.size`: members a group may have.
    pub max_group_size: usize,
    /// Members of one group that were given an id and have not come back with it. Kafka has no limit here; without
    /// one, memory grows with every unanswered JoinGroup until its session times out.
    pub max_pending_members: usize,
    /// How long a new member's parked JoinGroup lives before the member counts as gone (fixed in Kafka: 5 min).
    pub new_member_join_timeout_ms: i64,
    /// `offset.metadata.max.bytes`: longest metadata string of a committed offset, in UTF-16 units as Kafka counts.
    pub offset_metadata_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 1_800_000,
            initial_rebalance_delay_ms: 0,
            max_group_size: i32::MAX as usize,
            max_pending_members: 10_000,
            new_member_join_timeout_ms: 5 * 60 * 1_000,
            offset_metadata_max: 4_096,
        }
    }
}

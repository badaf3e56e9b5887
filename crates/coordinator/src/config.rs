//! The broker settings that rule groups and offsets, with Kafka 4.3's defaults.

use crate::consumer::ASSIGNORS;

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
    /// `group.consumer.session.timeout.ms`: how long a member of a consumer group may be silent.
    pub consumer_session_timeout_ms: i32,
    /// `group.consumer.heartbeat.interval.ms`: how often members are told to send heartbeats.
    pub consumer_heartbeat_interval_ms: i32,
    /// `group.consumer.assignment.interval.ms`: the least time between two assignments of a group. Kafka's own default
    /// is 1000; 0 lets consumers that start together have their partitions at once, which is what Millstream does.
    pub consumer_assignment_interval_ms: i32,
    /// `group.consumer.regex.refresh.interval.ms`: how often regular expressions are looked up when nothing happens.
    pub consumer_regex_refresh_interval_ms: i64,
    /// `group.consumer.max.size`: members a consumer group may have.
    pub max_consumer_group_size: usize,
    /// `group.consumer.assignors`: what members may ask for; the first one is the default.
    pub consumer_assignors: Vec<String>,
    /// `group.consumer.migration.policy`: whether groups pass from one protocol to the other.
    pub migration: Migration,
}

/// `group.consumer.migration.policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Migration {
    /// A group follows its members both ways.
    #[default]
    Bidirectional,
    /// Classic groups become consumer groups.
    Upgrade,
    /// Consumer groups become classic groups when the last member of the new protocol leaves.
    Downgrade,
    /// Never.
    Disabled,
}

impl Migration {
    /// Reads the setting's value.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "bidirectional" => Some(Self::Bidirectional),
            "upgrade" => Some(Self::Upgrade),
            "downgrade" => Some(Self::Downgrade),
            "disabled" => Some(Self::Disabled),
            _ => None,
        }
    }

    pub(crate) fn may_upgrade(self) -> bool {
        matches!(self, Self::Bidirectional | Self::Upgrade)
    }

    pub(crate) fn may_downgrade(self) -> bool {
        matches!(self, Self::Bidirectional | Self::Downgrade)
    }
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
            consumer_session_timeout_ms: 45_000,
            consumer_heartbeat_interval_ms: 5_000,
            consumer_assignment_interval_ms: 0,
            consumer_regex_refresh_interval_ms: 600_000,
            max_consumer_group_size: i32::MAX as usize,
            consumer_assignors: ASSIGNORS.map(str::to_owned).to_vec(),
            migration: Migration::default(),
        }
    }
}

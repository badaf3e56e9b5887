//! What a consumer group's decisions are made by, besides the group itself.

use super::topics::Topics;
use crate::Config;

/// The settings of one group: the broker's, or its own (`ConfigResource` GROUP).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GroupSettings {
    /// `consumer.session.timeout.ms`; `None` for the broker's.
    pub session_timeout_ms: Option<i32>,
    /// `consumer.heartbeat.interval.ms`; `None` for the broker's.
    pub heartbeat_interval_ms: Option<i32>,
    /// `consumer.assignment.interval.ms`; `None` for the broker's.
    pub assignment_interval_ms: Option<i32>,
}

/// Time, topics, settings.
pub(crate) struct Context<'a> {
    pub(crate) now_ms: i64,
    pub(crate) topics: &'a Topics,
    pub(crate) config: &'a Config,
    pub(crate) settings: GroupSettings,
}

impl Context<'_> {
    pub(crate) fn session_timeout_ms(&self) -> i32 {
        self.settings.session_timeout_ms.unwrap_or(self.config.consumer_session_timeout_ms)
    }

    pub(crate) fn heartbeat_interval_ms(&self) -> i32 {
        self.settings.heartbeat_interval_ms.unwrap_or(self.config.consumer_heartbeat_interval_ms)
    }

    pub(crate) fn assignment_interval_ms(&self) -> i32 {
        self.settings.assignment_interval_ms.unwrap_or(self.config.consumer_assignment_interval_ms)
    }
}

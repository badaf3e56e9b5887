//! What is due when: one deadline a timer, the earliest first.

use std::collections::{BTreeMap, BTreeSet};

/// Something that happens to a group unless it is cancelled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// The group has waited long enough for its members to join.
    Join(String),
    /// The group has waited long enough for its members to ask for their assignments.
    Sync(String),
    /// A member (group, member) has been silent too long.
    Session(String, String),
    /// A member (group, member) of a consumer group has let this time pass.
    Consumer(ConsumerTimer, String, String),
}

/// What a member of a consumer group has time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ConsumerTimer {
    /// To send a heartbeat.
    Session,
    /// To give partitions back.
    Rebalance,
    /// To join again, by the classic protocol.
    Join,
    /// To ask for its assignment, by the classic protocol.
    Sync,
}

/// All timers of a coordinator.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    deadlines: BTreeMap<Timer, i64>,
    by_deadline: BTreeSet<(i64, Timer)>,
}

impl Timers {
    /// Sets the timer, in place of what it was set to.
    pub(crate) fn schedule(&mut self, timer: Timer, deadline_ms: i64) {
        self.cancel(&timer);
        self.by_deadline.insert((deadline_ms, timer.clone()));
        self.deadlines.insert(timer, deadline_ms);
    }

    pub(crate) fn cancel(&mut self, timer: &Timer) {
        if let Some(deadline) = self.deadlines.remove(timer) {
            self.by_deadline.remove(&(deadline, timer.clone()));
        }
    }

    pub(crate) fn is_set(&self, timer: &Timer) -> bool {
        self.deadlines.contains_key(timer)
    }

    /// Takes out the earliest timer that is due at `now_ms`.
    pub(crate) fn pop_due(&mut self, now_ms: i64) -> Option<Timer> {
        let (deadline, _) = self.by_deadline.first()?;
        if *deadline > now_ms {
            return None;
        }
        let (_, timer) = self.by_deadline.pop_first()?;
        self.deadlines.remove(&timer);
        Some(timer)
    }

    pub(crate) fn next_deadline(&self) -> Option<i64> {
        self.by_deadline.first().map(|(deadline, _)| *deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_due_comes_first_and_the_last_setting_counts() {
        let mut timers = Timers::default();
        timers.schedule(Timer::Join("a".into()), 30);
        timers.schedule(Timer::Sync("a".into()), 20);
        timers.schedule(Timer::Join("a".into()), 10);
        timers.schedule(Timer::Session("a".into(), "m".into()), 15);
        timers.cancel(&Timer::Session("a".into(), "m".into()));
        assert_eq!(timers.next_deadline(), Some(10));
        assert_eq!(timers.pop_due(9), None);
        assert_eq!(timers.pop_due(25), Some(Timer::Join("a".into())));
        assert_eq!(timers.pop_due(25), Some(Timer::Sync("a".into())));
        assert_eq!(timers.pop_due(25), None);
        assert_eq!(timers.next_deadline(), None);
    }
}

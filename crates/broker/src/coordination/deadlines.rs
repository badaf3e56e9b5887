//! The ticker: wakes a state machine at its deadlines, which move while the ticker sleeps.

use std::time::Duration;

use tokio::sync::Notify;

use crate::closing::Closing;
use crate::partition::now_ms;

/// How long the ticker sleeps when nothing is due.
const NOTHING_DUE: Duration = Duration::from_secs(60);

/// When the ticker wakes up, in ms since 1970. It lies under the state machine's lock: so a deadline that comes between
/// the ticker's plan and its sleep is seen to be sooner.
#[derive(Debug)]
pub(crate) struct NextTick(i64);

impl NextTick {
    /// Nothing is planned.
    pub(crate) fn none() -> Self {
        Self(i64::MAX)
    }

    /// Plans to wake up at the deadline, and says how long that is from now.
    pub(crate) fn plan(&mut self, deadline: Option<i64>) -> Duration {
        self.0 = deadline.unwrap_or(i64::MAX);
        deadline.map_or(NOTHING_DUE, |deadline| {
            let left = u64::try_from(deadline.saturating_sub(now_ms())).unwrap_or(0);
            Duration::from_millis(left).min(NOTHING_DUE)
        })
    }

    /// Whether the ticker would come too late for the deadline.
    pub(crate) fn is_after(&self, deadline: Option<i64>) -> bool {
        deadline.is_some_and(|deadline| deadline < self.0)
    }
}

/// Calls `tick` at each deadline until the broker goes down. `plan` notes the next one under the state machine's lock;
/// `sooner` says that there is an earlier one.
pub(crate) async fn run(sooner: &Notify, closing: &Closing, plan: impl Fn() -> Duration, tick: impl Fn()) {
    let mut closing = closing.clone();
    loop {
        let sleep = plan();
        tokio::select! {
            () = tokio::time::sleep(sleep) => tick(),
            () = sooner.notified() => {}
            () = closing.said() => return,
        }
    }
}

//! How long and how often something is tried again.

use std::time::Duration;

use tokio::time::{Instant, sleep};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Pauses that double, until a deadline.
#[derive(Debug)]
pub(crate) struct Retries {
    deadline: Instant,
    pause: Duration,
}

impl Retries {
    /// Retries for this long.
    pub(crate) fn within(time: Duration) -> Self {
        Self { deadline: Instant::now() + time, pause: FIRST_PAUSE }
    }

    /// Waits a moment; `false`, at once, when the time is up.
    pub(crate) async fn pause(&mut self) -> bool {
        if Instant::now() + self.pause > self.deadline {
            return false;
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

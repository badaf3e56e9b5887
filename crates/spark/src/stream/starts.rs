//! Starts of queries that the client may not have told its own listeners of yet.
//!
//! `onQueryStarted` is called by the client, from the answer to `start()`; all other events come by the stream of the
//! listener bus, which another thread of the client reads. So that a listener hears of the start first, the bus waits
//! until the client has released the start's operation, and a moment longer: nothing says when it has told.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::session::Operation;

/// How long a client may take to release the answer of a start.
const RELEASE: Duration = Duration::from_secs(1);
/// How long it then takes, at most, to tell its listeners.
const TELL: Duration = Duration::from_millis(50);

/// How many starts are under way.
#[derive(Debug, Default)]
pub(crate) struct Starts {
    open: watch::Sender<usize>,
}

/// A start under way.
#[derive(Debug)]
pub(crate) struct Start {
    open: watch::Sender<usize>,
}

impl Drop for Start {
    fn drop(&mut self) {
        self.open.send_modify(|open| *open = open.saturating_sub(1));
    }
}

impl Starts {
    /// A start begins; it is under way until [`Start::answered`] is through, or until it is dropped.
    pub(crate) fn begin(&self) -> Start {
        self.open.send_modify(|open| *open += 1);
        Start { open: self.open.clone() }
    }

    /// Returns when the client has told its listeners of all starts.
    pub(super) async fn none(&self) {
        // The sender lives as long as this does.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

impl Start {
    /// The answer is on its way to the client.
    pub(crate) fn answered(self, operation: Option<Arc<Operation>>) {
        tokio::spawn(async move {
            if let Some(operation) = operation {
                let _ = tokio::time::timeout(RELEASE, operation.released()).await;
            }
            tokio::time::sleep(TELL).await;
            drop(self);
        });
    }
}

//! The word that the broker goes down, for everything that waits.

use tokio::sync::{mpsc, watch};

/// Says the word; dropping it says it too.
#[derive(Debug)]
pub(crate) struct Shutdown(watch::Sender<bool>);

/// Hears the word. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Closing(watch::Receiver<bool>);

/// What ties a connection's task to its broker.
#[derive(Debug, Clone)]
pub(crate) struct Tie {
    /// As long as there is one, a connection is open.
    pub(crate) _alive: mpsc::Sender<()>,
    /// Said to connections that have not ended by themselves.
    pub(crate) cut: Closing,
}

/// Both ends.
pub(crate) fn channel() -> (Shutdown, Closing) {
    let (sender, receiver) = watch::channel(false);
    (Shutdown(sender), Closing(receiver))
}

impl Shutdown {
    pub(crate) fn say(&self) {
        self.0.send_replace(true);
    }
}

impl Closing {
    /// Whether the word was said.
    pub(crate) fn is_said(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits for it.
    pub(crate) async fn said(&mut self) {
        // An error means that the broker was dropped.
        let _ = self.0.wait_for(|said| *said).await.map(|_| ());
    }
}

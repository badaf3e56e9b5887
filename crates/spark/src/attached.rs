//! How many programs have a terminal on this server.
//!
//! `millstream submit` starts a server inside of itself when none runs; the programs that join it meanwhile must not
//! lose it with the first one's end.

use tokio::sync::watch;

/// The number of attached terminals, shared between the server and whoever waits for it to be none.
#[derive(Debug, Clone)]
pub struct Attached(watch::Sender<usize>);

impl Default for Attached {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Attached {
    /// Done when no terminal is attached.
    pub async fn none(&self) {
        // The sender is ours: the channel cannot be closed.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }

    pub(crate) fn set(&self, count: usize) {
        self.0.send_replace(count);
    }
}

#[cfg(test)]
mod tests {
    use super::Attached;

    #[tokio::test]
    async fn the_end_of_the_last_one_is_waited_for() {
        let attached = Attached::default();
        attached.none().await;
        attached.set(2);
        let waiting = tokio::spawn({
            let attached = attached.clone();
            async move { attached.none().await }
        });
        attached.set(1);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        attached.set(0);
        waiting.await.unwrap();
    }
}

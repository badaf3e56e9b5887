//! The order of a connection's Produce requests when one has to wait before it can append: those behind it wait too, so
//! that a producer's batches go into the log in the order in which they were sent.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot::{self, error::TryRecvError};

/// The turns of a connection.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// Done when the last one that waits is.
    last: Mutex<Option<oneshot::Receiver<()>>>,
}

/// A place in the order; dropping it lets the next one go on.
#[derive(Debug)]
pub(crate) struct Turn {
    before: Option<oneshot::Receiver<()>>,
    _done: oneshot::Sender<()>,
}

impl Turns {
    /// Whether nobody waits: then a request may do its work at once.
    pub(crate) fn is_free(&self) -> bool {
        let mut last = self.last();
        let waits = last.as_mut().is_some_and(|last| last.try_recv() == Err(TryRecvError::Empty));
        if !waits {
            *last = None;
        }
        !waits
    }

    /// Takes the place behind the last one.
    pub(crate) fn join(&self) -> Turn {
        let (done, last) = oneshot::channel();
        Turn { before: self.last().replace(last), _done: done }
    }

    fn last(&self) -> MutexGuard<'_, Option<oneshot::Receiver<()>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Waits until those before are done.
    pub(crate) async fn come(&mut self) {
        if let Some(before) = self.before.take() {
            // An error says the same: the one before has ended.
            let _ = before.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_waits_for_the_one_before() {
        let turns = Turns::default();
        assert!(turns.is_free());
        let mut first = turns.join();
        let mut second = turns.join();
        first.come().await;
        assert!(!turns.is_free());
        assert!(tokio::time::timeout(std::time::Duration::ZERO, second.come()).await.is_err());
        let mut third = turns.join();
        drop(first);
        drop(second);
        third.come().await;
        drop(third);
        assert!(turns.is_free());
    }
}

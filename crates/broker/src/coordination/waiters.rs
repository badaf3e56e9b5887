//! Who waits for an answer: a question gets a number, and the answer that carries the number goes to who asked.

use std::collections::HashMap;

use millstream_coordinator::WaiterId;
use tokio::sync::oneshot;

use crate::closing::Closing;

/// Those who wait for an answer.
#[derive(Debug)]
pub(crate) struct Waiters<R> {
    last: u64,
    senders: HashMap<WaiterId, oneshot::Sender<R>>,
}

impl<R> Waiters<R> {
    pub(crate) fn new() -> Self {
        Self { last: 0, senders: HashMap::new() }
    }

    /// Somebody who waits from now on, and where the answer comes.
    pub(crate) fn add(&mut self) -> (WaiterId, oneshot::Receiver<R>) {
        let (sender, answer) = oneshot::channel();
        self.last += 1;
        let waiter = WaiterId(self.last);
        self.senders.insert(waiter, sender);
        (waiter, answer)
    }

    /// Gives the answer. A client that has gone does not want it.
    pub(crate) fn answer(&mut self, waiter: WaiterId, response: R) {
        if let Some(sender) = self.senders.remove(&waiter) {
            let _ = sender.send(response);
        }
    }
}

/// Waits for the answer; none comes when the broker goes down first.
pub(crate) async fn answered<R>(answer: oneshot::Receiver<R>, closing: &Closing) -> Option<R> {
    let mut closing = closing.clone();
    tokio::select! {
        biased;
        answer = answer => answer.ok(),
        () = closing.said() => None,
    }
}

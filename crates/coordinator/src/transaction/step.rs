//! A step on its way to the disk, and what follows when it is there or never will be.

use crate::{AppendFailure, WaiterId};

use super::coordinator::{Coordinator, Turn};
use super::metadata::{Metadata, NO_EPOCH};
use super::{Producer, Response, TransactionError, TransactionState};

/// What a transactional id becomes, once its record is durable.
#[derive(Debug)]
pub(super) struct Step {
    /// Nothing: the id is forgotten.
    pub(super) next: Option<Metadata>,
    pub(super) then: Then,
}

/// Who waits for a step.
#[derive(Debug)]
pub(super) enum Then {
    /// A producer that takes the id.
    Initialised(WaiterId),
    /// A producer that takes an id whose open transaction has to be aborted before: it has to come again.
    Fenced(WaiterId),
    /// Partitions were added.
    Added(WaiterId),
    /// The outcome is fixed; the producer is told who it is afterwards.
    Prepared(WaiterId, Option<Producer>),
    /// Nobody.
    Nobody,
}

impl Coordinator {
    /// The step is durable, or never will be.
    pub(super) fn finish_step(&mut self, id: &str, result: Result<(), AppendFailure>, turn: &mut Turn) {
        let Some(transaction) = self.transactions.get_mut(id) else { return };
        let Some(step) = transaction.step.take() else { return };
        let Step { next, then } = *step;
        if let Err(failure) = result {
            let never_used = transaction.metadata.producer.epoch == NO_EPOCH;
            // The end of a transaction's time has come and could not be written down, or that of its markers.
            let state = transaction.metadata.state;
            let unfinished = state.is_prepared() || state == TransactionState::Ongoing;
            let again = unfinished && transaction.due_ms.is_none();
            respond(then, Err(failure.into()), turn);
            if never_used {
                self.forget(id, turn);
            } else if again {
                self.try_again(id, turn);
            }
            return self.add_queued(id, turn);
        }
        let Some(next) = next else { return self.forget(id, turn) };
        let producer = next.producer;
        transaction.metadata = next;
        respond(then, Ok(producer), turn);
        self.look_after(id, turn);
        self.add_queued(id, turn);
    }
}

fn respond(then: Then, result: Result<Producer, TransactionError>, turn: &mut Turn) {
    let (waiter, response) = match then {
        Then::Nobody => return,
        Then::Initialised(waiter) => (waiter, Response::Init(result)),
        Then::Fenced(waiter) => {
            let again = result.and(Err(TransactionError::ConcurrentTransactions));
            (waiter, Response::Init(again))
        }
        Then::Added(waiter) => (waiter, Response::AddPartitions(result.map(|_| ()))),
        Then::Prepared(waiter, after) => (waiter, Response::End(result.map(|_| after))),
    };
    turn.respond(waiter, response);
}

//! EndTxn: the producer commits or aborts. Answered when the outcome is durable; the markers follow.
//!
//! The second protocol bumps the epoch with every transaction, so that a request that comes again is told from the
//! next one: it carries the epoch before. What is answered when no transaction is open:
//!
//! | state, epoch of the request | abort | commit |
//! |---|---|---|
//! | Empty, before | fenced | fenced |
//! | Empty, present | bumps | INVALID_TXN_STATE |
//! | CompleteAbort, before | done already | INVALID_TXN_STATE |
//! | CompleteAbort, present | bumps | INVALID_TXN_STATE |
//! | CompleteCommit, before | INVALID_TXN_STATE | done already |
//! | CompleteCommit, present | bumps | INVALID_TXN_STATE |

use crate::WaiterId;

use super::coordinator::{Coordinator, Held, Turn};
use super::metadata::{Metadata, NO_ID, is_exhausted};
use super::step::Then;
use super::{BUMPS_EPOCHS, EndTransaction, Producer, Response, TransactionError, TransactionState};

/// What an EndTxn leads to.
enum Verdict {
    /// The outcome is to be written down.
    Prepare,
    /// It was done before.
    Done,
}

impl Coordinator {
    pub(super) fn end(&mut self, waiter: WaiterId, request: EndTransaction, turn: &mut Turn) {
        let bumps = request.client_version >= BUMPS_EPOCHS;
        let (verdict, producer) = match self.judge(&request) {
            Ok(judged) => judged,
            Err(error) => return turn.respond(waiter, Response::End(Err(error))),
        };
        match verdict {
            Verdict::Done => turn.respond(waiter, Response::End(Ok(bumps.then_some(producer)))),
            Verdict::Prepare => {
                let next_id = if bumps && is_exhausted(producer.epoch) {
                    let held = || Held::End(waiter, request.clone());
                    let Some(fresh) = self.fresh_id(held, turn) else { return };
                    fresh
                } else {
                    NO_ID
                };
                let EndTransaction { transactional_id: id, commit, client_version, .. } = request;
                let Some(transaction) = self.transactions.get(&id) else { return };
                let next = transaction.metadata.prepared(commit, client_version, next_id, turn.now_ms);
                let after = bumps.then(|| next.completed(turn.now_ms).producer);
                self.begin_step(&id, Some(next), Then::Prepared(waiter, after), turn);
            }
        }
    }

    fn judge(&self, request: &EndTransaction) -> Result<(Verdict, Producer), TransactionError> {
        if request.transactional_id.is_empty() {
            return Err(TransactionError::InvalidRequest);
        }
        let transaction = self.transactions.get(&request.transactional_id);
        let transaction = transaction.ok_or(TransactionError::InvalidProducerIdMapping)?;
        let metadata = &transaction.metadata;
        let verdict = if request.client_version >= BUMPS_EPOCHS {
            if transaction.is_busy() {
                return Err(TransactionError::ConcurrentTransactions);
            }
            second_protocol(metadata, request)
        } else {
            if metadata.producer.id != request.producer.id {
                return Err(TransactionError::InvalidProducerIdMapping);
            }
            if metadata.producer.epoch != request.producer.epoch {
                return Err(TransactionError::ProducerFenced);
            }
            if transaction.is_busy() {
                return Err(TransactionError::ConcurrentTransactions);
            }
            first_protocol(metadata.state, request.commit)
        };
        verdict.map(|verdict| (verdict, metadata.producer))
    }
}

fn first_protocol(state: TransactionState, commit: bool) -> Result<Verdict, TransactionError> {
    match state {
        TransactionState::Ongoing => Ok(Verdict::Prepare),
        state if state == TransactionState::complete(commit) => Ok(Verdict::Done),
        _ => Err(TransactionError::InvalidTxnState),
    }
}

fn second_protocol(metadata: &Metadata, request: &EndTransaction) -> Result<Verdict, TransactionError> {
    let (known, asked) = (metadata.producer, request.producer);
    // The epochs were used up by the transaction whose end is asked for again: the producer has another id since.
    let again_on_overflow =
        metadata.previous_id == asked.id && asked.epoch == i16::MAX - 1 && known.epoch == 0;
    let again_on_bump = asked.epoch.checked_add(1) == Some(known.epoch);
    if known.id != asked.id && !again_on_overflow {
        return Err(TransactionError::InvalidProducerIdMapping);
    }
    let complete =
        matches!(metadata.state, TransactionState::CompleteCommit | TransactionState::CompleteAbort);
    let again = complete && (again_on_bump || again_on_overflow);
    if !again && known.epoch != asked.epoch {
        return Err(TransactionError::ProducerFenced);
    }
    match metadata.state {
        TransactionState::Ongoing => Ok(Verdict::Prepare),
        state if again && state == TransactionState::complete(request.commit) => Ok(Verdict::Done),
        _ if again || request.commit => Err(TransactionError::InvalidTxnState),
        // Nothing was written: the abort bumps the epoch all the same, so that nothing of it can be written later.
        _ => Ok(Verdict::Prepare),
    }
}

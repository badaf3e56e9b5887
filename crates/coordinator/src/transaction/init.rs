//! InitProducerId: a producer takes a transactional id. Whoever had it before is fenced by the bumped epoch, and what
//! it has left open is aborted.

use crate::WaiterId;

use super::coordinator::{Coordinator, Held, Transaction, Turn};
use super::metadata::{Metadata, NO_EPOCH, is_exhausted};
use super::step::Then;
use super::{InitProducer, Producer, Response, TransactionError, TransactionState};

/// The longest text of a record's key.
const LONGEST_ID: usize = i16::MAX as usize;

impl Coordinator {
    pub(super) fn init(&mut self, waiter: WaiterId, request: InitProducer, turn: &mut Turn) {
        if let Err(error) = self.try_init(waiter, request, turn) {
            turn.respond(waiter, Response::Init(Err(error)));
        }
    }

    fn try_init(
        &mut self,
        waiter: WaiterId,
        request: InitProducer,
        turn: &mut Turn,
    ) -> Result<(), TransactionError> {
        let InitProducer { transactional_id: id, timeout_ms, expected } = &request;
        if id.is_empty() || id.len() > LONGEST_ID {
            return Err(TransactionError::InvalidRequest);
        }
        if !(1..=self.config.max_timeout_ms).contains(timeout_ms) {
            return Err(TransactionError::InvalidTransactionTimeout);
        }
        let Some(transaction) = self.transactions.get(id) else {
            let held = || Held::Init(waiter, request.clone());
            let Some(fresh) = self.fresh_id(held, turn) else { return Ok(()) };
            let unused = Metadata::new(fresh, *timeout_ms, turn.now_ms);
            self.transactions.insert(id.clone(), Box::new(Transaction::new(unused.clone())));
            let first = Producer { id: fresh, epoch: 0 };
            let next = unused.initialised(first, NO_EPOCH, *timeout_ms, turn.now_ms);
            self.begin_step(id, Some(next), Then::Initialised(waiter), turn);
            return Ok(());
        };
        if transaction.is_busy() {
            return Err(TransactionError::ConcurrentTransactions);
        }
        let metadata = &transaction.metadata;
        if expected.is_some_and(|expected| !is_its_producer(expected, metadata)) {
            return Err(TransactionError::ProducerFenced);
        }
        if metadata.state == TransactionState::Ongoing {
            let held = || Held::Init(waiter, request.clone());
            self.fence(id, Then::Fenced(waiter), held, turn);
            return Ok(());
        }
        let current = metadata.producer;
        let (to, last_epoch) = if is_exhausted(current.epoch)
            && expected.is_none_or(|expected| expected.epoch == current.epoch)
        {
            let last_epoch = if expected.is_some() { current.epoch } else { NO_EPOCH };
            let held = || Held::Init(waiter, request.clone());
            let Some(fresh) = self.fresh_id(held, turn) else { return Ok(()) };
            (Producer { id: fresh, epoch: 0 }, last_epoch)
        } else {
            bumped(metadata, *expected)?
        };
        let Some(transaction) = self.transactions.get(id) else { return Ok(()) };
        let next = transaction.metadata.initialised(to, last_epoch, *timeout_ms, turn.now_ms);
        self.begin_step(id, Some(next), Then::Initialised(waiter), turn);
        Ok(())
    }
}

/// Whether someone who was `expected` may go on as the id's producer (KIP-360). The epoch is looked at later.
fn is_its_producer(expected: Producer, metadata: &Metadata) -> bool {
    metadata.producer.epoch == NO_EPOCH
        || expected.id == metadata.producer.id
        // It has missed the answer that gave it another id.
        || (expected.id == metadata.previous_id && is_exhausted(expected.epoch))
}

/// The next epoch, or the present one again for who has missed the answer that gave it.
fn bumped(metadata: &Metadata, expected: Option<Producer>) -> Result<(Producer, i16), TransactionError> {
    let Producer { id, epoch } = metadata.producer;
    let next = epoch.checked_add(1).map(|epoch| Producer { id, epoch });
    let next = next.ok_or(TransactionError::ProducerFenced);
    match expected {
        None => Ok((next?, NO_EPOCH)),
        Some(expected) if epoch == NO_EPOCH || expected.epoch == epoch => Ok((next?, epoch)),
        Some(expected) if expected.epoch == metadata.last_epoch => {
            Ok((metadata.producer, metadata.last_epoch))
        }
        Some(_) => Err(TransactionError::ProducerFenced),
    }
}

//! AddPartitionsToTxn: a transaction begins, or grows. Produce and TxnOffsetCommit of the second protocol add by
//! themselves what they are about to write to.

use crate::WaiterId;

use super::coordinator::{Coordinator, Transaction, Turn};
use super::step::Then;
use super::{AddPartitions, Producer, Response, TransactionError, TransactionState};

/// Requests of one transactional id that wait for a step.
const MOST_QUEUED: usize = 32;

const CONCURRENT: Response = Response::AddPartitions(Err(TransactionError::ConcurrentTransactions));

impl Coordinator {
    pub(super) fn add_partitions(&mut self, waiter: WaiterId, request: AddPartitions, turn: &mut Turn) {
        let AddPartitions { transactional_id: id, producer, partitions, client_version } = request;
        let transaction = match self.of_producer(&id, producer) {
            Ok(transaction) => transaction,
            Err(TransactionError::ConcurrentTransactions) => {
                let request = AddPartitions { transactional_id: id, producer, partitions, client_version };
                return self.queue(waiter, request, turn);
            }
            Err(error) => return turn.respond(waiter, Response::AddPartitions(Err(error))),
        };
        let metadata = &transaction.metadata;
        let ongoing = metadata.state == TransactionState::Ongoing;
        if ongoing && partitions.iter().all(|partition| metadata.partitions.contains(partition)) {
            return turn.respond(waiter, Response::AddPartitions(Ok(())));
        }
        let next = metadata.with_partitions(partitions, client_version, turn.now_ms);
        self.begin_step(&id, Some(next), Then::Added(waiter), turn);
    }

    /// A step is on its way: usually the end of the last transaction, which takes a few milliseconds. The request waits
    /// for it, where Kafka would make the client ask again.
    fn queue(&mut self, waiter: WaiterId, request: AddPartitions, turn: &mut Turn) {
        match self.transactions.get_mut(&request.transactional_id) {
            Some(transaction) if transaction.queued.len() < MOST_QUEUED => {
                transaction.queued.push((waiter, request));
            }
            _ => turn.respond(waiter, CONCURRENT),
        }
    }

    /// Nothing is on its way any more: what has waited for that goes on.
    pub(super) fn add_queued(&mut self, id: &str, turn: &mut Turn) {
        while let Some(transaction) = self.transactions.get_mut(id) {
            if transaction.is_busy() || transaction.queued.is_empty() {
                return;
            }
            let (waiter, request) = transaction.queued.remove(0);
            self.add_partitions(waiter, request, turn);
        }
    }

    /// It takes longer: who has waited is told to come again.
    pub(super) fn send_away(&mut self, id: &str, turn: &mut Turn) {
        let Some(transaction) = self.transactions.get_mut(id) else { return };
        for (waiter, _) in std::mem::take(&mut transaction.queued) {
            turn.respond(waiter, CONCURRENT);
        }
    }

    /// The transaction of this producer, if it can take another step.
    fn of_producer(&self, id: &str, producer: Producer) -> Result<&Transaction, TransactionError> {
        if id.is_empty() {
            return Err(TransactionError::InvalidRequest);
        }
        let transaction = self.transactions.get(id).ok_or(TransactionError::InvalidProducerIdMapping)?;
        let known = transaction.metadata.producer;
        if transaction.is_busy() {
            Err(TransactionError::ConcurrentTransactions)
        } else if known.id != producer.id {
            Err(TransactionError::InvalidProducerIdMapping)
        } else if known.epoch != producer.epoch {
            Err(TransactionError::ProducerFenced)
        } else {
            Ok(transaction)
        }
    }
}

//! AddPartitionsToTxn: a transaction begins, or grows. Produce and TxnOffsetCommit of the second protocol add by
//! themselves what they are about to write to.

use crate::WaiterId;

use super::coordinator::{Coordinator, Transaction, Turn};
use super::step::Then;
use super::{AddPartitions, Producer, Response, TransactionError, TransactionState};

impl Coordinator {
    pub(super) fn add_partitions(&mut self, waiter: WaiterId, request: AddPartitions, turn: &mut Turn) {
        let AddPartitions { transactional_id: id, producer, partitions, client_version } = request;
        let transaction = match self.of_producer(&id, producer) {
            Ok(transaction) => transaction,
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

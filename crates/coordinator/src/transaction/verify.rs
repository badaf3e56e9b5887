//! Whether a producer may write to a partition: what Produce and TxnOffsetCommit ask before the first batch of a
//! transaction goes into a log, so that no record lies there that no marker will ever follow (KIP-890).

use super::coordinator::Coordinator;
use super::{Producer, TopicPartition, TransactionError};

impl Coordinator {
    /// Whether the partition is in this producer's open transaction. Whoever writes on the strength of this answer has
    /// to do it before the coordinator's next event.
    ///
    /// # Errors
    /// Why not; [`TransactionError::TransactionAbortable`] when the partition was not added.
    pub fn verify(
        &self,
        transactional_id: &str,
        producer: Producer,
        partition: &TopicPartition,
    ) -> Result<(), TransactionError> {
        if transactional_id.is_empty() {
            return Err(TransactionError::InvalidRequest);
        }
        let transaction = self.transactions.get(transactional_id);
        let metadata = &transaction.ok_or(TransactionError::InvalidProducerIdMapping)?.metadata;
        if metadata.producer.id != producer.id {
            Err(TransactionError::InvalidProducerIdMapping)
        } else if metadata.producer.epoch != producer.epoch {
            Err(TransactionError::ProducerFenced)
        } else if metadata.state.is_prepared() {
            Err(TransactionError::ConcurrentTransactions)
        } else if metadata.partitions.contains(partition) {
            Ok(())
        } else {
            Err(TransactionError::TransactionAbortable)
        }
    }
}

//! How transactions look from outside: ListTransactions and DescribeTransactions.

use super::coordinator::Coordinator;
use super::{Producer, TopicPartition, TransactionState};

/// A row of ListTransactions (key 66).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTransaction {
    /// The transactional id.
    pub transactional_id: String,
    /// Its producer id.
    pub producer_id: i64,
    /// Where it stands.
    pub state: TransactionState,
    /// When its transaction began, in ms since 1970; -1 for never.
    pub started_ms: i64,
}

/// One transactional id of DescribeTransactions (key 65).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedTransaction {
    /// Where it stands.
    pub state: TransactionState,
    /// Its producer.
    pub producer: Producer,
    /// How long a transaction may stay open, in ms.
    pub timeout_ms: i32,
    /// When the transaction began, in ms since 1970; -1 for never.
    pub started_ms: i64,
    /// When it came to this state, in ms since 1970.
    pub updated_ms: i64,
    /// The partitions in the transaction, sorted.
    pub partitions: Vec<TopicPartition>,
}

impl Coordinator {
    /// Every transactional id, sorted.
    pub fn list(&self) -> Vec<ListedTransaction> {
        // One that was never used is not there yet: its first record is on its way.
        let known = self.transactions.iter().filter(|(_, it)| it.metadata.producer.epoch >= 0);
        known
            .map(|(id, it)| ListedTransaction {
                transactional_id: id.clone(),
                producer_id: it.metadata.producer.id,
                state: it.metadata.state,
                started_ms: it.metadata.started_ms,
            })
            .collect()
    }

    /// One transactional id, if it is known.
    pub fn describe(&self, transactional_id: &str) -> Option<DescribedTransaction> {
        let metadata = &self.transactions.get(transactional_id)?.metadata;
        (metadata.producer.epoch >= 0).then(|| DescribedTransaction {
            state: metadata.state,
            producer: metadata.producer,
            timeout_ms: metadata.timeout_ms,
            started_ms: metadata.started_ms,
            updated_ms: metadata.updated_ms,
            partitions: metadata.partitions.to_vec(),
        })
    }
}

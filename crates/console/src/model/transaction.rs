//! Transactions: those that are open, those that ended, and what they hold back in the partitions.

use serde::Serialize;

/// Every transactional id, and the partitions that wait for one.
#[derive(Debug, Clone, Default)]
pub struct Transactions {
    /// Every transactional id, in any order.
    pub ids: Vec<Transaction>,
    /// Open transactions of partitions, as the partitions know them: the first of a partition holds its last stable
    /// offset back.
    pub open: Vec<OpenTransaction>,
}

/// A transactional id and its present or last transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Transaction {
    /// The transactional id.
    pub id: String,
    /// Kafka's name of its state: `Empty`, `Ongoing`, `PrepareCommit`, `CompleteAbort` ...
    pub state: String,
    /// Whether a transaction is open or about to end.
    pub in_flight: bool,
    /// The producer id.
    pub producer_id: i64,
    /// The producer's epoch.
    pub epoch: i16,
    /// How long a transaction may stay open, in milliseconds.
    pub timeout_ms: i32,
    /// When the open transaction began, in milliseconds since 1970 UTC; `None` when none is open.
    pub started_ms: Option<i64>,
    /// When the state was entered, in milliseconds since 1970 UTC.
    pub updated_ms: i64,
    /// Partitions in the transaction.
    pub partitions_total: usize,
    /// The first of them, by topic and number; never very many.
    pub partitions: Vec<(String, i32)>,
}

/// A transaction that is open in a partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OpenTransaction {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The producer id.
    pub producer_id: i64,
    /// The producer's epoch.
    pub epoch: i16,
    /// The transactional id that goes by this producer id; `None` when no coordinator knows it: a hanging transaction.
    pub id: Option<String>,
    /// The transaction's first offset in the partition.
    pub first_offset: i64,
    /// When the producer last wrote, in milliseconds since 1970 UTC, as its records say.
    pub last_ms: Option<i64>,
    /// Records of the partition that readers of committed records do not see yet.
    pub held_back: u64,
    /// Whether it is this transaction that holds the last stable offset back.
    pub is_first: bool,
}

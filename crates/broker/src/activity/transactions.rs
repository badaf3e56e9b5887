//! Transactions, and where they hold back readers of committed records.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use millstream_coordinator::transaction::TransactionState;

use super::Activity;
use crate::partition::{Partition, now_ms};

/// Beyond the longest time that a transaction may take.
const LATE: Duration = Duration::from_secs(5 * 60);
/// Partitions of one transaction that are told.
const PARTITIONS: usize = 100;
/// Open transactions of partitions that are told.
const OPEN: usize = 10_000;

/// A transactional id and its present or last transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionView {
    /// `transactional.id`.
    pub transactional_id: String,
    /// Kafka's name of its state (`Ongoing`, `CompleteCommit`, ...).
    pub state: &'static str,
    /// A transaction is open, or its end is not told to every partition yet.
    pub in_flight: bool,
    /// The producer id.
    pub producer_id: i64,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// How long a transaction may stay open, in ms.
    pub timeout_ms: i32,
    /// When the transaction began, in ms since 1970; -1 for never.
    pub started_ms: i64,
    /// When it came to this state, in ms since 1970.
    pub updated_ms: i64,
    /// How many partitions are in the transaction.
    pub partition_count: usize,
    /// The first of them, by topic and index.
    pub partitions: Vec<(String, i32)>,
}

/// A transaction that a partition waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTransactionView {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The producer id.
    pub producer_id: i64,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// Who goes by this producer id, as far as anybody knows.
    pub transactional_id: Option<String>,
    /// The transaction's first offset there.
    pub first_offset: i64,
    /// Timestamp of the producer's last batch there, in ms since 1970; -1 for none.
    pub last_timestamp: i64,
    /// Where readers of committed records stand.
    pub last_stable_offset: i64,
    /// Where the others stand.
    pub high_watermark: i64,
}

impl Activity {
    /// How many transactional ids are in each state, by Kafka's names; a state that none is in is told as well.
    pub fn transaction_states(&self) -> Vec<(&'static str, usize)> {
        let listed = self.shared.transactions.list();
        let of = |state: TransactionState| listed.iter().filter(|listed| listed.state == state).count();
        TransactionState::ALL.into_iter().map(|state| (state.name(), of(state))).collect()
    }

    /// Every transactional id.
    pub fn transactions(&self) -> Vec<TransactionView> {
        let transactions = &self.shared.transactions;
        let view = |id: String| {
            let described = transactions.describe(&id)?;
            Some(TransactionView {
                transactional_id: id,
                state: described.state.name(),
                in_flight: !described.state.is_at_rest(),
                producer_id: described.producer.id,
                producer_epoch: described.producer.epoch,
                timeout_ms: described.timeout_ms,
                started_ms: described.started_ms,
                updated_ms: described.updated_ms,
                partition_count: described.partitions.len(),
                partitions: described.partitions.into_iter().take(PARTITIONS).collect(),
            })
        };
        transactions.list().into_iter().filter_map(|listed| view(listed.transactional_id)).collect()
    }

    /// How many partitions wait for a transaction whose producer has been silent for longer than any transaction may
    /// take, with five minutes for its end (Kafka's `PartitionsWithLateTransactionsCount`).
    pub fn late_transactions(&self) -> usize {
        let patience = self.shared.config.transaction_max_timeout + LATE;
        let patience = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        let now = now_ms();
        let is_late = |open: &OpenTransactionView| {
            open.last_timestamp >= 0 && now.saturating_sub(open.last_timestamp) > patience
        };
        let late = self.open_transactions().into_iter().filter(is_late);
        late.map(|open| (open.topic, open.partition)).collect::<BTreeSet<_>>().len()
    }

    /// The open transactions of every partition that has one, the one that holds it back before the others.
    pub fn open_transactions(&self) -> Vec<OpenTransactionView> {
        let listed = self.shared.transactions.list().into_iter();
        let ids: HashMap<i64, String> =
            listed.map(|listed| (listed.producer_id, listed.transactional_id)).collect();
        let waits = |partition: &&std::sync::Arc<Partition>| {
            partition.log.last_stable_offset() < partition.high_watermark()
        };
        let partitions = self.shared.catalog.partitions();
        partitions.iter().filter(waits).flat_map(|partition| open(partition, &ids)).take(OPEN).collect()
    }
}

fn open(partition: &Partition, ids: &HashMap<i64, String>) -> Vec<OpenTransactionView> {
    let (last_stable_offset, high_watermark) =
        (partition.log.last_stable_offset(), partition.high_watermark());
    let view = |producer: millstream_log::ProducerView| {
        Some(OpenTransactionView {
            topic: partition.topic.to_string(),
            partition: partition.index,
            producer_id: producer.producer_id,
            producer_epoch: producer.epoch,
            transactional_id: ids.get(&producer.producer_id).cloned(),
            first_offset: producer.transaction?,
            last_timestamp: producer.last_timestamp,
            last_stable_offset,
            high_watermark,
        })
    };
    let mut open: Vec<_> = partition.log.producers().into_iter().filter_map(view).collect();
    open.sort_unstable_by_key(|open| open.first_offset);
    open
}

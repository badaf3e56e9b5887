//! Transactions, from the broker's words to the page's.

use millstream_broker::{Activity, OpenTransactionView, TransactionView};
use millstream_console::model::{OpenTransaction, Transaction, Transactions};

/// All there is of them.
pub fn all(activity: &Activity) -> Transactions {
    let mut before: Option<(String, i32)> = None;
    let open = activity.open_transactions().into_iter().map(|view| {
        let place = (view.topic.clone(), view.partition);
        let is_first = before.as_ref() != Some(&place);
        before = Some(place);
        open(view, is_first)
    });
    let open = open.collect();
    Transactions { ids: activity.transactions().into_iter().map(transaction).collect(), open }
}

fn transaction(view: TransactionView) -> Transaction {
    Transaction {
        id: view.transactional_id,
        state: view.state.to_owned(),
        in_flight: view.in_flight,
        producer_id: view.producer_id,
        epoch: view.producer_epoch,
        timeout_ms: view.timeout_ms,
        started_ms: Some(view.started_ms).filter(|at| view.in_flight && *at >= 0),
        updated_ms: view.updated_ms,
        partitions_total: view.partition_count,
        partitions: view.partitions,
    }
}

fn open(view: OpenTransactionView, is_first: bool) -> OpenTransaction {
    let held_back = view.high_watermark.saturating_sub(view.last_stable_offset);
    OpenTransaction {
        topic: view.topic,
        partition: view.partition,
        producer_id: view.producer_id,
        epoch: view.producer_epoch,
        id: view.transactional_id,
        first_offset: view.first_offset,
        last_ms: Some(view.last_timestamp).filter(|at| *at >= 0),
        held_back: u64::try_from(held_back).unwrap_or(0),
        is_first,
    }
}

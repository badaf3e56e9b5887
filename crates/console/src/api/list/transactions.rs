//! The transactions: those in flight before the others, then those that ended last, if nobody says; and what holds
//! back readers of committed records.

use std::cmp::Ordering;

use serde::Serialize;

use super::{Ask, Listed, Page};
use crate::model::{Model, OpenTransaction, Transaction};

/// Open transactions of partitions that are listed.
const OPEN: usize = 200;
/// Partitions of one transaction that are listed.
const PARTITIONS: usize = 20;

/// A part of the list.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    #[serde(flatten)]
    page: Page<Transaction>,
    /// How many are open, or about to end.
    in_flight: usize,
    /// Transactions that partitions wait for.
    open_total: usize,
    /// Those that hold the most back.
    open: Vec<OpenTransaction>,
}

impl Listed for Transaction {
    fn has(&self, passes: impl Fn(&str) -> bool) -> bool {
        [&self.id, &self.state, &self.producer_id.to_string()].into_iter().any(|text| passes(text))
            || self.partitions.iter().any(|(topic, _)| passes(topic))
    }

    fn by(column: &str, a: &Self, b: &Self) -> Ordering {
        let by = match column {
            "id" => Ordering::Equal,
            "state" => a.state.cmp(&b.state),
            "producer_id" => a.producer_id.cmp(&b.producer_id),
            "timeout" => a.timeout_ms.cmp(&b.timeout_ms),
            "partitions" => a.partitions_total.cmp(&b.partitions_total),
            // The older it is, the earlier it began.
            "age" => b.started_ms.cmp(&a.started_ms),
            "updated" => a.updated_ms.cmp(&b.updated_ms),
            _ if a.in_flight && b.in_flight => a.started_ms.cmp(&b.started_ms),
            _ => b.in_flight.cmp(&a.in_flight).then_with(|| b.updated_ms.cmp(&a.updated_ms)),
        };
        by.then_with(|| a.id.cmp(&b.id))
    }

    fn bound(&mut self) {
        self.partitions.truncate(PARTITIONS);
    }
}

pub(super) fn part(model: &dyn Model, ask: &Ask) -> Part {
    let mut all = model.transactions();
    let in_flight = all.ids.iter().filter(|transaction| transaction.in_flight).count();
    let open_total = all.open.len();
    all.open.sort_by(|a, b| {
        let order = (b.is_first, b.held_back).cmp(&(a.is_first, a.held_back));
        order.then_with(|| {
            (&a.topic, a.partition, a.first_offset).cmp(&(&b.topic, b.partition, b.first_offset))
        })
    });
    all.open.truncate(OPEN);
    Part { page: Page::of(all.ids, ask), in_flight, open_total, open: all.open }
}

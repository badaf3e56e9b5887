//! Appends to an internal topic that are not durable yet. They are reported in the order in which they were made, one
//! partition beside the other.
//!
//! A partition has an entry in the map exactly as long as a reporter watches it. An append is taken out before it is
//! reported, and the entry stays meanwhile: what the report leads to is queued behind it and has its reporter already.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::partition::Partition;

/// Queues of appends by partition, `T` saying whose each is.
#[derive(Debug)]
pub(crate) struct Appends<T>(HashMap<i32, VecDeque<(i64, T)>>);

/// What is to be done about a partition now.
#[derive(Debug)]
pub(crate) enum Append<T> {
    /// This append is to be reported, as durable or as lost.
    Done { what: T, durable: bool },
    /// The next one is not durable yet.
    Pending,
    /// There is none, and nobody watches any more.
    None,
}

impl<T> Appends<T> {
    pub(crate) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Remembers an append until it is reported. True if the partition has no reporter yet: then it needs one.
    #[must_use]
    pub(crate) fn add(&mut self, partition: i32, last_offset: i64, what: T) -> bool {
        let is_new = !self.0.contains_key(&partition);
        self.0.entry(partition).or_default().push_back((last_offset, what));
        is_new
    }

    /// Takes out the next append to report, if it lies below the high watermark or the partition is `closed`.
    pub(crate) fn next(&mut self, partition: i32, high_watermark: i64, closed: bool) -> Append<T> {
        let Some(queue) = self.0.get_mut(&partition) else { return Append::None };
        match queue.pop_front() {
            Some((last_offset, what)) if closed || last_offset < high_watermark => {
                Append::Done { what, durable: last_offset < high_watermark }
            }
            Some(pending) => {
                queue.push_front(pending);
                Append::Pending
            }
            None => {
                self.0.remove(&partition);
                Append::None
            }
        }
    }
}

/// A reporter's life: hands each new high watermark to `report`, and whether it is the last, until that says that
/// nothing is left.
pub(crate) async fn until_durable(partition: Arc<Partition>, report: impl Fn(i64, bool) -> bool) {
    let mut moves = partition.subscribe();
    loop {
        let high_watermark = *moves.borrow_and_update();
        if report(high_watermark, false) {
            return;
        }
        if moves.changed().await.is_err() {
            let high_watermark = *moves.borrow();
            report(high_watermark, true);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports all that can be: what, and whether it was durable.
    fn report(appends: &mut Appends<char>, high_watermark: i64, closed: bool) -> (String, bool) {
        let mut reported = String::new();
        loop {
            match appends.next(0, high_watermark, closed) {
                Append::Done { what, durable } => reported.extend([what, if durable { '+' } else { '-' }]),
                Append::Pending => return (reported, false),
                Append::None => return (reported, true),
            }
        }
    }

    #[test]
    fn appends_are_reported_in_order_and_a_partition_has_one_reporter() {
        let mut appends = Appends::new();
        assert!(appends.add(0, 1, 'a'), "the first needs a reporter");
        assert!(!appends.add(0, 3, 'b'));
        assert!(appends.add(1, 0, 'x'), "another partition, another reporter");
        assert_eq!(report(&mut appends, 1, false), (String::new(), false));
        assert_eq!(report(&mut appends, 2, false), ("a+".to_owned(), false));
        assert!(matches!(appends.next(0, 4, false), Append::Done { what: 'b', durable: true }));
        assert!(!appends.add(0, 4, 'c'), "what a report leads to has its reporter");
        assert_eq!(report(&mut appends, 4, true), ("c-".to_owned(), true));
        assert!(appends.add(0, 5, 'd'), "the reporter has gone");
    }
}

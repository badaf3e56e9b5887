//! Offsets in a transaction: their marker takes its turn behind them.

use std::sync::Arc;

use millstream_coordinator::TransactionEnd;
use millstream_log::AppendError;
use tokio::sync::oneshot;

use super::{Appended, Groups};
use crate::partition::Partition;

/// Says whether a marker is on disk, after the offsets that it settles are settled.
pub(crate) type MarkerWritten = oneshot::Receiver<bool>;

impl Groups {
    /// Writes the marker that ends a transaction to a partition of `__consumer_offsets`, of which there are so many.
    /// `append` puts it into the log and gives its offset.
    pub(crate) fn end_transaction(
        self: &Arc<Self>,
        partition: &Arc<Partition>,
        partitions: i32,
        producer_id: i64,
        committed: bool,
        append: impl FnOnce() -> Result<i64, AppendError>,
    ) -> Result<MarkerWritten, AppendError> {
        let (sender, written) = oneshot::channel();
        let mut state = self.state();
        let last_offset = append()?;
        let end = TransactionEnd { producer_id, committed, partition: partition.index, partitions };
        self.appended(&mut state, Arc::clone(partition), last_offset, Appended::Marker(end, sender));
        Ok(written)
    }

    /// The group's partitions that have an offset of an open transaction.
    pub(crate) fn unstable(&self, group: &str) -> Vec<(String, i32)> {
        let state = self.state();
        state.coordinator.unstable(group).map(|(topic, partition)| (topic.to_owned(), partition)).collect()
    }
}

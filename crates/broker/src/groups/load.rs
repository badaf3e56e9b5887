//! Loading the groups from `__consumer_offsets` when the broker starts.

use std::sync::Arc;

use millstream_coordinator::{Coordinator, OFFSETS_TOPIC, RecordError};
use millstream_log::{ReadError, ReadLimits};
use millstream_wire::records::{BadBatch, Batches, Budget, RecordsError};

use super::Groups;
use crate::partition::{Partition, now_ms};

/// Bytes read at a time.
const READ_BYTES: usize = 1 << 20;

/// Why the groups could not be loaded.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Batch(#[from] BadBatch),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl Groups {
    /// Replays every partition; blocks on the disk. A partition that cannot be replayed goes offline, and with it the
    /// groups that belong to it.
    pub(crate) fn load(self: &Arc<Self>) {
        let Some(topic) = self.catalog.topic(OFFSETS_TOPIC) else { return };
        let mut state = self.state();
        for partition in topic.online() {
            if let Err(error) = replay(&mut state.coordinator, partition) {
                let directory = partition.log.dir().display();
                tracing::error!(%directory, "offline, with its groups: {error}. Put it back from a copy and restart");
                self.catalog.take_offline(partition);
            }
        }
        // Topics that went while the broker was down take their offsets with them only when they are known to be gone.
        self.follow_metadata(&mut state);
        let effects = state.coordinator.loaded(now_ms());
        self.perform(&mut state, effects);
    }
}

fn replay(coordinator: &mut Coordinator, partition: &Partition) -> Result<(), LoadError> {
    let mut offset = partition.log.log_start_offset();
    let end = partition.high_watermark();
    while offset < end {
        let limits = ReadLimits { max_bytes: READ_BYTES, min_one_batch: true, upper_bound: end };
        let bytes = partition.log.read(offset, limits)?;
        if bytes.is_empty() {
            break;
        }
        for batch in Batches::verified(bytes) {
            let batch = batch?;
            offset = batch.header.next_offset();
            if batch.header.attributes.is_control() {
                continue;
            }
            for record in batch.records(Budget::default())? {
                let record = record?;
                if let Some(key) = &record.key {
                    coordinator.replay(key, record.value.as_deref())?;
                }
            }
        }
    }
    Ok(())
}

//! Loading the groups from `__consumer_offsets` when the broker starts.

use std::sync::Arc;

use millstream_coordinator::{OFFSETS_TOPIC, TransactionEnd};

use super::Groups;
use crate::partition::now_ms;
use crate::replay::replay;

impl Groups {
    /// Replays every partition; blocks on the disk. A partition that cannot be replayed goes offline, and with it the
    /// groups that belong to it.
    pub(crate) fn load(self: &Arc<Self>) {
        let Some(topic) = self.catalog.topic(OFFSETS_TOPIC) else { return };
        let partitions = i32::try_from(topic.partitions.len()).unwrap_or(1);
        let mut state = self.state();
        for partition in topic.online() {
            let coordinator = &mut state.coordinator;
            let replayed =
                replay(partition, |batch| match (batch.in_transaction_of(), batch.end_marker()?) {
                    (Some(producer_id), Some(end)) => {
                        let (partition, committed) = (partition.index, end.committed);
                        coordinator.replay_end(TransactionEnd {
                            producer_id,
                            committed,
                            partition,
                            partitions,
                        });
                        Ok(())
                    }
                    (Some(producer_id), None) => {
                        batch.each(|key, value| coordinator.replay_in(producer_id, key, value))
                    }
                    (None, _) => batch.each(|key, value| coordinator.replay(key, value)),
                });
            if let Err(error) = replayed {
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

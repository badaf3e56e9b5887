//! Loading the transactions from `__transaction_state` when the broker starts. What was prepared is completed.

use std::sync::Arc;

use millstream_coordinator::transaction::TRANSACTION_TOPIC;

use super::Transactions;
use crate::partition::now_ms;
use crate::replay::replay;

impl Transactions {
    /// Replays every partition; blocks on the disk. A partition that cannot be replayed goes offline, and with it the
    /// transactions that belong to it.
    pub(crate) fn load(self: &Arc<Self>) {
        let Some(topic) = self.catalog.topic(TRANSACTION_TOPIC) else { return };
        let mut state = self.state();
        state.coordinator.set_version(self.version());
        for partition in topic.online() {
            let coordinator = &mut state.coordinator;
            let replayed = replay(partition, |batch| batch.each(|key, value| coordinator.replay(key, value)));
            if let Err(error) = replayed {
                let directory = partition.log.dir().display();
                tracing::error!(%directory, "offline, with its transactions: {error}. Put it back from a copy and restart");
                self.catalog.take_offline(partition);
            }
        }
        let effects = state.coordinator.loaded(now_ms());
        self.perform(&mut state, effects);
    }
}

//! Time is up: for a transaction that stays open too long, for an id that nobody uses any more.

use super::coordinator::{Coordinator, Held, Turn};
use super::metadata::{NO_EPOCH, NO_ID, is_exhausted};
use super::step::Then;
use super::{BUMPS_EPOCHS, TransactionState};

impl Coordinator {
    /// Looks at every id that is due.
    pub(super) fn tick(&mut self, turn: &mut Turn) {
        while let Some(id) = self.pop_due(turn.now_ms) {
            let Some(transaction) = self.transactions.get(&id) else { continue };
            if transaction.step.is_some() {
                // What is on its way may fail: then somebody has to look again.
                self.try_again(&id, turn);
            } else if transaction.metadata.state.is_prepared() {
                self.write_markers(&id, turn);
            } else {
                self.time_out(&id, turn);
            }
        }
    }

    /// Aborts an open transaction whose time is up, with an epoch that its producer does not have.
    pub(super) fn time_out(&mut self, id: &str, turn: &mut Turn) {
        let Some(transaction) = self.transactions.get(id) else { return };
        let over = transaction.metadata.deadline().is_some_and(|deadline| deadline <= turn.now_ms);
        if over && !transaction.is_busy() {
            self.fence(id, Then::Nobody, || Held::Timeout(id.to_owned()), turn);
        }
    }

    /// Aborts an open transaction and bumps the epoch, so that its producer can do nothing more.
    pub(super) fn fence(&mut self, id: &str, then: Then, held: impl FnOnce() -> Held, turn: &mut Turn) {
        let version = self.config.version;
        let Some(transaction) = self.transactions.get(id) else { return };
        let next_id = if version >= BUMPS_EPOCHS && is_exhausted(transaction.metadata.producer.epoch) {
            let Some(fresh) = self.fresh_id(held, turn) else { return };
            fresh
        } else {
            NO_ID
        };
        let Some(transaction) = self.transactions.get(id) else { return };
        let mut next = transaction.metadata.prepared(false, version, next_id, turn.now_ms);
        if version < BUMPS_EPOCHS {
            next.producer.epoch = transaction.metadata.producer.epoch.saturating_add(1);
            next.last_epoch = NO_EPOCH;
            next.client_version = 0;
        }
        self.begin_step(id, Some(next), then, turn);
    }

    /// Forgets the ids that nobody has used for `transactional.id.expiration.ms`.
    pub(super) fn expire_ids(&mut self, turn: &mut Turn) {
        let oldest = turn.now_ms.saturating_sub(self.config.id_expiration_ms);
        let ids: Vec<String> = self
            .transactions
            .iter()
            .filter(|(_, transaction)| {
                let metadata = &transaction.metadata;
                let unused = metadata.updated_ms <= oldest && metadata.state != TransactionState::Ongoing;
                unused && !transaction.is_busy()
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in ids {
            self.begin_step(&id, None, Then::Nobody, turn);
        }
    }
}

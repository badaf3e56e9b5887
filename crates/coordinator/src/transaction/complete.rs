//! The second half of a transaction's end: markers in every partition, then the record that says so.

use super::coordinator::{Coordinator, Turn};
use super::step::Then;
use super::{Effect, Markers};

/// How long to wait before markers, or the record after them, are tried again.
const BEFORE_RETRY_MS: i64 = 1_000;

impl Coordinator {
    /// Asks for the markers of what is prepared; who has touched no partition needs none.
    pub(super) fn write_markers(&mut self, id: &str, turn: &mut Turn) {
        let Some(transaction) = self.transactions.get(id) else { return };
        let metadata = &transaction.metadata;
        if metadata.partitions.is_empty() {
            return self.complete(id, turn);
        }
        let markers = Markers {
            transactional_id: id.to_owned(),
            producer: metadata.producer,
            commit: metadata.state == super::TransactionState::PrepareCommit,
            partitions: metadata.partitions.to_vec(),
            version: metadata.client_version,
        };
        let token = self.markers_token(id);
        turn.effects.push(Effect::WriteMarkers { token, markers });
    }

    /// Every partition has its marker, or one of them not yet.
    pub(super) fn markers_written(&mut self, id: &str, all: bool, turn: &mut Turn) {
        if all {
            self.complete(id, turn);
        } else {
            self.try_again(id, turn);
        }
    }

    fn complete(&mut self, id: &str, turn: &mut Turn) {
        let Some(transaction) = self.transactions.get(id) else { return };
        if transaction.step.is_none() && transaction.metadata.state.is_prepared() {
            let next = transaction.metadata.completed(turn.now_ms);
            self.begin_step(id, Some(next), Then::Nobody, turn);
        }
    }

    /// What could not be done now is done a little later.
    pub(super) fn try_again(&mut self, id: &str, turn: &mut Turn) {
        self.send_away(id, turn);
        self.look_again(id, Some(turn.now_ms.saturating_add(BEFORE_RETRY_MS)));
    }
}

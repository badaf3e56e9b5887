//! Transactions: the async driver around the coordinator's state machine.
//!
//! As with groups, nothing here decides anything: a request becomes an event and waits on a channel of its own, records
//! go to `__transaction_state` and are reported when they are durable, markers to the partitions that they end.
//!
//! The lock is held for one event and its appends to the page cache, never across an await. [`Transactions::write_in`]
//! holds it too while the first batch of a transaction goes into a log: so no transaction ends between the question
//! whether it is open and the append, and every record in a log has a marker behind it some day. Lock order:
//! transactions before groups.

mod load;
mod markers;
mod state_topic;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use millstream_coordinator::transaction::{
    Config, Coordinator, DescribedTransaction, Effect, Event, ListedTransaction, Producer, Response,
    TopicPartition, TransactionError,
};
use millstream_coordinator::{AppendFailure, AppendToken, WaiterId};
use millstream_wire::ErrorCode;
use tokio::sync::{Notify, oneshot};

pub(crate) use markers::{Marker, MarkerFailure};

use crate::api::Refusal;
use crate::catalog::Catalog;
use crate::closing::Closing;
use crate::flusher::Flusher;
use crate::groups::Groups;
use crate::partition::{Partition, now_ms};
use crate::producer_ids::ProducerIds;

/// How long the ticker sleeps when nothing is due.
const NOTHING_DUE: Duration = Duration::from_secs(60);

/// The feature that says how transactions are done (KIP-890).
const FEATURE: &str = "transaction.version";

/// All transactional ids of this broker.
#[derive(Debug)]
pub(crate) struct Transactions {
    catalog: Arc<Catalog>,
    flusher: Arc<Flusher>,
    groups: Arc<Groups>,
    producer_ids: Arc<ProducerIds>,
    state: Mutex<State>,
    /// The next deadline may be earlier than the ticker thinks.
    sooner: Notify,
    closing: Closing,
}

#[derive(Debug)]
struct State {
    coordinator: Coordinator,
    next_waiter: u64,
    waiters: HashMap<WaiterId, oneshot::Sender<Response>>,
    /// Appends that are not durable yet, by partition of `__transaction_state`.
    parked: HashMap<i32, VecDeque<Parked>>,
    /// When the ticker wakes up, in ms since 1970.
    ticks_at: i64,
}

#[derive(Debug)]
struct Parked {
    last_offset: i64,
    token: AppendToken,
}

impl Transactions {
    pub(crate) fn new(
        config: Config,
        catalog: Arc<Catalog>,
        flusher: Arc<Flusher>,
        groups: Arc<Groups>,
        producer_ids: Arc<ProducerIds>,
        closing: Closing,
    ) -> Self {
        let state = State {
            coordinator: Coordinator::new(config),
            next_waiter: 0,
            waiters: HashMap::new(),
            parked: HashMap::new(),
            ticks_at: i64::MAX,
        };
        let (state, sooner) = (Mutex::new(state), Notify::new());
        Self { catalog, flusher, groups, producer_ids, state, sooner, closing }
    }

    /// Asks the coordinator, and waits for its answer. An error of this level means that the broker is going down.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        event: impl FnOnce(WaiterId) -> Event,
    ) -> Result<Response, TransactionError> {
        let (sender, answer) = oneshot::channel();
        {
            let mut state = self.state();
            state.next_waiter += 1;
            let waiter = WaiterId(state.next_waiter);
            state.waiters.insert(waiter, sender);
            self.step(&mut state, event(waiter));
        }
        let mut closing = self.closing.clone();
        tokio::select! {
            biased;
            answer = answer => answer.map_err(|_| TransactionError::CoordinatorNotAvailable),
            () = closing.said() => Err(TransactionError::CoordinatorNotAvailable),
        }
    }

    /// Runs `write`, which appends to the partition, if that is in the producer's open transaction; nothing happens to
    /// the transaction meanwhile.
    pub(crate) fn write_in<T>(
        &self,
        transactional_id: &str,
        producer: Producer,
        partition: &TopicPartition,
        write: impl FnOnce() -> T,
    ) -> Result<T, TransactionError> {
        let state = self.state();
        state.coordinator.verify(transactional_id, producer, partition)?;
        Ok(write())
    }

    /// Whether the partition is in the producer's open transaction, as it stands now.
    pub(crate) fn verify(
        &self,
        transactional_id: &str,
        producer: Producer,
        partition: &TopicPartition,
    ) -> Result<(), TransactionError> {
        self.state().coordinator.verify(transactional_id, producer, partition)
    }

    /// Every transactional id.
    pub(crate) fn list(&self) -> Vec<ListedTransaction> {
        self.state().coordinator.list()
    }

    /// One transactional id, if it is known.
    pub(crate) fn describe(&self, transactional_id: &str) -> Option<DescribedTransaction> {
        self.state().coordinator.describe(transactional_id)
    }

    /// Forgets the transactional ids that nobody has used for long.
    pub(crate) fn expire_ids(self: &Arc<Self>) {
        self.step(&mut self.state(), Event::ExpireIds);
    }

    /// Wakes the coordinator at its deadlines until the broker goes down.
    pub(crate) async fn tick(self: Arc<Self>) {
        let mut closing = self.closing.clone();
        loop {
            let sleep = {
                let mut state = self.state();
                let due = state.coordinator.next_deadline();
                state.ticks_at = due.unwrap_or(i64::MAX);
                due.map_or(NOTHING_DUE, |due| {
                    Duration::from_millis(u64::try_from(due.saturating_sub(now_ms())).unwrap_or(0))
                })
            };
            tokio::select! {
                () = tokio::time::sleep(sleep.min(NOTHING_DUE)) => self.step(&mut self.state(), Event::Tick),
                () = self.sooner.notified() => {}
                () = closing.said() => return,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The level of `transaction.version` now.
    fn version(&self) -> i16 {
        self.catalog.image().features().get(FEATURE).copied().unwrap_or(0)
    }

    /// One event, and everything that follows from it.
    fn step(self: &Arc<Self>, state: &mut State, event: Event) {
        state.coordinator.set_version(self.version());
        let effects = state.coordinator.handle(now_ms(), event);
        self.perform(state, effects);
        if state.coordinator.next_deadline().is_some_and(|due| due < state.ticks_at) {
            self.sooner.notify_one();
        }
    }

    fn perform(self: &Arc<Self>, state: &mut State, effects: Vec<Effect>) {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Respond { waiter, response } => {
                    if let Some(sender) = state.waiters.remove(&waiter) {
                        // A client that has gone does not want its answer.
                        let _ = sender.send(response);
                    }
                }
                Effect::Append { token, transactional_id, record } => {
                    match state_topic::append(&self.catalog, &self.flusher, &transactional_id, &record) {
                        Ok((partition, last_offset)) => {
                            self.park(state, partition, Parked { last_offset, token });
                        }
                        Err(failure) => {
                            let failed = Event::Appended(token, Err(failure));
                            effects.extend(state.coordinator.handle(now_ms(), failed));
                        }
                    }
                }
                Effect::WriteMarkers { token, markers } => {
                    let transactions = Arc::clone(self);
                    tokio::spawn(async move {
                        let all = transactions.write_markers(&markers).await;
                        transactions.step(&mut transactions.state(), Event::MarkersWritten(token, all));
                    });
                }
                Effect::TakeProducerId => {
                    let transactions = Arc::clone(self);
                    tokio::spawn(async move {
                        let id = transactions.producer_ids.next(&transactions.catalog).await;
                        let id = id
                            .inspect_err(|error| tracing::error!(%error, "no producer id could be reserved"));
                        transactions.step(&mut transactions.state(), Event::ProducerId(id.ok()));
                    });
                }
            }
        }
    }

    /// Remembers an append until it is durable.
    fn park(self: &Arc<Self>, state: &mut State, partition: Arc<Partition>, parked: Parked) {
        let queue = state.parked.entry(partition.index).or_default();
        queue.push_back(parked);
        if queue.len() == 1 {
            tokio::spawn(Arc::clone(self).report(partition));
        }
    }

    /// Reports the appends to one partition as they become durable, until none is left.
    async fn report(self: Arc<Self>, partition: Arc<Partition>) {
        let mut moves = partition.subscribe();
        loop {
            let high_watermark = *moves.borrow_and_update();
            if self.report_until(partition.index, high_watermark, false) {
                return;
            }
            if moves.changed().await.is_err() {
                let high_watermark = *moves.borrow();
                self.report_until(partition.index, high_watermark, true);
                return;
            }
        }
    }

    /// True if no append to the partition is left.
    fn report_until(self: &Arc<Self>, index: i32, high_watermark: i64, closed: bool) -> bool {
        let mut state = self.state();
        while let Some(parked) = state.parked.get(&index).and_then(VecDeque::front) {
            let (durable, token) = (parked.last_offset < high_watermark, parked.token);
            if !durable && !closed {
                return false;
            }
            let result = if durable { Ok(()) } else { Err(AppendFailure::Storage) };
            // Reported before it is removed: what this leads to is parked behind it, and has its reporter.
            self.step(&mut state, Event::Appended(token, result));
            if let Some(queue) = state.parked.get_mut(&index) {
                queue.pop_front();
            }
        }
        state.parked.remove(&index);
        true
    }
}

/// The wire's error code. Clients older than PRODUCER_FENCED (`knows_fenced` false) know it under an older name.
pub(crate) fn error_code(error: TransactionError, knows_fenced: bool) -> ErrorCode {
    match error {
        TransactionError::ProducerFenced if !knows_fenced => ErrorCode::INVALID_PRODUCER_EPOCH,
        error => ErrorCode::from_code(error.code()),
    }
}

/// What a client is told whose records could not go into its transaction, by the protocol that it speaks.
pub(crate) fn write_error(error: TransactionError, knows_abortable: bool, adds: bool) -> ErrorCode {
    match error {
        TransactionError::ProducerFenced => ErrorCode::INVALID_PRODUCER_EPOCH,
        TransactionError::TransactionAbortable if !knows_abortable => ErrorCode::INVALID_TXN_STATE,
        TransactionError::ConcurrentTransactions if !adds => ErrorCode::NOT_ENOUGH_REPLICAS,
        TransactionError::CoordinatorNotAvailable | TransactionError::NotCoordinator => {
            ErrorCode::NOT_ENOUGH_REPLICAS
        }
        error => ErrorCode::from_code(error.code()),
    }
}

/// The coordinator has answered another question than the one asked: a bug, and the connection's end.
pub(crate) fn unexpected(response: &Response) -> Refusal {
    Refusal::Invalid(format!("the coordinator gave the wrong answer: {response:?}"))
}

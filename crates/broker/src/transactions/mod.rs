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

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use millstream_coordinator::transaction::{
    Config, Coordinator, DescribedTransaction, Effect, Event, ListedTransaction, Producer, Response,
    TRANSACTION_TOPIC, TopicPartition, TransactionError,
};
use millstream_coordinator::{AppendFailure, AppendToken, WaiterId};
use millstream_wire::ErrorCode;
use tokio::sync::Notify;

pub(crate) use markers::{Marker, MarkerFailure};

use crate::api::Refusal;
use crate::catalog::Catalog;
use crate::closing::Closing;
use crate::coordination::{
    Append, Appends, InternalTopic, NextTick, NotMade, Waiters, answered, deadlines, until_durable,
};
use crate::flusher::Flusher;
use crate::groups::Groups;
use crate::partition::{Partition, now_ms};
use crate::producer_ids::ProducerIds;
use crate::shared::Shared;

/// Where the transactions' records are.
const TOPIC: InternalTopic = InternalTopic(TRANSACTION_TOPIC);

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
    waiters: Waiters<Response>,
    /// Appends to `__transaction_state`.
    appends: Appends<AppendToken>,
    next_tick: NextTick,
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
            waiters: Waiters::new(),
            appends: Appends::new(),
            next_tick: NextTick::none(),
        };
        let (state, sooner) = (Mutex::new(state), Notify::new());
        Self { catalog, flusher, groups, producer_ids, state, sooner, closing }
    }

    /// Makes `__transaction_state` if it is not there.
    pub(crate) async fn ensure_state_topic(&self, shared: &Shared) -> Result<(), NotMade> {
        TOPIC.ensure(&self.catalog, shared).await
    }

    /// Whether the id's records can be read and written: its partition of `__transaction_state` may be offline, and
    /// then nothing is known of its transaction.
    pub(crate) fn is_available(&self, transactional_id: &str) -> bool {
        TOPIC.is_available(&self.catalog, transactional_id)
    }

    /// The epoch in which this broker leads the id's partition: what its markers carry.
    fn coordinator_epoch(&self, transactional_id: &str) -> i32 {
        TOPIC.leader_epoch(&self.catalog, transactional_id).unwrap_or(0)
    }

    /// Asks the coordinator, and waits for its answer. An error of this level means that the broker is going down.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        event: impl FnOnce(WaiterId) -> Event,
    ) -> Result<Response, TransactionError> {
        let answer = {
            let mut state = self.state();
            let (waiter, answer) = state.waiters.add();
            self.step(&mut state, event(waiter));
            answer
        };
        answered(answer, &self.closing).await.ok_or(TransactionError::CoordinatorNotAvailable)
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
        let plan = || {
            let mut state = self.state();
            let deadline = state.coordinator.next_deadline();
            state.next_tick.plan(deadline)
        };
        let tick = || self.step(&mut self.state(), Event::Tick);
        deadlines::run(&self.sooner, &self.closing, plan, tick).await;
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
        if state.next_tick.is_after(state.coordinator.next_deadline()) {
            self.sooner.notify_one();
        }
    }

    fn perform(self: &Arc<Self>, state: &mut State, effects: Vec<Effect>) {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Respond { waiter, response } => state.waiters.answer(waiter, response),
                Effect::Append { token, transactional_id, record } => {
                    let logs = (&*self.catalog, &*self.flusher);
                    match TOPIC.append(logs, &transactional_id, None, &[record]) {
                        Ok((partition, last_offset)) => self.appended(state, partition, last_offset, token),
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
    fn appended(
        self: &Arc<Self>,
        state: &mut State,
        partition: Arc<Partition>,
        last_offset: i64,
        token: AppendToken,
    ) {
        let index = partition.index;
        if state.appends.add(index, last_offset, token) {
            let transactions = Arc::clone(self);
            let report = move |high_watermark, closed| transactions.report(index, high_watermark, closed);
            tokio::spawn(until_durable(partition, report));
        }
    }

    /// Reports the appends to one partition that are durable. True if none is left.
    fn report(self: &Arc<Self>, index: i32, high_watermark: i64, closed: bool) -> bool {
        let mut state = self.state();
        loop {
            match state.appends.next(index, high_watermark, closed) {
                Append::Done { what: token, durable } => {
                    let result = if durable { Ok(()) } else { Err(AppendFailure::Storage) };
                    self.step(&mut state, Event::Appended(token, result));
                }
                Append::Pending => return false,
                Append::None => return true,
            }
        }
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

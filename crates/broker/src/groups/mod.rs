//! Consumer groups: the async driver around the coordinator's state machine.
//!
//! A request becomes an event and waits on a channel of its own; what the coordinator wants written goes to
//! `__consumer_offsets`, and is reported back when it is durable, in the order of the appends. Nothing here decides
//! anything about groups. The lock is held for one event and its appends to the page cache, never across an await.

mod load;
mod metadata;
mod transactions;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use millstream_cluster::Image;
use millstream_coordinator::transaction::Producer;
use millstream_coordinator::{
    AppendFailure, AppendToken, CommittedOffset, Config, Coordinator, DescribedConsumerGroup, DescribedGroup,
    Effect, Event, GroupError, ListedGroup, OFFSETS_TOPIC, Record, Response, TransactionEnd, WaiterId,
};
use millstream_wire::ErrorCode;
use tokio::sync::{Notify, oneshot};

pub(crate) use transactions::MarkerWritten;

use crate::api::Refusal;
use crate::catalog::Catalog;
use crate::closing::Closing;
use crate::coordination::{
    Append, Appends, InternalTopic, NextTick, NotMade, Waiters, answered, deadlines, until_durable,
};
use crate::flusher::Flusher;
use crate::partition::{Partition, now_ms};
use crate::shared::Shared;

/// Where the groups' records are.
const TOPIC: InternalTopic = InternalTopic(OFFSETS_TOPIC);

/// All groups of this broker.
#[derive(Debug)]
pub(crate) struct Groups {
    catalog: Arc<Catalog>,
    flusher: Arc<Flusher>,
    state: Mutex<State>,
    /// The next deadline may be earlier than the ticker thinks.
    sooner: Notify,
    closing: Closing,
}

#[derive(Debug)]
struct State {
    coordinator: Coordinator,
    waiters: Waiters<Response>,
    /// Appends to `__consumer_offsets`.
    appends: Appends<Appended>,
    next_tick: NextTick,
    /// The metadata that the coordinator knows of.
    seen: Arc<Image>,
}

/// Whose report an append is.
#[derive(Debug)]
enum Appended {
    Records(AppendToken),
    /// The marker that ends a transaction; it comes after the offsets that it settles.
    Marker(TransactionEnd, oneshot::Sender<bool>),
}

/// A question that the coordinator has, see [`Groups::begin`].
#[derive(Debug)]
pub(crate) struct Asked(oneshot::Receiver<Response>);

impl Groups {
    pub(crate) fn new(
        config: Config,
        catalog: Arc<Catalog>,
        flusher: Arc<Flusher>,
        closing: Closing,
    ) -> Self {
        let state = State {
            coordinator: Coordinator::new(config),
            waiters: Waiters::new(),
            appends: Appends::new(),
            next_tick: NextTick::none(),
            seen: Arc::default(),
        };
        Self { catalog, flusher, state: Mutex::new(state), sooner: Notify::new(), closing }
    }

    /// Whether the group's records can be read and written: its partition of `__consumer_offsets` may be offline, and
    /// then nothing is known of its offsets.
    pub(crate) fn is_available(&self, group: &str) -> bool {
        TOPIC.is_available(&self.catalog, group)
    }

    /// Makes `__consumer_offsets` if it is not there.
    pub(crate) async fn ensure_offsets_topic(&self, shared: &Shared) -> Result<(), NotMade> {
        TOPIC.ensure(&self.catalog, shared).await
    }

    /// The partition of `__consumer_offsets` that holds the group's records.
    pub(crate) fn partition_of(&self, group: &str) -> (String, i32) {
        (OFFSETS_TOPIC.to_owned(), TOPIC.index_of(&self.catalog, group))
    }

    /// Asks the coordinator, and waits for its answer. An error of this level means that the broker is going down.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        event: impl FnOnce(WaiterId) -> Event,
    ) -> Result<Response, GroupError> {
        let asked = self.begin(event);
        self.answer(asked).await
    }

    /// Asks the coordinator; [`Self::answer`] waits for what it says.
    pub(crate) fn begin(self: &Arc<Self>, event: impl FnOnce(WaiterId) -> Event) -> Asked {
        let mut state = self.state();
        let (waiter, answer) = state.waiters.add();
        self.step(&mut state, event(waiter));
        Asked(answer)
    }

    /// Waits for the coordinator's answer.
    pub(crate) async fn answer(&self, Asked(answer): Asked) -> Result<Response, GroupError> {
        answered(answer, &self.closing).await.ok_or(GroupError::CoordinatorNotAvailable)
    }

    /// Topics are gone: so are their offsets.
    pub(crate) fn metadata_changed(self: &Arc<Self>) {
        self.follow_metadata(&mut self.state());
    }

    /// Offsets that nobody has renewed for that long go, and the groups that had nothing else.
    pub(crate) fn expire_offsets(self: &Arc<Self>, retention: Duration) {
        let retention_ms = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
        self.step(&mut self.state(), Event::ExpireOffsets(retention_ms));
    }

    /// Every group.
    pub(crate) fn list(&self) -> Vec<ListedGroup> {
        self.state().coordinator.list()
    }

    /// One group, if it exists.
    pub(crate) fn describe(&self, group: &str) -> Option<DescribedGroup> {
        self.state().coordinator.describe(group)
    }

    /// How many members a group has.
    pub(crate) fn size(&self, group: &str) -> usize {
        self.state().coordinator.size(group)
    }

    /// One consumer group, if it exists.
    pub(crate) fn describe_consumer(&self, group: &str) -> Option<DescribedConsumerGroup> {
        self.state().coordinator.describe_consumer(group)
    }

    /// Whether offsets may be read by who says to be this member in this epoch.
    pub(crate) fn check_fetch(
        &self,
        group: &str,
        member: Option<&str>,
        epoch: i32,
    ) -> Result<(), GroupError> {
        self.state().coordinator.check_fetch(group, member, epoch)
    }

    /// The durable offsets of some partitions, in their order.
    pub(crate) fn offsets_of(
        &self,
        group: &str,
        topic: &str,
        partitions: &[i32],
    ) -> Vec<Option<CommittedOffset>> {
        let state = self.state();
        partitions
            .iter()
            .map(|partition| state.coordinator.offset(group, topic, *partition).cloned())
            .collect()
    }

    /// All durable offsets of a group.
    pub(crate) fn offsets(&self, group: &str) -> Vec<(String, i32, CommittedOffset)> {
        let state = self.state();
        let offsets = state.coordinator.offsets(group);
        offsets.map(|(topic, partition, offset)| (topic.to_owned(), partition, offset.clone())).collect()
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

    /// One event, and everything that follows from it.
    fn step(self: &Arc<Self>, state: &mut State, event: Event) {
        self.follow_metadata(state);
        let effects = state.coordinator.handle(now_ms(), event);
        self.perform(state, effects);
        if state.next_tick.is_after(state.coordinator.next_deadline()) {
            self.sooner.notify_one();
        }
    }

    /// Tells the coordinator what has changed in the metadata since it last looked.
    fn follow_metadata(self: &Arc<Self>, state: &mut State) {
        let now = self.catalog.image();
        if now.offset() == state.seen.offset() {
            return;
        }
        for event in metadata::news(&state.seen, &now) {
            let effects = state.coordinator.handle(now_ms(), event);
            self.perform(state, effects);
        }
        state.seen = now;
    }

    fn perform(self: &Arc<Self>, state: &mut State, effects: Vec<Effect>) {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Respond { waiter, response } => state.waiters.answer(waiter, response),
                Effect::Append { token, group_id, records } => {
                    effects.extend(self.append(state, token, &group_id, None, &records));
                }
                Effect::AppendInTransaction { token, group_id, producer, records } => {
                    effects.extend(self.append(state, token, &group_id, Some(producer), &records));
                }
            }
        }
    }

    /// Appends records, to be reported when they are durable. Gives what follows when they cannot be.
    fn append(
        self: &Arc<Self>,
        state: &mut State,
        token: AppendToken,
        group: &str,
        producer: Option<Producer>,
        records: &[Record],
    ) -> Vec<Effect> {
        match TOPIC.append((&self.catalog, &self.flusher), group, producer, records) {
            Ok((partition, last_offset)) => {
                self.appended(state, partition, last_offset, Appended::Records(token));
                Vec::new()
            }
            Err(failure) => state.coordinator.handle(now_ms(), Event::Appended(token, Err(failure))),
        }
    }

    /// Remembers an append until it is durable.
    fn appended(
        self: &Arc<Self>,
        state: &mut State,
        partition: Arc<Partition>,
        last_offset: i64,
        what: Appended,
    ) {
        let index = partition.index;
        if state.appends.add(index, last_offset, what) {
            let groups = Arc::clone(self);
            let report = move |high_watermark, closed| groups.report(index, high_watermark, closed);
            tokio::spawn(until_durable(partition, report));
        }
    }

    /// Reports the appends to one partition that are durable. True if none is left.
    fn report(self: &Arc<Self>, index: i32, high_watermark: i64, closed: bool) -> bool {
        let mut state = self.state();
        loop {
            match state.appends.next(index, high_watermark, closed) {
                Append::Done { what: Appended::Records(token), durable } => {
                    let result = if durable { Ok(()) } else { Err(AppendFailure::Storage) };
                    self.step(&mut state, Event::Appended(token, result));
                }
                Append::Done { what: Appended::Marker(end, written), durable } => {
                    if durable {
                        self.step(&mut state, Event::TransactionEnded(end));
                    }
                    let _ = written.send(durable);
                }
                Append::Pending => return false,
                Append::None => return true,
            }
        }
    }
}

/// The wire's error code.
pub(crate) fn error_code(error: GroupError) -> ErrorCode {
    ErrorCode::from_code(error.code())
}

/// The wire's error code, or none.
pub(crate) fn optional_code(error: Option<GroupError>) -> ErrorCode {
    error.map_or(ErrorCode::NONE, error_code)
}

/// The coordinator has answered another question than the one asked: a bug, and the connection's end.
pub(crate) fn unexpected(response: &Response) -> Refusal {
    Refusal::Invalid(format!("the coordinator gave the wrong answer: {response:?}"))
}

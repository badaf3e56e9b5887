//! Consumer groups: the async driver around the coordinator's state machine.
//!
//! A request becomes an event and waits on a channel of its own; what the coordinator wants written goes to
//! `__consumer_offsets`, and is reported back when it is durable, in the order of the appends. Nothing here decides
//! anything about groups. The lock is held for one event and its appends to the page cache, never across an await.

mod load;
mod metadata;
mod offsets_topic;
mod transactions;

use std::collections::{HashMap, VecDeque};
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

pub(crate) use offsets_topic::NoOffsetsTopic;
pub(crate) use transactions::MarkerWritten;

use crate::api::Refusal;
use crate::catalog::Catalog;
use crate::closing::Closing;
use crate::flusher::Flusher;
use crate::partition::{Partition, now_ms};

/// How long the ticker sleeps when nothing is due.
const NOTHING_DUE: Duration = Duration::from_secs(60);

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
    next_waiter: u64,
    waiters: HashMap<WaiterId, oneshot::Sender<Response>>,
    /// Appends that are not durable yet, by partition of `__consumer_offsets`.
    parked: HashMap<i32, VecDeque<Parked>>,
    /// When the ticker wakes up, in ms since 1970.
    ticks_at: i64,
    /// The metadata that the coordinator knows of.
    seen: Arc<Image>,
}

#[derive(Debug)]
struct Parked {
    last_offset: i64,
    what: ParkedWhat,
}

/// Whose report an append is.
#[derive(Debug)]
enum ParkedWhat {
    Records(AppendToken),
    /// Records whose client was told that the disk has no room; they may come to it all the same.
    Refused,
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
            next_waiter: 0,
            waiters: HashMap::new(),
            parked: HashMap::new(),
            ticks_at: i64::MAX,
            seen: Arc::default(),
        };
        Self { catalog, flusher, state: Mutex::new(state), sooner: Notify::new(), closing }
    }

    /// Whether the group's records can be read and written: its partition of `__consumer_offsets` may be offline, and
    /// then nothing is known of its offsets.
    pub(crate) fn is_available(&self, group: &str) -> bool {
        self.catalog.topic(OFFSETS_TOPIC).is_none_or(|topic| offsets_topic::of(&topic, group).is_ok())
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
        let (sender, answer) = oneshot::channel();
        let mut state = self.state();
        state.next_waiter += 1;
        let waiter = WaiterId(state.next_waiter);
        state.waiters.insert(waiter, sender);
        self.step(&mut state, event(waiter));
        Asked(answer)
    }

    /// Waits for the coordinator's answer.
    pub(crate) async fn answer(&self, Asked(answer): Asked) -> Result<Response, GroupError> {
        let mut closing = self.closing.clone();
        tokio::select! {
            biased;
            answer = answer => answer.map_err(|_| GroupError::CoordinatorNotAvailable),
            () = closing.said() => Err(GroupError::CoordinatorNotAvailable),
        }
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

    /// One event, and everything that follows from it.
    fn step(self: &Arc<Self>, state: &mut State, event: Event) {
        self.follow_metadata(state);
        let effects = state.coordinator.handle(now_ms(), event);
        self.perform(state, effects);
        if state.coordinator.next_deadline().is_some_and(|due| due < state.ticks_at) {
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
                Effect::Respond { waiter, response } => {
                    if let Some(sender) = state.waiters.remove(&waiter) {
                        // A client that has gone does not want its answer.
                        let _ = sender.send(response);
                    }
                }
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
        match offsets_topic::append(&self.catalog, &self.flusher, group, producer, records) {
            Ok((partition, last_offset)) => {
                self.park(state, partition, Parked { last_offset, what: ParkedWhat::Records(token) });
                Vec::new()
            }
            Err(failure) => state.coordinator.handle(now_ms(), Event::Appended(token, Err(failure))),
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
        let (mut moves, mut refusals) = (partition.subscribe(), partition.refusals());
        loop {
            let high_watermark = *moves.borrow_and_update();
            if self.report_until(partition.index, high_watermark, false) {
                return;
            }
            let moved = tokio::select! {
                biased;
                moved = moves.changed() => moved,
                _ = refusals.changed() => {
                    self.report_refusal(partition.index);
                    Ok(())
                }
            };
            if moved.is_err() {
                let high_watermark = *moves.borrow();
                self.report_until(partition.index, high_watermark, true);
                return;
            }
        }
    }

    /// The disk has no room: nobody waits for it. Markers do, for what they end is ended.
    fn report_refusal(self: &Arc<Self>, index: i32) {
        let mut state = self.state();
        let queue = state.parked.get_mut(&index).into_iter().flatten();
        let mut tokens = Vec::new();
        for parked in queue {
            if let ParkedWhat::Records(token) = parked.what {
                parked.what = ParkedWhat::Refused;
                tokens.push(token);
            }
        }
        for token in tokens {
            self.step(&mut state, Event::Appended(token, Err(AppendFailure::Storage)));
        }
    }

    /// True if no append to the partition is left.
    fn report_until(self: &Arc<Self>, index: i32, high_watermark: i64, closed: bool) -> bool {
        let mut state = self.state();
        while let Some(parked) = state.parked.get(&index).and_then(VecDeque::front) {
            let durable = parked.last_offset < high_watermark;
            if !durable && !closed {
                return false;
            }
            // Reported before it is removed: what this leads to is parked behind it, and has its reporter.
            if let ParkedWhat::Records(token) = parked.what {
                let result = if durable { Ok(()) } else { Err(AppendFailure::Storage) };
                self.step(&mut state, Event::Appended(token, result));
            }
            let reported = state.parked.get_mut(&index).and_then(VecDeque::pop_front);
            if let Some(Parked { what: ParkedWhat::Marker(end, written), .. }) = reported {
                if durable {
                    self.step(&mut state, Event::TransactionEnded(end));
                }
                let _ = written.send(durable);
            }
        }
        state.parked.remove(&index);
        true
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

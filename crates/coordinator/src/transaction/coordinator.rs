//! The driver: takes an event, hands it to the event's file, gives back the effects.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::{AppendToken, Record, WaiterId};

use super::metadata::Metadata;
use super::step::{Step, Then};
use super::{
    AddPartitions, Effect, EndTransaction, Event, InitProducer, MarkersToken, Response, TransactionError,
    records,
};

/// The broker settings that rule transactions, with Kafka 4.3's defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `transaction.max.timeout.ms`: a longer timeout is refused with INVALID_TRANSACTION_TIMEOUT.
    pub max_timeout_ms: i32,
    /// `transactional.id.expiration.ms`: an id that nobody uses is forgotten after this long.
    pub id_expiration_ms: i64,
    /// The finalized level of `transaction.version`: the form of the records, and how the coordinator itself aborts.
    pub version: i16,
}

impl Default for Config {
    fn default() -> Self {
        Self { max_timeout_ms: 15 * 60 * 1000, id_expiration_ms: 7 * 24 * 60 * 60 * 1000, version: 2 }
    }
}

/// The transactional ids of one or more partitions of `__transaction_state`.
#[derive(Debug)]
pub struct Coordinator {
    pub(super) config: Config,
    pub(super) transactions: BTreeMap<String, Box<Transaction>>,
    /// Ids by what is due for them: the end of a transaction's time, or another try.
    due: BTreeSet<(i64, String)>,
    next_token: u64,
    appends: HashMap<AppendToken, String>,
    markers: HashMap<MarkersToken, String>,
    /// Producer ids that were asked for and not needed in the end.
    spare_ids: VecDeque<i64>,
    /// What waits for a producer id, in the order of asking.
    waiting_for_id: VecDeque<Held>,
}

/// One transactional id.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) metadata: Metadata,
    /// The step on its way to the disk.
    pub(super) step: Option<Box<Step>>,
    /// When [`Event::Tick`] is to look at it.
    pub(super) due_ms: Option<i64>,
    /// What the producer wants added once nothing is on its way any more.
    pub(super) queued: Vec<(WaiterId, AddPartitions)>,
}

/// What waits for a producer id.
#[derive(Debug)]
pub(super) enum Held {
    Init(WaiterId, InitProducer),
    End(WaiterId, EndTransaction),
    Timeout(String),
}

/// One event's turn: the time, and the effects that gather.
pub(super) struct Turn {
    pub(super) now_ms: i64,
    pub(super) effects: Vec<Effect>,
}

impl Turn {
    pub(super) fn respond(&mut self, waiter: WaiterId, response: Response) {
        self.effects.push(Effect::Respond { waiter, response });
    }
}

impl Transaction {
    pub(super) const fn new(metadata: Metadata) -> Self {
        Self { metadata, step: None, due_ms: None, queued: Vec::new() }
    }

    /// Something of it is on its way to a disk: the outcome of a step, or the markers.
    pub(super) const fn is_busy(&self) -> bool {
        self.step.is_some() || self.metadata.state.is_prepared()
    }
}

impl Coordinator {
    /// An empty coordinator.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            transactions: BTreeMap::new(),
            due: BTreeSet::new(),
            next_token: 0,
            appends: HashMap::new(),
            markers: HashMap::new(),
            spare_ids: VecDeque::new(),
            waiting_for_id: VecDeque::new(),
        }
    }

    /// Takes in one event at `now_ms` (ms since 1970) and says what to do.
    pub fn handle(&mut self, now_ms: i64, event: Event) -> Vec<Effect> {
        let mut turn = Turn { now_ms, effects: Vec::new() };
        match event {
            Event::Init(waiter, request) => self.init(waiter, request, &mut turn),
            Event::AddPartitions(waiter, request) => self.add_partitions(waiter, request, &mut turn),
            Event::End(waiter, request) => self.end(waiter, request, &mut turn),
            Event::Appended(token, result) => {
                if let Some(id) = self.appends.remove(&token) {
                    self.finish_step(&id, result, &mut turn);
                }
            }
            Event::MarkersWritten(token, all) => {
                if let Some(id) = self.markers.remove(&token) {
                    self.markers_written(&id, all, &mut turn);
                }
            }
            Event::ProducerId(id) => self.producer_id(id, &mut turn),
            Event::ExpireIds => self.expire_ids(&mut turn),
            Event::Tick => self.tick(&mut turn),
        }
        turn.effects
    }

    /// When [`Event::Tick`] is due next, in ms since 1970.
    pub fn next_deadline(&self) -> Option<i64> {
        self.due.first().map(|(deadline, _)| *deadline)
    }

    /// The finalized level of `transaction.version`.
    pub const fn version(&self) -> i16 {
        self.config.version
    }

    /// The level has changed.
    pub const fn set_version(&mut self, version: i16) {
        self.config.version = version;
    }

    /// Takes in one record of `__transaction_state` while loading; in the order of the log.
    ///
    /// # Errors
    /// The record cannot be read; nothing changed.
    pub fn replay(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), crate::RecordError> {
        match records::read(key, value)? {
            Some((id, Some(metadata))) => {
                self.transactions.insert(id, Box::new(Transaction::new(metadata)));
            }
            Some((id, None)) => {
                self.transactions.remove(&id);
            }
            None => {}
        }
        Ok(())
    }

    /// Loading is over: open transactions get their deadlines, and what was prepared is completed.
    pub fn loaded(&mut self, now_ms: i64) -> Vec<Effect> {
        let mut turn = Turn { now_ms, effects: Vec::new() };
        let ids: Vec<String> = self.transactions.keys().cloned().collect();
        for id in ids {
            self.look_after(&id, &mut turn);
        }
        turn.effects
    }

    /// What a durable state asks for: a deadline while a transaction is open, markers once it is prepared.
    pub(super) fn look_after(&mut self, id: &str, turn: &mut Turn) {
        let Some(transaction) = self.transactions.get(id) else { return };
        let deadline = transaction.metadata.deadline();
        let prepared = transaction.metadata.state.is_prepared();
        self.look_again(id, deadline);
        if prepared {
            self.write_markers(id, turn);
        }
    }

    /// Sets when [`Event::Tick`] is to look at the id.
    pub(super) fn look_again(&mut self, id: &str, at_ms: Option<i64>) {
        let Some(transaction) = self.transactions.get_mut(id) else { return };
        if let Some(before) = std::mem::replace(&mut transaction.due_ms, at_ms) {
            self.due.remove(&(before, id.to_owned()));
        }
        if let Some(at_ms) = at_ms {
            self.due.insert((at_ms, id.to_owned()));
        }
    }

    /// Takes out the next id that is due.
    pub(super) fn pop_due(&mut self, now_ms: i64) -> Option<String> {
        let (at_ms, _) = self.due.first()?;
        if *at_ms > now_ms {
            return None;
        }
        let (_, id) = self.due.pop_first()?;
        if let Some(transaction) = self.transactions.get_mut(&id) {
            transaction.due_ms = None;
        }
        Some(id)
    }

    /// Forgets an id for good.
    pub(super) fn forget(&mut self, id: &str, turn: &mut Turn) {
        self.look_again(id, None);
        self.send_away(id, turn);
        self.transactions.remove(id);
    }

    /// Sends a step to the disk; it takes effect in [`Self::finish_step`].
    pub(super) fn begin_step(&mut self, id: &str, next: Option<Metadata>, then: Then, turn: &mut Turn) {
        let record = records::write(id, next.as_ref(), self.config.version);
        let Some(transaction) = self.transactions.get_mut(id) else { return };
        transaction.step = Some(Box::new(Step { next, then }));
        match record {
            Ok(record) => self.append(id, record, turn),
            // A text beyond the format's limit.
            Err(_) => self.finish_step(id, Err(crate::AppendFailure::TooLarge), turn),
        }
    }

    fn append(&mut self, id: &str, record: Record, turn: &mut Turn) {
        let token = AppendToken(self.next_token);
        self.next_token += 1;
        self.appends.insert(token, id.to_owned());
        turn.effects.push(Effect::Append { token, transactional_id: id.to_owned(), record });
    }

    /// A name for a set of markers of this id.
    pub(super) fn markers_token(&mut self, id: &str) -> MarkersToken {
        let token = MarkersToken(self.next_token);
        self.next_token += 1;
        self.markers.insert(token, id.to_owned());
        token
    }

    /// A producer id that nobody has. `None`: one is asked for, and `held` goes on when it is there.
    pub(super) fn fresh_id(&mut self, held: impl FnOnce() -> Held, turn: &mut Turn) -> Option<i64> {
        let fresh = self.spare_ids.pop_front();
        if fresh.is_none() {
            self.waiting_for_id.push_back(held());
            turn.effects.push(Effect::TakeProducerId);
        }
        fresh
    }

    fn producer_id(&mut self, id: Option<i64>, turn: &mut Turn) {
        self.spare_ids.extend(id);
        let none = id.is_none();
        match self.waiting_for_id.pop_front() {
            Some(Held::Init(waiter, _)) if none => {
                turn.respond(waiter, Response::Init(Err(TransactionError::CoordinatorNotAvailable)));
            }
            Some(Held::End(waiter, _)) if none => {
                turn.respond(waiter, Response::End(Err(TransactionError::CoordinatorNotAvailable)));
            }
            Some(Held::Timeout(id)) if none => self.try_again(&id, turn),
            Some(Held::Init(waiter, request)) => self.init(waiter, request, turn),
            Some(Held::End(waiter, request)) => self.end(waiter, request, turn),
            Some(Held::Timeout(id)) => self.time_out(&id, turn),
            None => {}
        }
    }
}

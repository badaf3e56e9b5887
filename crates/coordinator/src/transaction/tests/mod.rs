//! Stories, tables and properties of transactions.

mod random;
mod stories;

use crate::transaction::*;
use crate::{AppendToken, Record, WaiterId};

/// A coordinator whose disks do what the test says, and everything that was answered.
pub(super) struct World {
    pub(super) coordinator: Coordinator,
    pub(super) now_ms: i64,
    next_waiter: u64,
    next_id: i64,
    pub(super) answers: Vec<(WaiterId, Response)>,
    /// Records on their way.
    pub(super) appends: Vec<(AppendToken, Record)>,
    /// Markers on their way.
    pub(super) markers: Vec<(MarkersToken, Markers)>,
    /// What a restart finds.
    pub(super) durable: Vec<Record>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(super) fn with(config: Config) -> Self {
        Self {
            coordinator: Coordinator::new(config),
            now_ms: 1_000_000,
            next_waiter: 0,
            next_id: 100,
            answers: Vec::new(),
            appends: Vec::new(),
            markers: Vec::new(),
            durable: Vec::new(),
        }
    }

    pub(super) fn handle(&mut self, event: Event) {
        let effects = self.coordinator.handle(self.now_ms, event);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Respond { waiter, response } => {
                    let twice = self.answers.iter().any(|(answered, _)| *answered == waiter);
                    assert!(!twice, "{waiter:?} was answered twice");
                    self.answers.push((waiter, response));
                }
                Effect::Append { token, record, .. } => self.appends.push((token, record)),
                Effect::WriteMarkers { token, markers } => self.markers.push((token, markers)),
                Effect::TakeProducerId => {
                    self.next_id += 1;
                    self.handle(Event::ProducerId(Some(self.next_id)));
                }
            }
        }
    }

    pub(super) fn waiter(&mut self) -> WaiterId {
        self.next_waiter += 1;
        WaiterId(self.next_waiter)
    }

    /// The oldest append becomes durable, or fails.
    pub(super) fn report(&mut self, ok: bool) -> bool {
        if self.appends.is_empty() {
            return false;
        }
        let (token, record) = self.appends.remove(0);
        if ok {
            self.durable.push(record);
        }
        let result = if ok { Ok(()) } else { Err(crate::AppendFailure::Unavailable) };
        self.handle(Event::Appended(token, result));
        true
    }

    /// The oldest markers are written, or cannot be now.
    pub(super) fn mark(&mut self, all: bool) -> Option<Markers> {
        if self.markers.is_empty() {
            return None;
        }
        let (token, markers) = self.markers.remove(0);
        self.handle(Event::MarkersWritten(token, all));
        Some(markers)
    }

    /// Everything that is on its way arrives. Gives the markers that were written.
    pub(super) fn settle(&mut self) -> Vec<Markers> {
        let mut written = Vec::new();
        loop {
            if self.report(true) {
                continue;
            }
            match self.mark(true) {
                Some(markers) => written.push(markers),
                None => return written,
            }
        }
    }

    /// A new process finds what is durable.
    pub(super) fn restart(&mut self) {
        self.appends.clear();
        self.markers.clear();
        let mut coordinator = Coordinator::new(self.coordinator.config.clone());
        for record in &self.durable {
            coordinator.replay(&record.key, record.value.as_deref()).unwrap();
        }
        let effects = coordinator.loaded(self.now_ms);
        self.coordinator = coordinator;
        self.perform(effects);
    }

    /// The answer to a waiter, if it has one.
    pub(super) fn answer(&self, waiter: WaiterId) -> Option<Response> {
        self.answers.iter().find(|(answered, _)| *answered == waiter).map(|(_, response)| *response)
    }

    pub(super) fn init(&mut self, id: &str, expected: Option<Producer>) -> WaiterId {
        let waiter = self.waiter();
        let transactional_id = id.to_owned();
        self.handle(Event::Init(waiter, InitProducer { transactional_id, timeout_ms: 60_000, expected }));
        waiter
    }

    /// A producer that has its id, whatever it takes.
    pub(super) fn producer(&mut self, id: &str) -> Producer {
        loop {
            let waiter = self.init(id, None);
            self.settle();
            match self.answer(waiter) {
                Some(Response::Init(Ok(producer))) => return producer,
                Some(Response::Init(Err(TransactionError::ConcurrentTransactions))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(super) fn add(&mut self, id: &str, producer: Producer, partitions: &[i32], version: i16) -> WaiterId {
        let waiter = self.waiter();
        let partitions = partitions.iter().map(|index| ("t".to_owned(), *index)).collect();
        let request =
            AddPartitions { transactional_id: id.to_owned(), producer, partitions, client_version: version };
        self.handle(Event::AddPartitions(waiter, request));
        waiter
    }

    pub(super) fn end(&mut self, id: &str, producer: Producer, commit: bool, version: i16) -> WaiterId {
        let waiter = self.waiter();
        let transactional_id = id.to_owned();
        let request = EndTransaction { transactional_id, producer, commit, client_version: version };
        self.handle(Event::End(waiter, request));
        waiter
    }

    pub(super) fn state(&self, id: &str) -> Option<TransactionState> {
        self.coordinator.describe(id).map(|described| described.state)
    }
}

/// The producer after so many bumps.
pub(super) fn bumped(producer: Producer, by: i16) -> Producer {
    Producer { epoch: producer.epoch + by, ..producer }
}

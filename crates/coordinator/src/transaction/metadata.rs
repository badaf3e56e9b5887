//! What a record of `__transaction_state` says of a transactional id, and the steps that lead from one to the next.

use std::collections::{BTreeMap, BTreeSet};

use super::{BUMPS_EPOCHS, Producer, TopicPartition, TransactionState};

/// No producer id.
pub(super) const NO_ID: i64 = -1;
/// No epoch: the id was never initialised.
pub(super) const NO_EPOCH: i16 = -1;
/// No time: no transaction was begun since the producer was initialised.
const NEVER: i64 = -1;

/// The partitions of a transaction, by topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Partitions(BTreeMap<String, BTreeSet<i32>>);

impl Partitions {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn add(&mut self, topic: &str, partitions: impl IntoIterator<Item = i32>) {
        let mut partitions = partitions.into_iter().peekable();
        if partitions.peek().is_none() {
            return;
        }
        match self.0.get_mut(topic) {
            Some(set) => set.extend(partitions),
            None => drop(self.0.insert(topic.to_owned(), partitions.collect())),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, (topic, partition): &TopicPartition) -> bool {
        self.0.get(topic).is_some_and(|set| set.contains(partition))
    }

    /// Each topic with its partitions, both sorted.
    pub(super) fn by_topic(&self) -> impl Iterator<Item = (&str, &BTreeSet<i32>)> {
        self.0.iter().map(|(topic, set)| (topic.as_str(), set))
    }

    /// One after the other, sorted.
    pub(super) fn to_vec(&self) -> Vec<TopicPartition> {
        let each = |(topic, set): (&str, &BTreeSet<i32>)| {
            set.iter().map(|partition| (topic.to_owned(), *partition)).collect::<Vec<_>>()
        };
        self.by_topic().flat_map(each).collect()
    }
}

/// A transactional id's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) producer: Producer,
    /// The producer id of the step before.
    pub(super) previous_id: i64,
    /// The id that the producer has after this transaction, when the epochs of the present one are used up.
    pub(super) next_id: i64,
    /// The epoch before the last bump: who comes with it has missed the answer (not in the record).
    pub(super) last_epoch: i16,
    pub(super) timeout_ms: i32,
    pub(super) state: TransactionState,
    pub(super) partitions: Partitions,
    pub(super) started_ms: i64,
    pub(super) updated_ms: i64,
    pub(super) client_version: i16,
}

/// The last epochs are kept for fencing: no producer is given one of them.
pub(super) const fn is_exhausted(epoch: i16) -> bool {
    epoch >= i16::MAX - 1
}

impl Metadata {
    /// A transactional id that nobody has used yet.
    pub(super) const fn new(producer_id: i64, timeout_ms: i32, now_ms: i64) -> Self {
        Self {
            producer: Producer { id: producer_id, epoch: NO_EPOCH },
            previous_id: NO_ID,
            next_id: NO_ID,
            last_epoch: NO_EPOCH,
            timeout_ms,
            state: TransactionState::Empty,
            partitions: Partitions::new(),
            started_ms: NEVER,
            updated_ms: now_ms,
            client_version: 0,
        }
    }

    /// When the open transaction is aborted, in ms since 1970; `None` when none is open, or it may stay for ever.
    pub(super) fn deadline(&self) -> Option<i64> {
        let limited = self.timeout_ms != i32::MAX && self.state == TransactionState::Ongoing;
        limited.then(|| self.started_ms.saturating_add(i64::from(self.timeout_ms)).saturating_add(1))
    }

    /// The next step, in which everything is as before but what is said.
    fn next(&self, now_ms: i64) -> Self {
        Self { previous_id: self.producer.id, updated_ms: now_ms, ..self.clone() }
    }

    /// A producer begins, as `producer`.
    pub(super) fn initialised(&self, to: Producer, last_epoch: i16, timeout_ms: i32, now_ms: i64) -> Self {
        Self {
            producer: to,
            last_epoch,
            timeout_ms,
            state: TransactionState::Empty,
            partitions: Partitions::new(),
            started_ms: NEVER,
            ..self.next(now_ms)
        }
    }

    /// Partitions are added; the transaction begins if none is open.
    pub(super) fn with_partitions(&self, more: Vec<TopicPartition>, version: i16, now_ms: i64) -> Self {
        let mut next = self.next(now_ms);
        if self.state.is_at_rest() {
            next.started_ms = now_ms;
        }
        next.state = TransactionState::Ongoing;
        more.iter().for_each(|(topic, partition)| next.partitions.add(topic, [*partition]));
        next.client_version = version;
        next
    }

    /// The outcome is fixed. From version 2 on the epoch is bumped, and `next_id` is there for the producer if that
    /// was the last one.
    pub(super) fn prepared(&self, commit: bool, version: i16, next_id: i64, now_ms: i64) -> Self {
        let mut next = self.next(now_ms);
        if version >= BUMPS_EPOCHS {
            next.producer.epoch = self.producer.epoch.saturating_add(1);
            next.last_epoch = self.producer.epoch;
        }
        if self.state != TransactionState::Ongoing {
            next.started_ms = now_ms;
        }
        next.next_id = next_id;
        next.state = TransactionState::prepare(commit);
        next.client_version = version;
        next
    }

    /// Every partition has its marker.
    pub(super) fn completed(&self, now_ms: i64) -> Self {
        let mut next = self.next(now_ms);
        if self.client_version >= BUMPS_EPOCHS && self.next_id != NO_ID {
            next.producer = Producer { id: self.next_id, epoch: 0 };
        }
        next.next_id = NO_ID;
        next.state = TransactionState::complete(self.state == TransactionState::PrepareCommit);
        next.partitions = Partitions::new();
        next
    }
}

//! The partitions of a fetch, in the order in which they are read.
//!
//! Whoever got records goes to the end, so that with a small `max_bytes` everybody gets a turn.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use millstream_wire::messages::fetch::{EpochEndOffset, FetchPartition, FetchTopic, PartitionData};
use millstream_wire::{Str, Uuid};

/// What a cached partition costs in memory beside its topic's name, roughly: both maps, with their spare room.
const PARTITION_BYTES: usize = 320;

/// A topic as the request's version names it: by id from version 13 on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum TopicKey {
    Name(Str),
    Id(Uuid),
}

/// A partition as the request's version names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PartitionKey {
    pub(crate) topic: TopicKey,
    pub(crate) index: i32,
}

/// A partition that is to be read, and from where.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) key: PartitionKey,
    pub(crate) position: FetchPartition,
    /// The topic's name when it was first asked for by id: what tells one that was made anew from one that never was.
    pub(crate) known_as: Option<Arc<str>>,
}

/// Which topic an id belongs to now.
pub(crate) type NameOf<'a> = &'a dyn Fn(Uuid) -> Option<Arc<str>>;

impl PartitionKey {
    fn cost(&self) -> usize {
        let name = match &self.topic {
            TopicKey::Name(name) => name.len(),
            TopicKey::Id(_) => 0,
        };
        PARTITION_BYTES + name
    }
}

/// A topic of a request under the name that counts.
pub(crate) fn topic_key(name: &Str, id: Uuid, by_id: bool) -> TopicKey {
    if by_id { TopicKey::Id(id) } else { TopicKey::Name(name.clone()) }
}

/// The partitions of a request, each once: of one that is named twice, the last position counts.
pub(crate) fn of_request(topics: &[FetchTopic], by_id: bool, name_of: NameOf<'_>) -> Vec<Wanted> {
    let mut places: HashMap<PartitionKey, usize> = HashMap::new();
    let mut all: Vec<Wanted> = Vec::with_capacity(topics.iter().map(|topic| topic.partitions.len()).sum());
    for topic in topics {
        let topic_key = topic_key(&topic.topic, topic.topic_id, by_id);
        let name = if by_id { name_of(topic.topic_id) } else { None };
        for position in &topic.partitions {
            let key = PartitionKey { topic: topic_key.clone(), index: position.partition };
            let place = *places.entry(key.clone()).or_insert(all.len());
            match all.get_mut(place) {
                Some(known) => known.position = position.clone(),
                None => all.push(Wanted { key, position: position.clone(), known_as: name.clone() }),
            }
        }
    }
    all
}

/// A partition of a session, with what its client knows of it.
#[derive(Debug)]
struct Cached {
    wanted: Wanted,
    high_watermark: i64,
    log_start_offset: i64,
}

impl Cached {
    /// Whether an answer tells the client something that it does not know yet; it is taken to know it from now on.
    fn has_news(&mut self, data: &PartitionData) -> bool {
        let is_error = !data.error_code.is_none();
        let has_moved =
            self.high_watermark != data.high_watermark || self.log_start_offset != data.log_start_offset;
        // After an error the next answer without one is news.
        self.high_watermark = if is_error { -1 } else { data.high_watermark };
        self.log_start_offset = data.log_start_offset;
        has_moved || is_error || has_records(data) || data.diverging_epoch != EpochEndOffset::default()
    }
}

fn has_records(data: &PartitionData) -> bool {
    data.records.as_ref().is_some_and(|records| !records.is_empty())
}

/// The partitions of one session.
#[derive(Debug, Default)]
pub(crate) struct Partitions {
    turns: BTreeMap<u64, Cached>,
    places: HashMap<PartitionKey, u64>,
    next_turn: u64,
    bytes: usize,
}

impl Partitions {
    /// Those of a whole request, with the answer that its client gets.
    pub(crate) fn answered(wanted: Vec<Wanted>, answer: &[(PartitionKey, PartitionData)]) -> Self {
        let mut partitions = Self::default();
        wanted.into_iter().for_each(|wanted| partitions.set(wanted));
        for (key, data) in answer {
            if let Some(cached) = partitions.get(key) {
                cached.has_news(data);
            }
        }
        partitions
    }

    pub(crate) fn len(&self) -> usize {
        self.turns.len()
    }

    /// What it costs in memory, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a partition, or gives it its new position.
    pub(crate) fn set(&mut self, wanted: Wanted) {
        if let Some(cached) = self.get(&wanted.key) {
            cached.wanted.position = wanted.position;
            return;
        }
        self.bytes += wanted.key.cost();
        self.push(Cached { wanted, high_watermark: -1, log_start_offset: -1 });
    }

    /// Forgets a partition, if it is there.
    pub(crate) fn forget(&mut self, key: &PartitionKey) {
        if self.take(key).is_some() {
            self.bytes = self.bytes.saturating_sub(key.cost());
        }
    }

    /// All of them, in their turn.
    pub(crate) fn wanted(&self) -> Vec<Wanted> {
        self.turns.values().map(|cached| cached.wanted.clone()).collect()
    }

    /// Whether the client has to be told of this answer. A partition that was forgotten meanwhile is none of its
    /// business.
    pub(crate) fn must_tell(&mut self, key: &PartitionKey, data: &PartitionData) -> bool {
        let Some(cached) = self.get(key) else { return false };
        let tells = cached.has_news(data);
        if has_records(data)
            && let Some(cached) = self.take(key)
        {
            self.push(cached);
        }
        tells
    }

    fn get(&mut self, key: &PartitionKey) -> Option<&mut Cached> {
        self.turns.get_mut(self.places.get(key)?)
    }

    fn take(&mut self, key: &PartitionKey) -> Option<Cached> {
        self.turns.remove(&self.places.remove(key)?)
    }

    fn push(&mut self, cached: Cached) {
        self.places.insert(cached.wanted.key.clone(), self.next_turn);
        self.turns.insert(self.next_turn, cached);
        self.next_turn += 1;
    }
}

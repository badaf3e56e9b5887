//! Which sessions there are, and which one goes when a new one wants its place.
//!
//! Kafka keeps eight such caches and deals sessions out to them; here is one, so that the number of slots is exact.
//! It also knows followers, whose sessions may push out any consumer's; here no broker follows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use millstream_cluster::random_id;

use super::partitions::Partitions;

/// How long a session must be unused to be stale, and how old to be exposed to a larger one.
pub(super) const EVICTION_AGE: Duration = Duration::from_secs(120);
/// Memory for the partitions of all sessions; Kafka has no such limit.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// One client's session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) id: i32,
    /// Whether its partitions are named by topic id; a session cannot change that.
    pub(super) by_id: bool,
    pub(super) state: Mutex<SessionState>,
}

/// What changes with each request.
#[derive(Debug)]
pub(super) struct SessionState {
    /// What the next request has to say.
    pub(super) epoch: i32,
    pub(super) partitions: Partitions,
}

/// What the cache notes of a session.
#[derive(Debug)]
struct Slot {
    session: Arc<Session>,
    created: Instant,
    last_used: Instant,
    partitions: usize,
    bytes: usize,
}

impl Slot {
    /// Whether a session with more partitions may take its place. It may not while this one is young.
    fn is_exposed(&self) -> bool {
        self.last_used.saturating_duration_since(self.created) > EVICTION_AGE
    }

    fn is_stale(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_used) > EVICTION_AGE
    }
}

/// Every session.
#[derive(Debug)]
pub(super) struct Cache {
    slots: usize,
    most_bytes: usize,
    by_id: HashMap<i32, Slot>,
    bytes: usize,
    pub(super) evictions: u64,
}

impl Cache {
    pub(super) fn new(slots: usize, most_bytes: usize) -> Self {
        Self { slots, most_bytes, by_id: HashMap::new(), bytes: 0, evictions: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn partitions(&self) -> usize {
        self.by_id.values().map(|slot| slot.partitions).sum()
    }

    pub(super) fn get(&self, id: i32) -> Option<Arc<Session>> {
        self.by_id.get(&id).map(|slot| Arc::clone(&slot.session))
    }

    pub(super) fn remove(&mut self, id: i32) -> bool {
        let Some(slot) = self.by_id.remove(&id) else { return false };
        self.bytes = self.bytes.saturating_sub(slot.bytes);
        true
    }

    /// Notes that a session was used, and how large it is now. False if it has outgrown the cache, and is gone.
    pub(super) fn touch(&mut self, id: i32, partitions: &Partitions, now: Instant) -> bool {
        let Some(slot) = self.by_id.get_mut(&id) else { return false };
        let bytes = self.bytes.saturating_sub(slot.bytes).saturating_add(partitions.bytes());
        if bytes > self.most_bytes && partitions.bytes() > slot.bytes {
            self.remove(id);
            return false;
        }
        self.bytes = bytes;
        slot.last_used = now;
        slot.partitions = partitions.len();
        slot.bytes = partitions.bytes();
        true
    }

    /// A new session, if there is a place for it or one can be made.
    pub(super) fn create(&mut self, by_id: bool, partitions: Partitions, now: Instant) -> Option<i32> {
        if self.slots == 0 || partitions.bytes() > self.most_bytes {
            return None;
        }
        let is_full = |cache: &Self| {
            cache.by_id.len() >= cache.slots || cache.bytes + partitions.bytes() > cache.most_bytes
        };
        while is_full(self) {
            let loser = self.loser(partitions.len(), now)?;
            self.remove(loser);
            self.evictions += 1;
        }
        let id = self.fresh_id()?;
        let slot_of = |partitions: Partitions| Slot {
            created: now,
            last_used: now,
            partitions: partitions.len(),
            bytes: partitions.bytes(),
            session: Arc::new(Session {
                id,
                by_id,
                state: Mutex::new(SessionState { epoch: super::FIRST_EPOCH, partitions }),
            }),
        };
        self.bytes += partitions.bytes();
        self.by_id.insert(id, slot_of(partitions));
        Some(id)
    }

    /// Who has to go for a session of so many partitions: the one unused for longest, if it is stale; otherwise the
    /// smallest of those that are exposed, if it is smaller.
    fn loser(&self, partitions: usize, now: Instant) -> Option<i32> {
        let (oldest, slot) = self.by_id.iter().min_by_key(|(id, slot)| (slot.last_used, **id))?;
        if slot.is_stale(now) {
            return Some(*oldest);
        }
        let exposed = self.by_id.iter().filter(|(_, slot)| slot.is_exposed());
        let (smallest, slot) = exposed.min_by_key(|(id, slot)| (slot.partitions, **id))?;
        (slot.partitions < partitions).then_some(*smallest)
    }

    /// A random id, so that no client meets another's session by counting.
    fn fresh_id(&self) -> Option<i32> {
        loop {
            let id = i32::from_be_bytes(*random_id()?.as_bytes().first_chunk()?) & i32::MAX;
            if id != super::NO_SESSION && !self.by_id.contains_key(&id) {
                return Some(id);
            }
        }
    }
}

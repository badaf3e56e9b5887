//! Fetch sessions (KIP-227): a client names its partitions once, and from then on only what changes; the answers hold
//! only partitions with news.
//!
//! A request says a session id and an epoch. Epoch 0 asks for a new session (and ends the one named), -1 for none.
//! Any other must be the next of a session that is known: INVALID_FETCH_SESSION_EPOCH and FETCH_SESSION_ID_NOT_FOUND
//! make the client begin anew. A full cache gives no session (id 0), which costs the client nothing but longer
//! requests.
//!
//! Invariants:
//! - A session moves to its next epoch when a request begins; an answer that finds another one is not given. So of a
//!   request that comes twice, one is answered.
//! - What all sessions keep is bounded by `max.incremental.fetch.session.cache.slots` and by bytes.
//! - Lock order: the cache, then a session.

mod cache;
mod partitions;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use millstream_wire::ErrorCode;
use millstream_wire::messages::fetch::{
    FetchRequest, FetchResponse, FetchableTopicResponse, ForgottenTopic, PartitionData,
};

use cache::{Cache, MOST_BYTES, Session, SessionState};
use partitions::{NameOf, Partitions, of_request, topic_key};

pub(crate) use partitions::{PartitionKey, TopicKey, Wanted};

/// The id that stands for no session.
const NO_SESSION: i32 = 0;
/// A request's epoch that asks for a new session.
const NEW: i32 = 0;
/// A request's epoch that asks for none.
const NONE: i32 = -1;
/// The epoch of the first request inside of a session.
const FIRST_EPOCH: i32 = 1;
/// The first version that names topics by id.
const TOPIC_IDS: i16 = 13;

/// How many sessions there are, for the metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FetchSessionCounts {
    /// Sessions (`NumIncrementalFetchSessions`).
    pub sessions: usize,
    /// Partitions in them (`NumIncrementalFetchPartitionsCached`).
    pub partitions: usize,
    /// Sessions that had to go for others, since the start (`IncrementalFetchSessionEvictionsPerSec` counts them).
    pub evictions: u64,
}

/// Every fetch session of this broker.
#[derive(Debug)]
pub(crate) struct FetchSessions(Mutex<Cache>);

/// A fetch that has begun: which partitions it is about, and how it is answered.
#[derive(Debug)]
pub(crate) struct Fetching {
    pub(crate) wanted: Vec<Wanted>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Every partition is in the request and in the answer.
    Sessionless,
    /// The same, and a session may begin with it.
    Whole { by_id: bool },
    /// Inside of a session, which has to be at this epoch when the answer is ready.
    Incremental { session: Arc<Session>, epoch: i32 },
}

impl FetchSessions {
    /// With `max.incremental.fetch.session.cache.slots`.
    pub(crate) fn new(slots: usize) -> Self {
        Self(Mutex::new(Cache::new(slots, MOST_BYTES)))
    }

    pub(crate) fn counts(&self) -> FetchSessionCounts {
        let cache = self.cache();
        FetchSessionCounts {
            sessions: cache.len(),
            partitions: cache.partitions(),
            evictions: cache.evictions,
        }
    }

    /// What a request is about; `name_of` says which topic an id belongs to.
    ///
    /// # Errors
    /// The error of the whole answer, when its session is not there or at another epoch.
    pub(crate) fn begin(
        &self,
        request: &FetchRequest,
        version: i16,
        now: Instant,
        name_of: NameOf<'_>,
    ) -> Result<Fetching, ErrorCode> {
        let by_id = version >= TOPIC_IDS;
        let named = of_request(&request.topics, by_id, name_of);
        if matches!(request.session_epoch, NEW | NONE) {
            if request.session_id != NO_SESSION {
                self.cache().remove(request.session_id);
            }
            let asks = request.session_epoch == NEW;
            let kind = if asks { Kind::Whole { by_id } } else { Kind::Sessionless };
            return Ok(Fetching { wanted: named, kind });
        }
        let mut cache = self.cache();
        let session = cache.get(request.session_id).ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?;
        let mut state = session.state();
        if state.epoch != request.session_epoch {
            return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        if session.by_id != by_id {
            return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
        }
        change(&mut state.partitions, &named, &request.forgotten_topics_data, by_id);
        if state.partitions.len() == 0 {
            cache.remove(session.id);
            return Ok(Fetching { wanted: named, kind: Kind::Sessionless });
        }
        if !cache.touch(session.id, &state.partitions, now) {
            return Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
        }
        state.epoch = next(state.epoch);
        let (wanted, epoch) = (state.partitions.wanted(), state.epoch);
        drop(state);
        Ok(Fetching { wanted, kind: Kind::Incremental { session, epoch } })
    }

    /// The answer, of what was read of each partition: all of it, or in a session what is news there.
    pub(crate) fn finish(
        &self,
        fetching: Fetching,
        mut read: Vec<(PartitionKey, PartitionData)>,
        now: Instant,
    ) -> FetchResponse {
        let session_id = match fetching.kind {
            Kind::Sessionless => NO_SESSION,
            Kind::Whole { by_id } => {
                let partitions = Partitions::answered(fetching.wanted, &read);
                self.cache().create(by_id, partitions, now).unwrap_or(NO_SESSION)
            }
            Kind::Incremental { session, epoch } => {
                let mut state = session.state();
                if state.epoch != epoch {
                    let error_code = ErrorCode::INVALID_FETCH_SESSION_EPOCH;
                    return FetchResponse { error_code, session_id: session.id, ..Default::default() };
                }
                read.retain(|(key, data)| state.partitions.must_tell(key, data));
                session.id
            }
        };
        FetchResponse { session_id, responses: by_topic(read), ..Default::default() }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn state(&self) -> MutexGuard<'_, SessionState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The epoch after this one; 0 is never one.
fn next(epoch: i32) -> i32 {
    epoch.checked_add(1).unwrap_or(FIRST_EPOCH)
}

fn change(partitions: &mut Partitions, named: &[Wanted], forgotten: &[ForgottenTopic], by_id: bool) {
    named.iter().cloned().for_each(|wanted| partitions.set(wanted));
    for topic in forgotten {
        let key = topic_key(&topic.topic, topic.topic_id, by_id);
        for index in &topic.partitions {
            partitions.forget(&PartitionKey { topic: key.clone(), index: *index });
        }
    }
}

/// Partitions that follow each other in one topic share its entry.
fn by_topic(read: Vec<(PartitionKey, PartitionData)>) -> Vec<FetchableTopicResponse> {
    let mut topics: Vec<FetchableTopicResponse> = Vec::new();
    let mut last: Option<TopicKey> = None;
    for (key, data) in read {
        match topics.last_mut() {
            Some(topic) if last.as_ref() == Some(&key.topic) => topic.partitions.push(data),
            _ => {
                let partitions = vec![data];
                topics.push(match &key.topic {
                    TopicKey::Name(name) => {
                        FetchableTopicResponse { topic: name.clone(), partitions, ..Default::default() }
                    }
                    TopicKey::Id(id) => {
                        FetchableTopicResponse { topic_id: *id, partitions, ..Default::default() }
                    }
                });
                last = Some(key.topic);
            }
        }
    }
    topics
}

//! All sessions by (user, session id): made on first use, gone after release or an idle hour.
//!
//! An id that was released stays refused for a while, as with Spark, so that a late request of the old program does
//! not bring an empty session to life.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use millstream_engine::Engine;
use uuid::Uuid;

use super::Session;
use crate::console::Consoles;
use crate::error::{Kind, Result, SparkError, invalid_handle};

/// Sessions at one time.
const MAX_SESSIONS: usize = 256;
/// Released ids that are remembered.
const MAX_CLOSED: usize = 1024;
/// A session without calls and without running queries ends after this.
pub(crate) const IDLE: Duration = Duration::from_secs(60 * 60);

type Key = (String, String);

/// What the sessions of one server share.
#[derive(Debug)]
pub(crate) struct Door {
    /// Where their queries run.
    pub(crate) engine: Arc<Engine>,
    /// Their terminals.
    pub(crate) consoles: Arc<Consoles>,
    /// Where the server listens, for workers that call back.
    pub(crate) address: Option<SocketAddr>,
}

/// The sessions of one server.
#[derive(Debug)]
pub(crate) struct Sessions {
    door: Door,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    live: HashMap<Key, Arc<Session>>,
    closed: VecDeque<Key>,
}

impl Sessions {
    /// None yet.
    pub(crate) fn new(door: Door) -> Self {
        Self { door, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of a call, made if this is its first one.
    ///
    /// # Errors
    /// An id that is no UUID, a session that was closed or that the client knew from an earlier server, or too many.
    pub(crate) fn get_or_create(&self, user: &str, id: &str, observed: Option<&str>) -> Result<Arc<Session>> {
        if Uuid::try_parse(id).is_err() {
            let why = "Handle must be an UUID string of the format '00112233-4455-6677-8899-aabbccddeeff'";
            return Err(invalid_handle("FORMAT", &shortened(id), why));
        }
        let key = (user.to_owned(), id.to_owned());
        let mut inner = self.lock();
        if let Some(session) = inner.live.get(&key) {
            check_observed(session, observed)?;
            session.touch();
            return Ok(Arc::clone(session));
        }
        if inner.closed.contains(&key) {
            return Err(invalid_handle("SESSION_CLOSED", id, "Session was closed."));
        }
        if observed.is_some_and(|known| !known.is_empty()) {
            let why = "The existing Spark server driver instance has restarted. Please reconnect.";
            return Err(invalid_handle("SESSION_CHANGED", id, why));
        }
        if inner.live.len() >= MAX_SESSIONS {
            let text = format!(
                "This server holds at most {MAX_SESSIONS} sessions; stop one (spark.stop()) and retry."
            );
            return Err(SparkError::plain(Kind::Spark, text));
        }
        let session = Arc::new(Session::open(user, id, &self.door)?);
        inner.live.insert(key, Arc::clone(&session));
        Ok(session)
    }

    /// The session of a call that must not make one.
    pub(crate) fn get(&self, user: &str, id: &str, observed: Option<&str>) -> Result<Arc<Session>> {
        let inner = self.lock();
        let Some(session) = inner.live.get(&(user.to_owned(), id.to_owned())) else {
            return Err(invalid_handle("SESSION_NOT_FOUND", &shortened(id), "Session not found."));
        };
        check_observed(session, observed)?;
        session.touch();
        Ok(Arc::clone(session))
    }

    /// Takes a session out, to be ended by [`Sessions::close`]. With `allow_reconnect`, or with a terminal attached,
    /// its id may be used again: a program that stops its SparkSession and makes another comes with the same one.
    pub(crate) fn remove(&self, user: &str, id: &str, allow_reconnect: bool) -> Option<Arc<Session>> {
        let key = (user.to_owned(), id.to_owned());
        let mut inner = self.lock();
        let session = inner.live.remove(&key)?;
        if !allow_reconnect && self.door.consoles.program_of(id).is_none() {
            if inner.closed.len() >= MAX_CLOSED {
                inner.closed.pop_front();
            }
            inner.closed.push_back(key);
        }
        Some(session)
    }

    /// Takes out what has been idle for too long, and lets abandoned operations of the others go.
    pub(crate) fn sweep(&self) -> Vec<Arc<Session>> {
        let mut inner = self.lock();
        let idle: Vec<Key> = inner
            .live
            .iter()
            .filter(|(_, session)| session.is_idle(IDLE))
            .map(|(key, _)| key.clone())
            .collect();
        let gone = idle.iter().filter_map(|key| inner.live.remove(key)).collect();
        for session in inner.live.values() {
            session.operations.sweep();
        }
        gone
    }

    /// Every session, for the end of the server.
    pub(crate) fn drain(&self) -> Vec<Arc<Session>> {
        self.lock().live.drain().map(|(_, session)| session).collect()
    }

    /// Ends a session that was taken out: its operations and its queries.
    pub(crate) async fn close(&self, session: &Session) {
        session.operations.clear();
        self.door.engine.close_session(&session.id).await;
    }
}

fn check_observed(session: &Session, observed: Option<&str>) -> Result<()> {
    match observed {
        Some(known) if !known.is_empty() && known != session.server_side_id => {
            let why = "The existing Spark server driver instance has restarted. Please reconnect.";
            Err(invalid_handle("SESSION_CHANGED", &session.id, why))
        }
        _ => Ok(()),
    }
}

/// An id for a message: whatever was sent, but not more than a line of it.
fn shortened(id: &str) -> String {
    id.chars().take(64).collect()
}

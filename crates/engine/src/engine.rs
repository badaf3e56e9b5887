//! The engine: every session and query of the process.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, Runtime};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::progress::Progress;
use crate::topics::TopicStore;
use crate::{Connectors, ConsoleOut, EngineError, Query, Session, Snapshot};

/// Events that a receiver may lag behind.
const EVENTS: usize = 1024;
/// Ended queries that are remembered.
const ENDED: usize = 100;

/// How to make an engine.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Where queries' checkpoints go that give a relative `checkpointLocation`: `DATA/engine`.
    pub directory: PathBuf,
    /// How topics are read and written.
    pub topics: Arc<dyn TopicStore>,
    /// Where the console sink of sessions without an own receiver writes.
    pub console: ConsoleOut,
    /// The formats beside the engine's own.
    pub connectors: Connectors,
}

/// Something that happened to a query.
#[derive(Debug, Clone)]
pub enum QueryEvent {
    /// It was started.
    Started(Arc<Query>),
    /// It finished a batch.
    Progress(Arc<Query>, Arc<Progress>),
    /// Its result changed.
    Rows(Arc<Query>, Arc<Snapshot>),
    /// Its console sink wrote this text.
    Console(Arc<Query>, Arc<str>),
    /// It ended; if it failed, [`Query::exception`] says why.
    Terminated(Arc<Query>),
}

/// All sessions and queries. Shared by the doors.
///
/// Queries run on threads of the engine's own: an epoch computes and syncs files, and must not hold up a door.
#[derive(Debug)]
pub struct Engine {
    config: EngineConfig,
    sessions: Mutex<BTreeMap<String, Arc<Session>>>,
    queries: Mutex<VecDeque<Arc<Query>>>,
    events: broadcast::Sender<QueryEvent>,
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Engine {
    /// Makes an engine. Nothing runs yet.
    ///
    /// # Errors
    /// The directory or the threads cannot be made.
    pub fn new(config: EngineConfig) -> Result<Arc<Self>, EngineError> {
        std::fs::create_dir_all(&config.directory)
            .map_err(|error| EngineError::io(&config.directory, &error))?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().thread_name("engine").enable_all().build().map_err(
                |error| EngineError::execution(format!("cannot start the engine's threads: {error}")),
            )?;
        Ok(Arc::new(Self {
            config,
            sessions: Mutex::default(),
            queries: Mutex::default(),
            events: broadcast::Sender::new(EVENTS),
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        }))
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a session: own views, configuration and memory tables. `console` receives its console sinks' text.
    ///
    /// # Errors
    /// A session with this id is open.
    pub fn open_session(
        self: &Arc<Self>,
        id: &str,
        console: Option<ConsoleOut>,
    ) -> Result<Arc<Session>, EngineError> {
        let mut sessions = self.sessions();
        if sessions.contains_key(id) {
            return Err(EngineError::illegal_argument(format!("a session with id {id} is open already")));
        }
        let console = console.unwrap_or_else(|| self.config.console.clone());
        let session = Session::new(self, id, console);
        sessions.insert(id.to_owned(), Arc::clone(&session));
        Ok(session)
    }

    /// A session by its id.
    pub fn session(&self, id: &str) -> Option<Arc<Session>> {
        self.sessions().get(id).cloned()
    }

    /// Closes a session: stops its queries, forgets its views.
    pub async fn close_session(&self, id: &str) {
        let session = self.sessions().remove(id);
        if let Some(session) = session {
            for query in session.active() {
                query.stop().await;
            }
        }
    }

    /// All queries that run, and the last ended ones (at most 100), oldest first.
    pub fn queries(&self) -> Vec<Arc<Query>> {
        self.queries.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// A query by id (its newest run) or run id.
    pub fn query(&self, id: Uuid) -> Option<Arc<Query>> {
        self.queries().into_iter().rfind(|query| query.id() == id || query.run_id() == id)
    }

    /// What happens to queries from now on. A slow receiver misses events (`Lagged`) and reads the queries anew.
    pub fn events(&self) -> broadcast::Receiver<QueryEvent> {
        self.events.subscribe()
    }

    /// Stops all queries and waits for them.
    pub async fn shutdown(&self) {
        let stops = self.queries().into_iter().filter(|query| query.is_active());
        futures::future::join_all(stops.map(|query| async move { query.stop().await })).await;
    }
}

/// The sessions' side.
impl Engine {
    pub(crate) fn config(&self) -> &EngineConfig {
        &self.config
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(crate) fn sender(&self) -> &broadcast::Sender<QueryEvent> {
        &self.events
    }

    /// Takes a query in; refuses a second run of one that runs (same checkpoint).
    pub(crate) fn register(&self, query: &Arc<Query>) -> Result<(), EngineError> {
        let mut queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
        if queries.iter().any(|other| other.is_active() && other.id() == query.id()) {
            return Err(EngineError::execution(format!(
                "[CONCURRENT_QUERY] Another instance of this query [id: {}] was just started by a concurrent session. \
                 SQLSTATE: 0A000",
                query.id()
            )));
        }
        if let Some(name) = query.name()
            && queries.iter().any(|other| {
                other.is_active() && other.session_id() == query.session_id() && other.name() == Some(name)
            })
        {
            return Err(EngineError::query_name_taken(name));
        }
        let ended = queries.iter().filter(|other| !other.is_active()).count();
        if ended >= ENDED
            && let Some(oldest) = queries.iter().position(|other| !other.is_active())
        {
            queries.remove(oldest);
        }
        queries.push_back(Arc::clone(query));
        Ok(())
    }
}

//! The engine: every session and query of the process.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::broadcast;
use uuid::Uuid;

use crate::progress::Progress;
use crate::topics::TopicStore;
use crate::{ConsoleOut, EngineError, Query, Session, Snapshot};

/// How to make an engine.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Where checkpoints without a `checkpointLocation` of their own go: `DATA/engine`.
    pub directory: PathBuf,
    /// How topics are read and written.
    pub topics: Arc<dyn TopicStore>,
    /// Where the console sink of sessions without an own receiver writes.
    pub console: ConsoleOut,
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
#[derive(Debug)]
pub struct Engine {
    _config: EngineConfig,
}

impl Engine {
    /// Makes an engine. Nothing runs yet.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn new(config: EngineConfig) -> Result<Arc<Self>, EngineError> {
        Ok(Arc::new(Self { _config: config }))
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
        let _ = (id, console);
        Err(EngineError::unsupported("open_session"))
    }

    /// A session by its id.
    pub fn session(&self, id: &str) -> Option<Arc<Session>> {
        let _ = id;
        None
    }

    /// Closes a session: stops its queries, forgets its views.
    pub async fn close_session(&self, id: &str) {
        let _ = id;
    }

    /// All queries that run, and the last ended ones (at most 100).
    pub fn queries(&self) -> Vec<Arc<Query>> {
        Vec::new()
    }

    /// A query by id or run id.
    pub fn query(&self, id: Uuid) -> Option<Arc<Query>> {
        let _ = id;
        None
    }

    /// What happens to queries from now on. A slow receiver misses events (`Lagged`) and reads the queries anew.
    pub fn events(&self) -> broadcast::Receiver<QueryEvent> {
        broadcast::channel(1).1
    }

    /// Stops all queries and waits for them.
    pub async fn shutdown(&self) {}
}

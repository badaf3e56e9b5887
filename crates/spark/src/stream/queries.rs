//! The queries that a session started: the running ones, and the last ended ones for those who ask late.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use millstream_engine::Query;

use crate::error::{Kind, Result, SparkError};

/// Ended queries that are remembered.
const KEPT: usize = 100;

/// A session's queries, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Queries {
    started: Mutex<Vec<Arc<Query>>>,
}

impl Queries {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Query>>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a query; the oldest ended one makes room.
    pub(super) fn add(&self, query: Arc<Query>) {
        let mut started = self.lock();
        let ended = started.iter().filter(|query| !query.is_active()).count();
        if ended >= KEPT
            && let Some(oldest) = started.iter().position(|query| !query.is_active())
        {
            started.remove(oldest);
        }
        started.push(query);
    }

    /// A run of a query.
    pub(super) fn run(&self, id: &str, run_id: &str) -> Result<Arc<Query>> {
        let found = self
            .lock()
            .iter()
            .find(|q| q.run_id().to_string() == run_id && q.id().to_string() == id)
            .cloned();
        found.ok_or_else(|| {
            let short = |id: &str| id.chars().take(64).collect::<String>();
            let (id, run_id) = (short(id), short(run_id));
            let text = format!("Streaming query {id} (run {run_id}) is not known to this session.");
            SparkError::plain(Kind::IllegalArgument, text)
        })
    }

    /// Those that run.
    pub(super) fn active(&self) -> Vec<Arc<Query>> {
        self.lock().iter().filter(|query| query.is_active()).cloned().collect()
    }

    /// One that has ended since the last [`Queries::forget_ended`]; a failed one before others.
    pub(super) fn ended(&self) -> Option<Arc<Query>> {
        let started = self.lock();
        let mut ended = started.iter().filter(|query| !query.is_active());
        let first = ended.clone().next();
        ended.find(|query| query.exception().is_some()).or(first).cloned()
    }

    /// `spark.streams.resetTerminated()`.
    pub(super) fn forget_ended(&self) {
        self.lock().retain(|query| query.is_active());
    }
}

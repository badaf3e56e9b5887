//! The operations of a session: one per `ExecutePlan`, by the id that the client chose.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Operation;
use crate::error::{Kind, Result, SparkError, invalid_handle};

/// Operations of one session at one time.
const MAX_OPERATIONS: usize = 1024;
/// A reattachable operation that nobody listens to is abandoned after this, as with Spark.
const ABANDONED_AFTER: Duration = Duration::from_secs(5 * 60);

/// Operations by id.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    by_id: Mutex<HashMap<String, Arc<Operation>>>,
}

impl Operations {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Operation>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a new operation.
    pub(crate) fn insert(&self, operation: Arc<Operation>) -> Result<()> {
        let mut by_id = self.lock();
        if by_id.contains_key(&operation.id) {
            return Err(invalid_handle(
                "OPERATION_ALREADY_EXISTS",
                &operation.id,
                "Operation already exists.",
            ));
        }
        if by_id.len() >= MAX_OPERATIONS {
            let text = format!("A session runs at most {MAX_OPERATIONS} operations at a time.");
            return Err(SparkError::plain(Kind::Spark, text));
        }
        by_id.insert(operation.id.clone(), operation);
        Ok(())
    }

    /// The operation of that id.
    pub(crate) fn get(&self, id: &str) -> Result<Arc<Operation>> {
        let found = self.lock().get(id).cloned();
        found.ok_or_else(|| invalid_handle("OPERATION_NOT_FOUND", id, "Operation not found."))
    }

    /// Forgets an operation, and stops it if it still runs.
    pub(crate) fn remove(&self, id: &str) -> Option<Arc<Operation>> {
        let operation = self.lock().remove(id)?;
        operation.release();
        Some(operation)
    }

    /// Stops those that `wanted` chooses; they stay until the client releases them. Returns their ids.
    pub(crate) fn interrupt(&self, wanted: impl Fn(&Operation) -> bool) -> Vec<String> {
        let by_id = self.lock();
        let running = by_id.values().filter(|operation| wanted(operation));
        running.filter(|operation| operation.cancel()).map(|operation| operation.id.clone()).collect()
    }

    /// Forgets operations that nobody has listened to for too long.
    pub(crate) fn sweep(&self) {
        self.lock().retain(|_, operation| {
            let abandoned = operation.detached_for().is_some_and(|time| time > ABANDONED_AFTER);
            if abandoned {
                operation.release();
            }
            !abandoned
        });
    }

    /// Whether something runs.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Stops and forgets all of them.
    pub(crate) fn clear(&self) {
        for (_, operation) in self.lock().drain() {
            operation.release();
        }
    }
}

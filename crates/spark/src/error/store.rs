//! The session's recent errors, kept so that `FetchErrorDetails` can tell a long one in full.
//!
//! A gRPC status travels in a header and must stay small; the client asks for the rest by id. Bounded: an old error
//! makes room for a new one.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use super::SparkError;

const KEPT: usize = 32;

/// A ring of errors by id.
#[derive(Debug, Default)]
pub(crate) struct ErrorStore {
    recent: Mutex<VecDeque<(String, SparkError)>>,
}

impl ErrorStore {
    /// Keeps an error and names it.
    pub(crate) fn put(&self, error: SparkError) -> String {
        let id = Uuid::new_v4().to_string();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= KEPT {
            recent.pop_front();
        }
        recent.push_back((id.clone(), error));
        id
    }

    /// Hands an error out, once, as Spark does.
    pub(crate) fn take(&self, id: &str) -> Option<SparkError> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let at = recent.iter().position(|(known, _)| known == id)?;
        recent.remove(at).map(|(_, error)| error)
    }
}

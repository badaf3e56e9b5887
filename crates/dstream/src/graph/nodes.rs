//! The nodes that the driver may still name.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Kind, Node};
use crate::error::CallError;
use crate::limits;

/// By id.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    known: Mutex<HashMap<i64, Arc<Node>>>,
    own: AtomicI64,
}

impl Nodes {
    /// The node.
    ///
    /// # Errors
    /// The driver never defined it, or forgot it.
    pub(crate) fn get(&self, id: i64) -> Result<Arc<Node>, CallError> {
        self.known().get(&id).cloned().ok_or_else(|| CallError::NotFound(format!("there is no RDD {id}")))
    }

    /// Makes a node of the driver known.
    ///
    /// # Errors
    /// The id is taken or not positive, or there are too many.
    pub(crate) fn add(&self, node: Arc<Node>) -> Result<(), CallError> {
        if node.id <= 0 {
            return Err(CallError::Invalid(format!("{} is no id for an RDD: they count from 1", node.id)));
        }
        self.insert(node)
    }

    /// A node of the server's own, with a negative id.
    ///
    /// # Errors
    /// There are too many.
    pub(crate) fn add_own(&self, kind: Kind, partitions: usize) -> Result<Arc<Node>, CallError> {
        let id = self.own.fetch_sub(1, Ordering::Relaxed).saturating_sub(1);
        let node = Node::new(id, kind, partitions, 0);
        self.insert(Arc::clone(&node))?;
        Ok(node)
    }

    fn insert(&self, node: Arc<Node>) -> Result<(), CallError> {
        let mut known = self.known();
        if known.len() >= limits::NODES {
            return Err(CallError::TooMuch(format!("more than {} RDDs at once", limits::NODES)));
        }
        if known.contains_key(&node.id) {
            return Err(CallError::Invalid(format!("RDD {} is already defined", node.id)));
        }
        known.insert(node.id, node);
        Ok(())
    }

    /// The driver will not name them again. Unknown ones are fine: they were forgotten before.
    pub(crate) fn forget(&self, ids: &[i64]) {
        let mut forgotten = Vec::with_capacity(ids.len().min(limits::NODES));
        let mut known = self.known();
        forgotten.extend(ids.iter().filter_map(|id| known.remove(id)));
        drop(known);
        // Dropped here, outside of the lock: this frees blocks and removes files.
        drop(forgotten);
    }

    /// Lets everything go.
    pub(crate) fn clear(&self) {
        let all = std::mem::take(&mut *self.known());
        drop(all);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<i64, Arc<Node>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

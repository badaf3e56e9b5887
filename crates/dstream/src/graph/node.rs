//! One node: how its partitions come to be, and those that are kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::Source;
use crate::block::Block;
use crate::error::CallError;
use crate::text::Split;
use crate::worker::Command;

/// An RDD.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: i64,
    /// Number of partitions; bounded by `limits::PARTITIONS`.
    pub(crate) partitions: usize,
    /// Nodes on the longest way from a source; 0 once it is cut.
    depth: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    kind: Arc<Kind>,
    kept: Option<Arc<Kept>>,
    cut: bool,
}

/// The partitions of a persisted node, each computed at most once.
pub(crate) type Kept = Vec<OnceCell<Arc<Block>>>;

/// How partitions come to be.
#[derive(Debug)]
pub(crate) enum Kind {
    /// The driver's own data.
    Source(Source),
    /// Data that is there: what an input received, or what was cut from its lineage.
    Blocks(Vec<Arc<Block>>),
    /// Splits of files.
    Text(Vec<Split>),
    /// A command over each partition of the parent.
    Step { parent: Arc<Node>, command: Arc<Command> },
    /// All parents' partitions, one parent after the other.
    Union(Vec<Arc<Node>>),
    /// Ranges of the parent's partitions, joined.
    Coalesce { parent: Arc<Node>, to: usize },
    /// Chunks by key.
    Shuffle { parent: Arc<Node>, output: OnceCell<Arc<Shuffled>> },
    /// Frames of both in turns: frame by frame, or each with each.
    Pairs { left: Arc<Node>, right: Arc<Node>, zip: bool },
    /// Files of SavePartitions.
    Saved(Vec<std::path::PathBuf>),
}

/// A shuffle's buckets: by partition after it, one block per partition before it that had something for it.
pub(crate) type Shuffled = BTreeMap<usize, Vec<Arc<Block>>>;

impl Node {
    /// A node. `depth` is one more than its deepest parent's.
    pub(crate) fn new(id: i64, kind: Kind, partitions: usize, depth: u32) -> Arc<Self> {
        let state = State { kind: Arc::new(kind), kept: None, cut: false };
        Arc::new(Self { id, partitions, depth, state: Mutex::new(state) })
    }

    /// How partitions come to be, now.
    pub(crate) fn kind(&self) -> Arc<Kind> {
        Arc::clone(&self.state().kind)
    }

    /// Where persisted partitions are kept; `None` when the node is not persisted.
    pub(crate) fn kept(&self) -> Option<Arc<Kept>> {
        self.state().kept.clone()
    }

    /// Nodes on the longest way from a source.
    pub(crate) fn depth(&self) -> u32 {
        let state = self.state();
        if state.cut { 0 } else { self.depth }
    }

    /// Whether computed partitions are kept.
    pub(crate) fn is_persisted(&self) -> bool {
        let state = self.state();
        state.cut || state.kept.is_some()
    }

    /// Keeps what will be computed, or lets go what was.
    ///
    /// # Errors
    /// The lineage was cut: letting go would lose the data for good.
    pub(crate) fn persist(&self, keep: bool) -> Result<(), CallError> {
        let mut state = self.state();
        match (state.cut, keep) {
            (true, true) => {}
            (true, false) => {
                let text = format!("RDD {} has no lineage any more: it can only be forgotten", self.id);
                return Err(CallError::NotNow(text));
            }
            (false, true) if state.kept.is_some() => {}
            (false, true) => {
                state.kept = Some(Arc::new((0..self.partitions).map(|_| OnceCell::new()).collect()));
            }
            (false, false) => state.kept = None,
        }
        Ok(())
    }

    /// Forgets how the partitions came to be. Those who compute from it at this moment still hold the old lineage.
    ///
    /// # Errors
    /// Not all partitions are there.
    pub(crate) fn cut(&self) -> Result<(), CallError> {
        let mut state = self.state();
        if state.cut {
            return Ok(());
        }
        let blocks: Option<Vec<_>> =
            state.kept.iter().flat_map(|kept| kept.iter()).map(|cell| cell.get().cloned()).collect();
        match blocks {
            Some(blocks) if blocks.len() == self.partitions => {
                let before = std::mem::replace(&mut state.kind, Arc::new(Kind::Blocks(blocks)));
                state.kept = None;
                state.cut = true;
                drop(state);
                drop(before);
                Ok(())
            }
            _ => Err(CallError::NotNow(format!("RDD {} is not computed and persisted", self.id))),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing in here panics while the lock is held; a poisoned lock would still hold whole values.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

//! A context: what one SparkContext has on the server, and the registry of all of them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tracing::debug;
use uuid::Uuid;

use crate::compute::JobSettings;
use crate::error::CallError;
use crate::graph::{Definer, Nodes};
use crate::limits;
use crate::proto;
use crate::streaming::Streaming;

/// One SparkContext.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) id: String,
    /// Where relative paths start.
    pub(crate) directory: PathBuf,
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) jobs: Arc<JobSettings>,
    pub(crate) streaming: Streaming,
    ended: watch::Sender<bool>,
}

impl Context {
    /// A new one, which nobody knows yet.
    pub(crate) fn new(directory: PathBuf, jobs: Arc<JobSettings>) -> Arc<Self> {
        Arc::new(Self {
            id: Uuid::new_v4().to_string(),
            directory,
            nodes: Arc::new(Nodes::default()),
            jobs,
            streaming: Streaming::default(),
            ended: watch::Sender::new(false),
        })
    }

    /// Makes nodes known; gives their numbers of partitions.
    ///
    /// # Errors
    /// As `Definer::define`.
    pub(crate) async fn define(&self, nodes: Vec<proto::Node>) -> Result<Vec<usize>, CallError> {
        let definer = Definer { nodes: &self.nodes, store: &self.jobs.store, directory: &self.directory };
        definer.define(nodes).await
    }

    /// Done when the context ends.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut ended = self.ended.subscribe();
        async move { drop(ended.wait_for(|ended| *ended).await) }
    }

    /// Ends jobs, the streaming run and the workers, and lets the data go.
    async fn end(&self) {
        self.ended.send_replace(true);
        self.jobs.pool.close().await;
        self.nodes.clear();
        debug!(context = self.id, "a SparkContext ended");
    }
}

/// All contexts of the server.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    known: Mutex<HashMap<String, Arc<Context>>>,
}

impl Contexts {
    /// The context.
    ///
    /// # Errors
    /// It never was, or it has ended.
    pub(crate) fn get(&self, id: &str) -> Result<Arc<Context>, CallError> {
        self.known()
            .get(id)
            .cloned()
            .ok_or_else(|| CallError::NotFound("this SparkContext has ended".to_owned()))
    }

    /// Makes it known.
    ///
    /// # Errors
    /// There are too many.
    pub(crate) fn add(&self, context: &Arc<Context>) -> Result<(), CallError> {
        let mut known = self.known();
        if known.len() >= limits::CONTEXTS {
            return Err(CallError::TooMuch(format!(
                "more than {} SparkContexts on one server",
                limits::CONTEXTS
            )));
        }
        known.insert(context.id.clone(), Arc::clone(context));
        Ok(())
    }

    /// Ends one; one that has ended is fine.
    pub(crate) async fn end(&self, id: &str) {
        let context = self.known().remove(id);
        if let Some(context) = context {
            context.end().await;
        }
    }

    /// Ends all.
    pub(crate) async fn end_all(&self) {
        let all = std::mem::take(&mut *self.known());
        for context in all.into_values() {
            context.end().await;
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<Context>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! One job: what all of its tasks share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::block::{Block, Store};
use crate::error::{JobError, TaskName};
use crate::worker::{self, Command, Pool, TaskContext};

/// What all jobs of a context share.
#[derive(Debug)]
pub(crate) struct JobSettings {
    pub(crate) pool: Arc<Pool>,
    pub(crate) store: Arc<Store>,
    /// Tasks at once.
    pub(crate) parallel: usize,
    stages: AtomicI32,
    attempts: AtomicI64,
}

impl JobSettings {
    /// Jobs of one context.
    pub(crate) fn new(pool: Arc<Pool>, store: Arc<Store>, parallel: usize) -> Arc<Self> {
        Arc::new(Self { pool, store, parallel, stages: AtomicI32::new(0), attempts: AtomicI64::new(0) })
    }
}

/// A job.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) settings: Arc<JobSettings>,
    local_properties: Arc<BTreeMap<String, String>>,
    accumulators: Mutex<Vec<Bytes>>,
}

impl Job {
    /// A job that has not begun.
    pub(crate) fn new(settings: &Arc<JobSettings>, local_properties: BTreeMap<String, String>) -> Arc<Self> {
        Arc::new(Self {
            settings: Arc::clone(settings),
            local_properties: Arc::new(local_properties),
            accumulators: Mutex::new(Vec::new()),
        })
    }

    /// The number of the next stage.
    pub(crate) fn next_stage(&self) -> i32 {
        self.settings.stages.fetch_add(1, Ordering::Relaxed) & i32::MAX
    }

    /// Runs a command over a block in a worker.
    ///
    /// # Errors
    /// The function raised, the worker was lost, or the result could not be kept.
    pub(crate) async fn run(
        &self,
        task: TaskName,
        command: &Command,
        input: &Arc<Block>,
    ) -> Result<Arc<Block>, JobError> {
        let launch = self.settings.pool.launch();
        let context = TaskContext {
            name: task,
            attempt: self.settings.attempts.fetch_add(1, Ordering::Relaxed),
            python_version: Arc::clone(&launch.python_version),
            files_directory: Arc::clone(&launch.files_directory),
            local_properties: Arc::clone(&self.local_properties),
        };
        let finished =
            worker::run(&self.settings.pool, &self.settings.store, &context, command, input).await?;
        if !finished.accumulators.is_empty() {
            self.accumulators.lock().unwrap_or_else(PoisonError::into_inner).extend(finished.accumulators);
        }
        Ok(finished.block)
    }

    /// The accumulator updates since the last call.
    pub(crate) fn take_accumulators(&self) -> Vec<Bytes> {
        std::mem::take(&mut *self.accumulators.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

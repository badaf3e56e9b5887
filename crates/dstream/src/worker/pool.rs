//! The workers of one context: warmed at its start, used again, never more than the cap at once.

use std::sync::Arc;
use std::sync::Mutex;

use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tracing::debug;

use super::broadcasts::Loaded;
use super::daemon::Daemon;
use super::{Launch, Printed};
use crate::error::JobError;

/// The pool.
#[derive(Debug)]
pub(crate) struct Pool {
    launch: Launch,
    printed: mpsc::Sender<Printed>,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Worker>>,
    daemon: tokio::sync::Mutex<Option<Arc<Daemon>>>,
}

/// One worker process between or in tasks. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) socket: TcpStream,
    pub(super) loaded: Loaded,
    pid: i32,
    daemon: Arc<Daemon>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.daemon.kill(self.pid);
    }
}

/// A worker for one task, and the right to use it.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) worker: Worker,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    /// A pool of at most `most` workers; none is started yet.
    pub(crate) fn new(launch: Launch, most: usize, printed: mpsc::Sender<Printed>) -> Arc<Self> {
        Arc::new(Self {
            launch,
            printed,
            permits: Arc::new(Semaphore::new(most)),
            idle: Mutex::new(Vec::new()),
            daemon: tokio::sync::Mutex::new(None),
        })
    }

    /// What the workers are started with.
    pub(crate) fn launch(&self) -> &Launch {
        &self.launch
    }

    /// Starts `count` workers, so that the first tasks find them ready: a worker imports PySpark when it starts.
    ///
    /// # Errors
    /// The interpreter or PySpark's daemon does not start.
    pub(crate) async fn warm(&self, count: usize) -> Result<(), JobError> {
        for _ in 0..count {
            let worker = self.start().await?;
            self.keep(worker);
        }
        Ok(())
    }

    /// Waits for a free place, then for a worker.
    pub(super) async fn lease(&self) -> Result<Lease, JobError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| JobError::Closed)?;
        let worker = match self.an_idle_one() {
            Some(worker) => worker,
            None => self.start().await?,
        };
        Ok(Lease { worker, _permit: permit })
    }

    /// The worker is ready for its next task.
    pub(super) fn give_back(&self, lease: Lease) {
        self.keep(lease.worker);
    }

    /// A worker was used up: the next one is started now, so that the next task need not wait for it.
    pub(super) fn replace(self: &Arc<Self>, used_up: Lease) {
        drop(used_up);
        let pool = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = pool.warm(1).await {
                debug!(%error, "no worker in place of one that was used up");
            }
        });
    }

    /// No more leases; idle workers end now, busy ones with their tasks.
    pub(crate) async fn close(&self) {
        self.permits.close();
        drop(self.idle.lock().map(|mut idle| std::mem::take(&mut *idle)));
        *self.daemon.lock().await = None;
    }

    fn keep(&self, worker: Worker) {
        // After `close` nobody takes it: it is dropped, and so killed.
        if !self.permits.is_closed()
            && let Ok(mut idle) = self.idle.lock()
        {
            idle.push(worker);
        }
    }

    /// The one that was used last; those that died meanwhile are dropped.
    fn an_idle_one(&self) -> Option<Worker> {
        let mut idle = self.idle.lock().ok()?;
        while let Some(worker) = idle.pop() {
            let mut byte = [0];
            match worker.socket.try_read(&mut byte) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Some(worker),
                _ => debug!(pid = worker.pid, "an idle worker died"),
            }
        }
        None
    }

    async fn start(&self) -> Result<Worker, JobError> {
        let daemon = self.daemon().await?;
        let (socket, pid) = daemon.worker().await?;
        Ok(Worker { socket, loaded: Loaded::default(), pid, daemon })
    }

    /// The daemon; started if there is none, or again if it died.
    async fn daemon(&self) -> Result<Arc<Daemon>, JobError> {
        let mut running = self.daemon.lock().await;
        if self.permits.is_closed() {
            return Err(JobError::Closed);
        }
        match &*running {
            Some(daemon) if daemon.is_alive() => Ok(Arc::clone(daemon)),
            _ => {
                let daemon = Arc::new(Daemon::start(&self.launch, &self.printed).await?);
                *running = Some(Arc::clone(&daemon));
                Ok(daemon)
            }
        }
    }
}

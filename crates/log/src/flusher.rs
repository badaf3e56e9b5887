//! Group commit: threads that sync the logs they are asked to, each log once for all who asked.
//!
//! Whoever appends asks for a sync and goes on; when it is done, one callback tells how far the log is durable, and
//! the caller wakes whom it concerns. A log that is asked for while it is being synced is synced once more.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::error::WriteError;
use crate::lock;
use crate::log::Log;

type Callback = dyn Fn(&Arc<Log>, Result<i64, WriteError>) + Send + Sync;

/// Threads that sync. Dropping it finishes what was asked for.
pub struct Flusher {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    done: Box<Callback>,
}

#[derive(Default)]
struct Queue {
    logs: VecDeque<Arc<Log>>,
    stopped: bool,
}

impl Flusher {
    /// Starts the threads. `done` is called on them after each sync, with the log's durable end or why it has none;
    /// it must not block.
    ///
    /// # Errors
    /// The system's, when it has no more threads.
    pub fn start(
        threads: usize,
        done: impl Fn(&Arc<Log>, Result<i64, WriteError>) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared { queue: Mutex::default(), work: Condvar::new(), done: Box::new(done) });
        let mut flusher = Self { shared, threads: Vec::new() };
        for number in 0..threads.max(1) {
            let shared = Arc::clone(&flusher.shared);
            let thread = Builder::new().name(format!("log-sync-{number}")).spawn(move || shared.run())?;
            flusher.threads.push(thread);
        }
        Ok(flusher)
    }

    /// Asks for everything appended to the log so far to be put on disk.
    pub fn request(&self, log: &Arc<Log>) {
        if log.sync_requested.swap(true, Ordering::AcqRel) {
            return;
        }
        lock(&self.shared.queue).logs.push_back(Arc::clone(log));
        self.shared.work.notify_one();
    }
}

impl Shared {
    fn run(&self) {
        while let Some(log) = self.next() {
            // Cleared first: an append that this sync may miss asks again.
            log.sync_requested.store(false, Ordering::Release);
            (self.done)(&log, log.sync());
        }
    }

    fn next(&self) -> Option<Arc<Log>> {
        let mut queue = lock(&self.queue);
        loop {
            match queue.logs.pop_front() {
                Some(log) => return Some(log),
                None if queue.stopped => return None,
                None => queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        lock(&self.shared.queue).stopped = true;
        self.shared.work.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Flusher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flusher").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

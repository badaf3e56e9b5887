//! Group commit: a few plain threads that sync the partitions that somebody waits for.
//!
//! While a partition is being synced, more appends gather behind it; they share the next sync. A partition is with at
//! most one thread at a time. A sync that fails poisons the log, and the partition is closed: never retried.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use millstream_log::WriteError;

use crate::partition::Partition;
use crate::request_times::{Times, TimesView};

/// Threads that wait for disks; more would wait for the same disk.
const THREADS: usize = 4;

/// How long to wait after an error that may pass, such as a full disk.
const BEFORE_RETRY: Duration = Duration::from_millis(100);

/// Where a partition is on its way to the disk.
#[derive(Debug, Default)]
pub(crate) struct FlushState(AtomicU8);

impl FlushState {
    const IDLE: u8 = 0;
    const QUEUED: u8 = 1;
    const SYNCING: u8 = 2;
    /// Being synced, and something was appended meanwhile.
    const SYNCING_AGAIN: u8 = 3;

    /// A sync is wanted. True if the partition has to be queued for it.
    fn want(&self) -> bool {
        let wanted = |state| match state {
            Self::IDLE => Some(Self::QUEUED),
            Self::SYNCING => Some(Self::SYNCING_AGAIN),
            _ => None,
        };
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, wanted) == Ok(Self::IDLE)
    }

    fn begin(&self) {
        self.0.store(Self::SYNCING, Ordering::Release);
    }

    /// A sync is over. True if the partition has to be queued again.
    fn end(&self) -> bool {
        let ended = |state| Some(if state == Self::SYNCING_AGAIN { Self::QUEUED } else { Self::IDLE });
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, ended) == Ok(Self::SYNCING_AGAIN)
    }
}

/// The threads' queue.
#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// How long the syncs took.
    times: Times,
}

#[derive(Debug, Default)]
struct Waiting {
    partitions: VecDeque<Arc<Partition>>,
    closed: bool,
}

/// Syncs partitions on threads of its own.
#[derive(Debug)]
pub(crate) struct Flusher {
    queue: Arc<Queue>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Flusher {
    /// Starts the threads.
    pub(crate) fn start() -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let mut threads = Vec::with_capacity(THREADS);
        for number in 0..THREADS {
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new().name(format!("flush-{number}"));
            threads.push(thread.spawn(move || while queue.sync_next() {})?);
        }
        Ok(Self { queue, threads: Mutex::new(threads) })
    }

    /// Asks for a sync of everything that has been appended so far.
    pub(crate) fn ask(&self, partition: &Arc<Partition>) {
        if partition.flush.want() {
            self.queue.push(Arc::clone(partition));
        }
    }

    /// How long the syncs took.
    pub(crate) fn times(&self) -> TimesView {
        self.queue.times.view()
    }

    /// Ends the threads after what is queued is synced, or the disk has refused it once more.
    pub(crate) fn stop(&self) {
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a flush thread has panicked");
            }
        }
    }
}

impl Drop for Flusher {
    /// The threads of a broker that was dropped go too; nobody waits for them.
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
    }
}

impl Queue {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, partition: Arc<Partition>) {
        self.lock().partitions.push_back(partition);
        self.changed.notify_one();
    }

    /// Syncs the next partition. False when there will be none.
    fn sync_next(&self) -> bool {
        let Some(partition) = self.pop() else { return false };
        partition.flush.begin();
        let began = Instant::now();
        let synced = partition.log.sync();
        self.times.record(began.elapsed());
        match synced {
            Ok(_) => partition.publish(),
            Err(error @ WriteError::Poisoned(_)) => {
                tracing::error!(topic = %partition.topic, partition = partition.index, "{error}");
                partition.close();
            }
            Err(error) => {
                tracing::warn!(topic = %partition.topic, partition = partition.index, "{error}; trying again");
                partition.refuse();
                if self.lock().closed {
                    partition.close();
                } else {
                    std::thread::sleep(BEFORE_RETRY);
                    partition.flush.want();
                }
            }
        }
        if partition.flush.end() {
            self.push(partition);
        }
        true
    }

    fn pop(&self) -> Option<Arc<Partition>> {
        let mut waiting = self.lock();
        loop {
            if let Some(partition) = waiting.partitions.pop_front() {
                return Some(partition);
            }
            if waiting.closed {
                return None;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use millstream_log::disk::SimDisk;
    use millstream_log::{Log, LogConfig, OpenOptions, Origin};
    use millstream_wire::Uuid;
    use millstream_wire::records::{BatchBuilder, Codec};

    use super::*;
    use crate::partition::{Identity, Pulse};

    /// A disk without room for more than two segments of one batch each, and a partition that has them: to sync the
    /// finished one needs room for more than records.
    fn full() -> (SimDisk, Arc<Partition>, Flusher) {
        let disk = SimDisk::new();
        let options = OpenOptions { recovery_point: 0, log_start_offset: 0, clean: false, now_ms: 0 };
        let mut batch = BatchBuilder::new(Codec::None);
        batch.append(0, None, Some(b"a"), &[]).unwrap();
        let batch = batch.finish().unwrap();
        let segment_bytes = u32::try_from(batch.len()).unwrap();
        disk.set_capacity(Some(2 * u64::from(segment_bytes)));
        let config = LogConfig { segment_bytes, ..LogConfig::default() };
        let log = Log::open(Arc::new(disk.clone()), Path::new("t-0"), config, options).unwrap();
        let identity = Identity { topic: "t".into(), topic_id: Uuid::ZERO, index: 0, leader_epoch: 0 };
        let partition = Arc::new(Partition::new(identity, Arc::new(log), Arc::default(), Pulse::new()));
        let flusher = Flusher { queue: Arc::default(), threads: Mutex::default() };
        for _ in 0..2 {
            partition.append(&mut batch.clone(), Origin::Client, &flusher).unwrap();
        }
        (disk, partition, flusher)
    }

    #[test]
    fn a_full_disk_does_not_keep_the_broker_from_stopping() {
        let (_disk, partition, flusher) = full();
        let moves = partition.subscribe();
        flusher.queue.lock().closed = true;
        while flusher.queue.sync_next() {}
        assert!(moves.has_changed().is_err(), "who waits for the disk is told");
    }

    #[tokio::test]
    async fn a_full_disk_refuses_who_waits_and_takes_the_rest_later() {
        let (disk, partition, flusher) = full();
        let (told, ()) = tokio::join!(partition.wait_for(1), async {
            flusher.queue.sync_next();
        });
        assert!(!told, "the finished segment's index has no room");
        disk.set_capacity(None);
        let (told, ()) = tokio::join!(partition.wait_for(1), async {
            flusher.queue.sync_next();
        });
        assert!(told);
    }

    #[test]
    fn appends_during_a_sync_share_the_next_one() {
        let state = FlushState::default();
        assert!(state.want(), "the first asks for a place in the queue");
        assert!(!state.want(), "the second shares it");
        state.begin();
        assert!(!state.want(), "the third came too late for this sync");
        assert!(!state.want());
        assert!(state.end(), "so there is another one");
        state.begin();
        assert!(!state.end());
        assert!(state.want());
    }
}

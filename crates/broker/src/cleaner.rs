//! Which compacted partition is cleaned next, one at a time.
//!
//! Every `log.cleaner.backoff.ms` the partition with the largest dirty share is cleaned, then the next, until none is
//! due. A partition with a damaged batch is left as it is until the next start, and named in the process's log.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use millstream_log::{CleanError, CleanOptions, Cleaned, Dirt};

use crate::catalog::Catalog;
use crate::closing::Closing;
use crate::housekeeping;
use crate::partition::{Partition, now_ms};
use crate::shared::Shared;

/// The longest that a thread sleeps before it looks whether the broker goes down.
const NAP: Duration = Duration::from_millis(50);

/// What a round needs at least, whatever it is told: keys of some records, and an end.
const SMALLEST_BUFFER: usize = 1 << 20;
const SLOWEST: f64 = 1.0;

/// What the cleaner leaves alone.
#[derive(Debug, Default)]
pub(crate) struct Cleaner {
    /// Directories of partitions with a damaged batch.
    uncleanable: Mutex<BTreeSet<PathBuf>>,
}

/// What a round may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Means {
    dedupe_buffer_bytes: usize,
    bytes_per_second: f64,
}

impl Means {
    /// `log.cleaner.dedupe.buffer.size` and `log.cleaner.io.max.bytes.per.second`, as they are now.
    fn now(shared: &Shared) -> Self {
        let config = &shared.config;
        let buffer = shared.changed("log.cleaner.dedupe.buffer.size", config.cleaner_dedupe_buffer_bytes);
        let pace = shared.changed("log.cleaner.io.max.bytes.per.second", config.cleaner_bytes_per_second);
        Self { dedupe_buffer_bytes: buffer.max(SMALLEST_BUFFER), bytes_per_second: pace.max(SLOWEST) }
    }
}

impl Cleaner {
    /// Cleans the partition that needs it most. Gives it, for files of it may wait to be removed, and `None` when
    /// nothing more is to be done for now. Blocks.
    pub(crate) fn clean_next(
        &self,
        catalog: &Catalog,
        means: Means,
        closing: &Closing,
        now_ms: i64,
    ) -> Option<Arc<Partition>> {
        let (partition, dirt) = self.dirtiest(catalog, now_ms)?;
        let pace = Pace::new(means.bytes_per_second);
        let go_on = |bytes| pace.go_on(bytes, closing);
        let options = CleanOptions { dedupe_buffer_bytes: means.dedupe_buffer_bytes, now_ms, go_on: &go_on };
        let (topic, index) = (&partition.topic, partition.index);
        match partition.log.clean(&dirt, options) {
            Ok(cleaned) => Self::note(catalog, &partition, &dirt, cleaned),
            // Tried again after a pause.
            Err(CleanError::Interrupted) => return None,
            Err(CleanError::Disk(error)) => {
                tracing::warn!(%topic, partition = index, "not cleaned now: {error}");
                return None;
            }
            Err(error @ (CleanError::Damaged { .. } | CleanError::BufferTooSmall { .. })) => {
                tracing::error!(%topic, partition = index, "not cleaned until the next start: {error}");
                self.uncleanable().insert(partition.log.dir().to_owned());
            }
        }
        Some(partition)
    }

    fn dirtiest(&self, catalog: &Catalog, now_ms: i64) -> Option<(Arc<Partition>, Dirt)> {
        let uncleanable = self.uncleanable();
        let compacted = catalog.partitions().into_iter().filter(|partition| {
            partition.log.config().cleanup.compact && !uncleanable.contains(partition.log.dir())
        });
        let dirty = compacted.map(|partition| {
            let dirt = partition.log.dirt(catalog.cleaned_to(&partition.key()), now_ms);
            (partition, dirt)
        });
        let due = dirty.filter(|(partition, dirt)| dirt.is_due(&partition.log.config()));
        due.max_by(|(_, one), (_, other)| one.ratio().total_cmp(&other.ratio()))
    }

    /// Writes down how far a partition is clean.
    fn note(catalog: &Catalog, partition: &Partition, dirt: &Dirt, cleaned: Cleaned) {
        let Cleaned { to, bytes_before, bytes_after } = cleaned;
        let (topic, index) = (&partition.topic, partition.index);
        tracing::info!(%topic, partition = index, from = dirt.first_dirty, to, bytes_before, bytes_after, "compacted");
        // A log that is compacted has gaps: below its recovery point nobody takes them for lost records.
        let written = catalog.checkpoint().and_then(|()| catalog.note_cleaned(partition, to));
        if let Err(error) = written {
            tracing::warn!(%error, "the checkpoints could not be written; after a crash topics are cleaned again");
        }
    }

    fn uncleanable(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.uncleanable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `log.cleaner.backoff.ms`, as it is now; a pause that is under way ends as it was begun.
fn backoff(shared: &Shared) -> Duration {
    let at_start = u64::try_from(shared.config.cleaner_backoff.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(shared.changed("log.cleaner.backoff.ms", at_start).max(1))
}

/// Cleans until the broker goes down.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut closing = shared.closing.clone();
    loop {
        tokio::select! {
            () = closing.said() => return,
            () = tokio::time::sleep(backoff(&shared)) => {}
        }
        loop {
            let (cleaner, catalog) = (Arc::clone(&shared.cleaner), Arc::clone(&shared.catalog));
            let (closing, means) = (shared.closing.clone(), Means::now(&shared));
            let next = move || cleaner.clean_next(&catalog, means, &closing, now_ms());
            let Some(partition) = housekeeping::in_background(next).await.flatten() else { break };
            housekeeping::remove_later(partition);
            if shared.closing.is_said() {
                return;
            }
        }
    }
}

/// Keeps a round below `log.cleaner.io.max.bytes.per.second`.
struct Pace {
    bytes_per_second: f64,
    begun: Instant,
    bytes: std::cell::Cell<f64>,
}

impl Pace {
    fn new(bytes_per_second: f64) -> Self {
        Self { bytes_per_second, begun: Instant::now(), bytes: std::cell::Cell::new(0.0) }
    }

    /// Waits until so many bytes more are within the pace. False when the broker goes down.
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    fn go_on(&self, bytes: u64, closing: &Closing) -> bool {
        self.bytes.set(self.bytes.get() + bytes as f64);
        let due = Duration::try_from_secs_f64(self.bytes.get() / self.bytes_per_second).unwrap_or_default();
        while !closing.is_said() {
            let wait = due.saturating_sub(self.begun.elapsed());
            if wait.is_zero() {
                return true;
            }
            std::thread::sleep(wait.min(NAP));
        }
        false
    }
}

#[cfg(test)]
mod tests;

//! Which compacted partition is cleaned next, one at a time, and how far each is: `cleaner-offset-checkpoint`.
//!
//! Every `log.cleaner.backoff.ms` the partition with the largest dirty share is cleaned, then the next, until none is
//! due. A partition with a damaged batch is left as it is until the next start, and named in the process's log.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use millstream_log::{CleanError, CleanOptions, Cleaned, Dirt};

use crate::catalog::Catalog;
use crate::closing::Closing;
use crate::config::BrokerConfig;
use crate::data_dir::{Offsets, TopicPartition};
use crate::housekeeping;
use crate::partition::{Partition, now_ms};
use crate::shared::Shared;

/// The longest that a thread sleeps before it looks whether the broker goes down.
const NAP: Duration = Duration::from_millis(50);

/// How the cleaner is set up, and what it knows.
#[derive(Debug)]
pub(crate) struct Cleaner {
    dedupe_buffer_bytes: usize,
    bytes_per_second: f64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Offsets below are clean.
    cleaned_to: Offsets,
    /// Directories of partitions with a damaged batch.
    uncleanable: BTreeSet<PathBuf>,
}

impl Cleaner {
    /// The cleaner, with what the last one wrote down.
    pub(crate) fn new(config: &BrokerConfig, catalog: &Catalog) -> Self {
        let cleaned_to = catalog.cleaned_to().unwrap_or_else(|error| {
            tracing::warn!(%error, "cleaner-offset-checkpoint cannot be read: compacted topics are cleaned from their start");
            Offsets::new()
        });
        Self {
            dedupe_buffer_bytes: config.cleaner_dedupe_buffer_bytes,
            bytes_per_second: config.cleaner_bytes_per_second,
            state: Mutex::new(State { cleaned_to, uncleanable: BTreeSet::new() }),
        }
    }

    /// Cleans the partition that needs it most. Gives it, for files of it may wait to be removed, and `None` when
    /// nothing more is to be done for now. Blocks.
    pub(crate) fn clean_next(
        &self,
        catalog: &Catalog,
        closing: &Closing,
        now_ms: i64,
    ) -> Option<Arc<Partition>> {
        let (partition, dirt) = self.dirtiest(catalog, now_ms)?;
        let pace = Pace::new(self.bytes_per_second);
        let go_on = |bytes| pace.go_on(bytes, closing);
        let options = CleanOptions { dedupe_buffer_bytes: self.dedupe_buffer_bytes, now_ms, go_on: &go_on };
        let (topic, index) = (&partition.topic, partition.index);
        match partition.log.clean(&dirt, options) {
            Ok(cleaned) => self.note(catalog, &partition, &dirt, cleaned),
            // Tried again after a pause.
            Err(CleanError::Interrupted) => return None,
            Err(CleanError::Disk(error)) => {
                tracing::warn!(%topic, partition = index, "not cleaned now: {error}");
                return None;
            }
            Err(error @ (CleanError::Damaged { .. } | CleanError::BufferTooSmall { .. })) => {
                tracing::error!(%topic, partition = index, "not cleaned until the next start: {error}");
                self.state().uncleanable.insert(partition.log.dir().to_owned());
            }
        }
        Some(partition)
    }

    fn dirtiest(&self, catalog: &Catalog, now_ms: i64) -> Option<(Arc<Partition>, Dirt)> {
        let state = self.state();
        let compacted = catalog.partitions().into_iter().filter(|partition| {
            partition.log.config().cleanup.compact && !state.uncleanable.contains(partition.log.dir())
        });
        let dirty = compacted.map(|partition| {
            let cleaned_to = state.cleaned_to.get(&key(&partition)).copied();
            let dirt = partition.log.dirt(cleaned_to, now_ms);
            (partition, dirt)
        });
        let due = dirty.filter(|(partition, dirt)| dirt.is_due(&partition.log.config()));
        due.max_by(|(_, one), (_, other)| one.ratio().total_cmp(&other.ratio()))
    }

    /// Writes down how far a partition is clean.
    fn note(&self, catalog: &Catalog, partition: &Partition, dirt: &Dirt, cleaned: Cleaned) {
        let Cleaned { to, bytes_before, bytes_after } = cleaned;
        let (topic, index) = (&partition.topic, partition.index);
        tracing::info!(%topic, partition = index, from = dirt.first_dirty, to, bytes_before, bytes_after, "compacted");
        let cleaned_to = {
            let mut state = self.state();
            state.cleaned_to.insert(key(partition), to);
            state.cleaned_to.retain(|(topic, _), _| catalog.topic(topic).is_some());
            state.cleaned_to.clone()
        };
        // A log that is compacted has gaps, and only below its recovery point may a gap be there for any other reason.
        let written = catalog.checkpoint().and_then(|()| catalog.keep_cleaned_to(&cleaned_to));
        if let Err(error) = written {
            tracing::warn!(%error, "the checkpoints could not be written; after a crash topics are cleaned again");
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(partition: &Partition) -> TopicPartition {
    (partition.topic.to_string(), partition.index)
}

/// Cleans until the broker goes down.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut closing = shared.closing.clone();
    loop {
        tokio::select! {
            () = closing.said() => return,
            () = tokio::time::sleep(shared.config.cleaner_backoff) => {}
        }
        loop {
            let (cleaner, catalog) = (Arc::clone(&shared.cleaner), Arc::clone(&shared.catalog));
            let closing = shared.closing.clone();
            let next = move || cleaner.clean_next(&catalog, &closing, now_ms());
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

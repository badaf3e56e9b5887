//! How far each compacted partition is clean: `cleaner-offset-checkpoint`, which Kafka's cleaner goes on from too.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::data_dir::{DataDir, Offsets, TopicPartition};

/// Offsets below which there is nothing to clean.
#[derive(Debug)]
pub(crate) struct CleanedTo(Mutex<Offsets>);

impl CleanedTo {
    /// What the last broker has written down of the partitions that are there; nothing when that cannot be read, for
    /// cleaning twice does no harm.
    pub(crate) fn load(directory: &DataDir, is_there: impl Fn(&str, i32) -> bool) -> Self {
        Self(Mutex::new(directory.cleaned_to(is_there).unwrap_or_else(|error| {
            tracing::warn!(%error, "cleaner-offset-checkpoint cannot be read: compacted topics are cleaned from their start");
            Offsets::new()
        })))
    }

    /// How far this partition is clean.
    pub(crate) fn get(&self, partition: &TopicPartition) -> Option<i64> {
        self.offsets().get(partition).copied()
    }

    /// Notes how far a partition is clean, and writes it down.
    pub(crate) fn note(&self, directory: &DataDir, partition: TopicPartition, offset: i64) -> io::Result<()> {
        let mut offsets = self.offsets();
        offsets.insert(partition, offset);
        directory.keep_cleaned_to(&offsets)
    }

    /// A topic is gone: one that is made again under its name is dirty from its start.
    pub(crate) fn forget(&self, directory: &DataDir, topic: &str) -> io::Result<()> {
        let mut offsets = self.offsets();
        let before = offsets.len();
        offsets.retain(|(name, _), _| name != topic);
        if offsets.len() == before { Ok(()) } else { directory.keep_cleaned_to(&offsets) }
    }

    fn offsets(&self) -> MutexGuard<'_, Offsets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

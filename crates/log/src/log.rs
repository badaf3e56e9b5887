//! One partition's log: a row of segments of which the last one grows.
//!
//! Threads share it. One at a time appends (the writer's lock, held for a write to the page cache); one at a time
//! syncs, and appends go on meanwhile; readers take no lock for longer than it takes to look something up.
//! Lock order: sync turn, writer, segment list, a segment's own.
//!
//! Invariants: log start <= high watermark <= log end; durable <= log end; bytes below a segment's size are whole
//! batches whose offsets grow; with durable acknowledgements nothing at or above the durable offset is readable.

mod append;
mod listing;
mod open;
mod outlook;
mod read;
mod retention;
mod slice;
mod sync;
#[cfg(test)]
mod tests;
mod transactions;
mod types;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock};

pub(crate) use append::first_timestamp;
pub use listing::{FileView, Listing, SegmentListing};
pub use outlook::{Departure, Outlook, Reason, SegmentView};
pub use slice::LogSlice;
pub(crate) use sync::LEADER_EPOCHS;
pub use types::{
    AppendOptions, Appended, OpenOptions, Origin, ProducerView, ReadLimits, TimestampOffset, TimestampQuery,
};

use crate::config::LogConfig;
use crate::disk::Disk;
use crate::error::Poisoned;
use crate::leader_epoch::LeaderEpochs;
use crate::producer::Producers;
use crate::segment::Segment;
use crate::{lock, read_lock, write_lock};

/// One partition's log, shared between threads.
pub struct Log {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) dir: Arc<Path>,
    config: RwLock<Arc<LogConfig>>,
    log_start: AtomicI64,
    log_end: AtomicI64,
    durable: AtomicI64,
    high_watermark: AtomicI64,
    /// First offset of the first open transaction; [`NONE_OPEN`](transactions::NONE_OPEN) without one.
    first_unstable: AtomicI64,
    /// Compactions that readers have seen.
    pub(crate) swaps: AtomicU64,
    pub(crate) segments: RwLock<Vec<Arc<Segment>>>,
    pub(crate) writer: Mutex<Writer>,
    pub(crate) sync_turn: Mutex<()>,
    /// Held while a compaction's result takes its place: a topic is not deleted in between.
    pub(crate) swap: Mutex<()>,
    poison: OnceLock<Poisoned>,
    abandoned: AtomicBool,
    pub(crate) removals: Mutex<Vec<Removal>>,
}

/// What only the appending thread touches.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) closed: bool,
    pub(crate) active: Arc<Segment>,
    /// Largest timestamp of the active segment's first batch: its age is counted from there.
    first_timestamp: Option<i64>,
    created_ms: i64,
    pub(crate) producers: Producers,
    epochs: LeaderEpochs,
    /// Offsets for which there is a producer snapshot on disk.
    pub(crate) snapshots: BTreeSet<i64>,
    unflushed_records: u64,
    /// The epochs differ from what their file says.
    epochs_dirty: bool,
    /// Something changed since the log was opened.
    used: bool,
    pub(crate) unsynced: Unsynced,
}

/// What the next sync has to put on disk besides the active segment.
#[derive(Debug, Default)]
pub(crate) struct Unsynced {
    /// Segments finished since the last sync, oldest first.
    pub(crate) sealed: Vec<Arc<Segment>>,
    /// Producer snapshots taken since, by offset: the files' bytes.
    snapshots: Vec<(i64, Vec<u8>)>,
    /// A transaction was aborted: the active segment's transaction index has grown.
    aborted: bool,
    /// Names in the log's directory.
    dir: bool,
    /// The directory's own name.
    parent: bool,
}

/// A renamed file that is to be removed.
#[derive(Debug)]
pub(crate) struct Removal {
    pub(crate) path: PathBuf,
    pub(crate) not_before_ms: i64,
}

impl Log {
    /// The partition's directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The settings in force.
    pub fn config(&self) -> Arc<LogConfig> {
        Arc::clone(&read_lock(&self.config))
    }

    /// Changes the settings at once.
    pub fn set_config(&self, config: LogConfig) {
        *write_lock(&self.config) = Arc::new(config);
    }

    /// First offset that may be read.
    pub fn log_start_offset(&self) -> i64 {
        self.log_start.load(Ordering::Acquire)
    }

    /// The offset that the next record will get.
    pub fn log_end_offset(&self) -> i64 {
        self.log_end.load(Ordering::Acquire)
    }

    /// Offsets below this one survive a crash: the recovery point.
    pub fn durable_offset(&self) -> i64 {
        self.durable.load(Ordering::Acquire)
    }

    /// Consumers see offsets below this one: those on disk, or all when `flush.messages` asks for page-cache
    /// semantics. Never goes back.
    pub fn high_watermark(&self) -> i64 {
        self.high_watermark.load(Ordering::Acquire)
    }

    /// Bytes of all segments.
    pub fn size_in_bytes(&self) -> u64 {
        read_lock(&self.segments).iter().map(|segment| segment.size()).sum()
    }

    /// How many segments there are.
    pub fn segment_count(&self) -> usize {
        read_lock(&self.segments).len()
    }

    /// Base offset and bytes of each segment, oldest first.
    pub fn segments(&self) -> Vec<(i64, u64)> {
        read_lock(&self.segments).iter().map(|segment| (segment.base(), segment.size())).collect()
    }

    /// The epoch of the youngest batch.
    pub fn latest_epoch(&self) -> Option<i32> {
        lock(&self.writer).epochs.latest().map(|entry| entry.epoch)
    }

    /// `OffsetForLeaderEpoch`: the largest epoch not above `epoch`, and where it ended; `None` for one never seen.
    pub fn end_offset_for_epoch(&self, epoch: i32) -> Option<(i32, i64)> {
        lock(&self.writer).epochs.end_of(epoch, self.log_end_offset())
    }

    /// Why the log takes no writes any more, if so.
    #[cfg(test)]
    pub(crate) fn poisoned(&self) -> Option<&Poisoned> {
        self.poison.get()
    }

    /// Forgets producers that have been silent for `producer.id.expiration.ms`.
    pub fn expire_producers(&self, now_ms: i64) {
        let expiration = self.config().producer_id_expiration_ms;
        lock(&self.writer).producers.expire(now_ms, expiration);
    }

    /// Producers that the log remembers.
    #[cfg(test)]
    pub(crate) fn producer_count(&self) -> usize {
        lock(&self.writer).producers.iter().len()
    }

    /// Whether the topic is being deleted.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    pub(crate) fn check(&self) -> Result<(), Poisoned> {
        self.poison.get().map_or(Ok(()), |poisoned| Err(poisoned.clone()))
    }

    pub(crate) fn poison(&self, path: &Path, error: &std::io::Error) -> Poisoned {
        let poisoned = Poisoned { path: path.to_path_buf(), reason: error.to_string() };
        tracing::error!(path = %path.display(), %error, "the disk failed: the partition takes no more writes");
        self.poison.get_or_init(|| poisoned).clone()
    }

    fn segment_of(&self, offset: i64) -> Option<Arc<Segment>> {
        let segments = read_lock(&self.segments);
        let after = segments.partition_point(|segment| segment.base() <= offset);
        segments.get(after.saturating_sub(1)).cloned()
    }

    fn segment_after(&self, base: i64) -> Option<Arc<Segment>> {
        let segments = read_lock(&self.segments);
        segments.get(segments.partition_point(|segment| segment.base() <= base)).cloned()
    }

    pub(crate) fn segments_from(&self, offset: i64) -> Vec<Arc<Segment>> {
        let segments = read_lock(&self.segments);
        let first = segments.partition_point(|segment| segment.base() <= offset).saturating_sub(1);
        segments.get(first..).unwrap_or_default().to_vec()
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("dir", &self.dir)
            .field("start", &self.log_start_offset())
            .field("end", &self.log_end_offset())
            .field("durable", &self.durable_offset())
            .finish_non_exhaustive()
    }
}

//! One partition's log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use crate::config::LogConfig;
use crate::disk::Disk;
use crate::error::{AppendError, OpenError, Poisoned, ReadError};

/// Who wants to append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client: the producer's sequence is checked.
    Client,
    /// The broker itself (group offsets, metadata): epochs are checked, sequences are not.
    Internal,
}

/// What comes with a batch.
#[derive(Debug, Clone, Copy)]
pub struct AppendOptions {
    /// Who appends.
    pub origin: Origin,
    /// The leader epoch to stamp into the batch.
    pub leader_epoch: i32,
    /// Now, in ms since 1970.
    pub now_ms: i64,
}

/// Where a batch is. It may be acknowledged when [`Log::high_watermark`] is above `last_offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Offset of its first record.
    pub base_offset: i64,
    /// Offset of its last record.
    pub last_offset: i64,
    /// The batch was in the log already: nothing was appended, the offsets are those of the first time.
    pub duplicate: bool,
    /// A sync should be asked for now: someone waits for it, or enough records have gathered.
    pub sync_due: bool,
}

/// What comes with [`Log::open`].
#[derive(Debug, Clone, Copy)]
pub struct OpenOptions {
    /// Offsets below were synced (`recovery-point-offset-checkpoint`).
    pub recovery_point: i64,
    /// First offset that may be read (`log-start-offset-checkpoint`).
    pub log_start_offset: i64,
    /// The last broker closed the log in order: nothing needs to be scanned.
    pub clean: bool,
    /// Now, in ms since 1970.
    pub now_ms: i64,
}

/// How much to read.
#[derive(Debug, Clone, Copy)]
pub struct ReadLimits {
    /// Stop before this many bytes.
    pub max_bytes: usize,
    /// But give one batch, however large.
    pub min_one_batch: bool,
    /// Nothing at or beyond this offset: [`Log::high_watermark`] for a consumer.
    pub upper_bound: i64,
}

/// An offset found by its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampOffset {
    /// Timestamp of the record in ms, -1 for the special ones that have none.
    pub timestamp: i64,
    /// Its offset.
    pub offset: i64,
    /// The leader epoch that wrote it, if known.
    pub leader_epoch: Option<i32>,
}

/// What to look for with [`Log::offset_for_timestamp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampQuery {
    /// The first record at or after this time in ms.
    At(i64),
    /// The log's start (-2).
    Earliest,
    /// The high watermark (-1).
    Latest,
    /// The record with the largest timestamp (-3).
    MaxTimestamp,
}

/// One partition's log, shared between threads. Lock order: sync, then writer, then segments.
#[derive(Debug)]
pub struct Log {}

#[expect(clippy::todo, unused_variables, reason = "signatures first; bodies follow within the hour")]
impl Log {
    /// Opens the log in `dir`, making it if there is none, and recovers it as far as needed.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed for [`OpenError::Damaged`].
    pub fn open(
        disk: Arc<dyn Disk>,
        dir: &Path,
        config: LogConfig,
        options: OpenOptions,
    ) -> Result<Self, OpenError> {
        todo!()
    }

    /// Appends one validated batch: gives it offsets and leader epoch in place, checks its producer, writes it to the
    /// page cache and notes it in the indexes. Does not wait for the disk.
    ///
    /// # Errors
    /// [`AppendError`]; nothing was appended.
    pub fn append(&self, batch: &mut [u8], options: AppendOptions) -> Result<Appended, AppendError> {
        todo!()
    }

    /// Puts everything appended so far on disk and returns the durable end: offsets below it survive a crash. Callers
    /// at the same time share one sync. Blocks; appends go on meanwhile. See [`Flusher`](crate::Flusher).
    ///
    /// # Errors
    /// [`Poisoned`], from then on for every append and sync.
    pub fn sync(&self) -> Result<i64, Poisoned> {
        todo!()
    }

    /// Whole batches from the one that holds `from` on; empty when there is none below the upper bound.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(&self, from: i64, limits: ReadLimits) -> Result<Bytes, ReadError> {
        todo!()
    }

    /// Looks an offset up by time. `None`: no such record.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn offset_for_timestamp(&self, query: TimestampQuery) -> Result<Option<TimestampOffset>, ReadError> {
        todo!()
    }

    /// The partition's directory.
    pub fn dir(&self) -> PathBuf {
        todo!()
    }

    /// The settings in force.
    pub fn config(&self) -> Arc<LogConfig> {
        todo!()
    }

    /// Changes the settings at once.
    pub fn set_config(&self, config: LogConfig) {
        todo!()
    }

    /// First offset that may be read.
    pub fn log_start_offset(&self) -> i64 {
        todo!()
    }

    /// The offset that the next record will get.
    pub fn log_end_offset(&self) -> i64 {
        todo!()
    }

    /// Offsets below this one survive a crash: the recovery point.
    pub fn durable_offset(&self) -> i64 {
        todo!()
    }

    /// Consumers see offsets below this one: those on disk, or all when `flush.messages` asks for page-cache
    /// semantics. Never goes back.
    pub fn high_watermark(&self) -> i64 {
        todo!()
    }

    /// Bytes of all segments.
    pub fn size_in_bytes(&self) -> u64 {
        todo!()
    }

    /// The epoch of the youngest batch.
    pub fn latest_epoch(&self) -> Option<i32> {
        todo!()
    }

    /// `OffsetForLeaderEpoch`: the largest epoch not above `epoch` and where it ended; `None` for an epoch never seen.
    pub fn end_offset_for_epoch(&self, epoch: i32) -> Option<(i32, i64)> {
        todo!()
    }

    /// DeleteRecords: nothing below `offset` can be read from now on. Returns the new log start offset.
    ///
    /// # Errors
    /// [`ReadError::OffsetOutOfRange`] beyond the high watermark.
    pub fn delete_records(&self, offset: i64) -> Result<i64, ReadError> {
        todo!()
    }

    /// Removes the segments that retention by time, by size or the log start offset lets go, and the files of those
    /// removed long enough ago. Returns how many segments went.
    ///
    /// # Errors
    /// [`AppendError`] when the disk refuses.
    pub fn delete_old_segments(&self, now_ms: i64) -> Result<usize, AppendError> {
        todo!()
    }

    /// Forgets producers that have been silent for `producer.id.expiration.ms`.
    pub fn expire_producers(&self, now_ms: i64) {
        todo!()
    }

    /// Syncs, writes a producer snapshot and the indexes: opening is instant afterwards. Nothing may be appended later.
    ///
    /// # Errors
    /// [`AppendError`]; the next open recovers then.
    pub fn close(&self) -> Result<(), AppendError> {
        todo!()
    }
}

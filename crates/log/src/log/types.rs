//! What goes into the calls of a log and what comes out.

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

/// Where a batch is. It may be acknowledged when [`Log::high_watermark`](crate::Log::high_watermark) is above `last_offset`.
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

/// What comes with [`Log::open`](crate::Log::open).
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
    /// Nothing at or beyond this offset: [`Log::high_watermark`](crate::Log::high_watermark) for a consumer.
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

/// What to look for with [`Log::offset_for_timestamp`](crate::Log::offset_for_timestamp).
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

//! What goes into the calls of a log and what comes out.

/// Who wants to append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client: the producer's sequence is checked. The first batch of a transaction is refused: see
    /// [`Self::Verified`].
    Client,
    /// A client whose transaction was found open, with this partition in it, and nothing has happened to it since
    /// (KIP-890; [`Log::begin_verification`](crate::Log::begin_verification)).
    Verified,
    /// The broker itself (group offsets, metadata): epochs are checked, sequences are not.
    Internal,
    /// A transaction's coordinator, or an administrator in its place: the batch is the marker that ends it.
    Marker {
        /// The transaction has an epoch of its own, so that its marker's is above that of its records.
        own_epoch: bool,
    },
}

/// What a partition knows of a producer (DescribeProducers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerView {
    /// The producer id.
    pub producer_id: i64,
    /// The newest epoch seen.
    pub epoch: i16,
    /// The last sequence number of this epoch, -1 for none.
    pub last_sequence: i32,
    /// Timestamp of the last batch or marker in ms, -1 for none.
    pub last_timestamp: i64,
    /// Epoch of the coordinator that wrote the last marker, -1 for none.
    pub coordinator_epoch: i32,
    /// First offset of the open transaction.
    pub transaction: Option<i64>,
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
    /// The last stable offset: [`Self::Latest`] for a reader of committed records.
    LatestStable,
    /// The record with the largest timestamp (-3).
    MaxTimestamp,
}

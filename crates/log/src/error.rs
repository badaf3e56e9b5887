//! What can go wrong with a partition's log, one closed enum per thing that was asked of it.

use std::io;
use std::path::{Path, PathBuf};

use millstream_wire::records::RecordsError;

/// Why a batch was not appended. Nothing of it is in the log.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The bytes are not exactly one batch of format 2. The caller should have validated them.
    #[error("not one record batch: {0}")]
    NotABatch(#[from] RecordsError),
    /// The batch is larger than a segment may be (`RECORD_LIST_TOO_LARGE`).
    #[error("a batch of {size} bytes does not fit into a segment of {limit}")]
    TooLarge {
        /// Bytes of the batch.
        size: usize,
        /// `segment.bytes`.
        limit: u32,
    },
    /// The idempotent producer broke its promise; its state is as before.
    #[error(transparent)]
    Producer(#[from] ProducerError),
    /// The log was closed or its topic deleted.
    #[error("the log is closed")]
    Closed,
    /// The disk refused; nothing was appended.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Why the disk did not take something (`KAFKA_STORAGE_ERROR`).
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No space left. The partial write is gone, reads go on, and writing works again once there is space.
    #[error("no space left on the disk for {}", path.display())]
    DiskFull {
        /// The file that could not grow.
        path: PathBuf,
    },
    /// The log refuses writes until it is opened again.
    #[error(transparent)]
    Poisoned(#[from] Poisoned),
    /// Another error; the next try may work.
    #[error("writing {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl WriteError {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { path, source },
        }
    }
}

/// How an idempotent producer's batch contradicts what the log knows of that producer (KIP-98, KIP-360).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProducerError {
    /// `OUT_OF_ORDER_SEQUENCE_NUMBER`: something between is missing, or the batch is an older duplicate than the
    /// window of five remembers.
    #[error("producer {producer_id} sent sequence {found}, but the last one in the log is {last}")]
    OutOfOrderSequence {
        /// The producer.
        producer_id: i64,
        /// The first sequence of the batch.
        found: i32,
        /// The last sequence in the log, -1 for none in this epoch.
        last: i32,
    },
    /// `INVALID_PRODUCER_EPOCH`: a newer incarnation of the producer has written.
    #[error("producer {producer_id} wrote with epoch {found}, the log has seen epoch {current}")]
    Fenced {
        /// The producer.
        producer_id: i64,
        /// The batch's epoch.
        found: i16,
        /// The newest epoch seen.
        current: i16,
    },
    /// `INVALID_TXN_STATE`: a batch outside of a transaction while one is open.
    #[error("producer {producer_id} has a transaction open since offset {since} and wrote outside of it")]
    TransactionOpen {
        /// The producer.
        producer_id: i64,
        /// First offset of the open transaction.
        since: i64,
    },
    /// `INVALID_TXN_STATE`: the first batch of a transaction that nobody has verified to be open: its coordinator may
    /// not know of this partition, and then no marker would ever end it.
    #[error("producer {producer_id} wrote to a partition that is not part of an open transaction")]
    NotInTransaction {
        /// The producer.
        producer_id: i64,
    },
    /// `TRANSACTION_COORDINATOR_FENCED`: a marker of a coordinator that another one has followed.
    #[error("a marker for producer {producer_id} has coordinator epoch {found}, the log has seen {current}")]
    CoordinatorFenced {
        /// The producer.
        producer_id: i64,
        /// The marker's.
        found: i32,
        /// The newest seen.
        current: i32,
    },
}

/// A sync failed: what the kernel holds of the file's dirty pages is unknown, so it is never retried. The log can be
/// read up to its high watermark, and written again only after it has been opened again (which checks every byte
/// beyond the recovery point).
#[derive(Debug, Clone, thiserror::Error)]
#[error("{} failed to reach the disk ({reason}): the partition takes no writes until the broker is restarted", path.display())]
pub struct Poisoned {
    /// The file or directory whose sync failed.
    pub path: PathBuf,
    /// What the system said.
    pub reason: String,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// `OFFSET_OUT_OF_RANGE`.
    #[error("offset {offset} is not in the log, which holds {log_start_offset} to {log_end_offset}")]
    OffsetOutOfRange {
        /// As asked.
        offset: i64,
        /// First offset that can be read.
        log_start_offset: i64,
        /// The offset that the next record will get.
        log_end_offset: i64,
    },
    /// The bytes on disk are not what was written (`CORRUPT_MESSAGE`).
    #[error(
        "{} is damaged at byte {position} (offset {offset}): {reason}. Nothing was cut away. Either put the file back \
         from a copy, or delete the topic, or let readers go on behind it, or, to keep what lies before offset \
         {offset} and lose the rest, stop the broker, remove the partition's line from \
         recovery-point-offset-checkpoint and .kafka_cleanshutdown, and start again",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        position: u64,
        /// The offset that should be there; what lies before it can be read.
        offset: i64,
        /// How.
        reason: RecordsError,
    },
    /// Another error of the disk.
    #[error("reading {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a partition's log could not be opened. The partition stays offline; the others are not concerned.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Records that were once synced are damaged or gone. They are never cut away in silence.
    #[error(
        "{} is damaged at byte {position} (offset {offset}): {reason}. Records up to offset {recovery_point} were on \
         disk once. Either put the file back from a copy, or delete the topic, or, to keep what lies before offset \
         {offset} and lose the rest, stop the broker, remove the partition's line from \
         recovery-point-offset-checkpoint and .kafka_cleanshutdown, and start again",
        path.display()
    )]
    Damaged {
        /// The damaged file, or the last one when the end of the log is missing.
        path: PathBuf,
        /// First byte that is not good.
        position: u64,
        /// The offset that should be there.
        offset: i64,
        /// Offsets below this one were synced.
        recovery_point: i64,
        /// How.
        reason: String,
    },
    /// An error of the disk.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OpenError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_path_buf(), source }
    }
}

impl ReadError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_path_buf(), source }
    }
}

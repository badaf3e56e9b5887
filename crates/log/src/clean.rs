//! Compaction: of each key only the last record stays. Offsets, order and timestamps stay what they are.
//!
//! A round has two passes, as in Apache Kafka's log cleaner. The first reads the dirty part (what came since the last
//! round) and remembers the last offset of each key in a map of bounded size; the second copies the log's finished
//! segments up to there, leaving out what a later record of the same key replaces, and puts each copy in the place of
//! its originals. The active segment is never touched, nor anything that is not on disk or not decided yet.
//!
//! Tombstones stay for `delete.retention.ms` after the round that first saw them as the last of their key: that round
//! writes the time into their batch (KIP-534). A transaction's marker stays until its records are gone, and that long
//! again. A producer's last batch stays, without records if need be, for the sake of its sequence number.
//!
//! Readers are not stopped: who has an old segment reads its file to the end. A crash at any point leaves the old
//! segments or the new ones, see [`crate::recovery`].
//!
//! Invariants: a batch is copied only after its checksum was checked, and that its offsets fit its
//! place; a segment is replaced only when its copy is on
//! disk; one round at a time per log.

mod copy;
mod dirt;
mod filter;
mod group;
mod offset_map;
mod output;
mod swap;
#[cfg(test)]
mod tests;
mod transactions;

use std::path::PathBuf;

use millstream_wire::records::RecordsError;

pub use dirt::Dirt;
use filter::Filter;
use offset_map::OffsetMap;
use transactions::Transactions;

use crate::error::WriteError;
use crate::log::Log;

/// What comes with a round.
#[derive(Clone, Copy)]
pub struct CleanOptions<'a> {
    /// Most memory for the map of keys (`log.cleaner.dedupe.buffer.size`). A round that needs more ends earlier in the
    /// log, and the next one goes on there.
    pub dedupe_buffer_bytes: usize,
    /// Now, in ms since 1970.
    pub now_ms: i64,
    /// Asked for each batch, with the bytes that were just read: may wait, to spare the disk; false ends the round.
    pub go_on: &'a dyn Fn(u64) -> bool,
}

/// What a round has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Offsets below are clean: the partition's line in `cleaner-offset-checkpoint`.
    pub to: i64,
    /// Bytes of the segments that were copied.
    pub bytes_before: u64,
    /// Bytes of the copies.
    pub bytes_after: u64,
}

/// Why a round has ended early. The log is whole in any case.
#[derive(Debug, thiserror::Error)]
pub enum CleanError {
    /// It was told to, or the log was closed or deleted meanwhile, or retention took what was being copied.
    #[error("the cleaning was interrupted")]
    Interrupted,
    /// Not even one batch's keys fit into the map.
    #[error(
        "log.cleaner.dedupe.buffer.size is {bytes}, too small for the keys of one batch at offset {offset}"
    )]
    BufferTooSmall {
        /// The limit in bytes.
        bytes: usize,
        /// Where.
        offset: i64,
    },
    /// A batch on disk is not what was written: it is neither copied nor dropped.
    #[error("{} is damaged at byte {position}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        position: u64,
        /// How.
        reason: RecordsError,
    },
    /// The disk refused; the next round tries again, unless the log is poisoned.
    #[error(transparent)]
    Disk(#[from] WriteError),
}

impl Log {
    /// One round of compaction over what [`Log::dirt`] has found. Blocks for as long as it takes to read the log;
    /// appends, reads and syncs go on meanwhile.
    ///
    /// # Errors
    /// [`CleanError`].
    pub fn clean(&self, dirt: &Dirt, options: CleanOptions<'_>) -> Result<Cleaned, CleanError> {
        let segments = self.finished_segments(dirt.first_uncleanable);
        // Of all segments: a transaction that was begun in those that are cleaned may have been aborted behind them.
        let transactions = Transactions::load(&self.segments_from(i64::MIN))?;
        let map = OffsetMap::of(&segments, dirt, transactions.clone(), options)?;
        let config = self.config();
        let last_of_producers = self.last_of_producers();
        // On disk before the batches go that they make needless: or a crash takes a producer's last sequence away.
        self.sync()?;
        let mut filter = Filter {
            map: &map,
            transactions,
            last_of_producers,
            round_end: dirt.first_uncleanable,
            now_ms: options.now_ms,
            delete_horizon_ms: options.now_ms.saturating_add(config.delete_retention_ms),
        };
        let mut cleaned = Cleaned { to: map.end(), ..Cleaned::default() };
        for group in group::by_size(&segments, map.end(), dirt.first_uncleanable, &config) {
            let copy = self.copy(group, &mut filter, options)?;
            cleaned.bytes_before += group.iter().map(|segment| segment.size()).sum::<u64>();
            cleaned.bytes_after += copy.size;
            if copy.is_changed || group.len() > 1 {
                self.swap(group, copy, options.now_ms)?;
            } else {
                copy.discard();
            }
        }
        Ok(cleaned)
    }
}

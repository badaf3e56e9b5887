//! Letting old segments go: by time, by size, and because nothing in them may be read any more.
//!
//! Files are renamed first, so that the names are free and a reader that has one open can finish, and removed after
//! `file.delete.delay.ms`. A segment that holds something at or above the high watermark stays.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Log, Removal, Writer};
use crate::config::LogConfig;
use crate::error::{ReadError, WriteError};
use crate::files::{FileName, SEGMENT_KINDS, Stage};
use crate::segment::Segment;
use crate::{lock, write_lock};

impl Log {
    /// DeleteRecords: nothing below `offset` can be read from now on. Returns the new log start offset. The segments
    /// go with the next [`Self::delete_old_segments`].
    ///
    /// # Errors
    /// [`ReadError::OffsetOutOfRange`] beyond the high watermark.
    pub fn delete_records(&self, offset: i64) -> Result<i64, ReadError> {
        if offset < 0 || offset > self.high_watermark() {
            return Err(self.out_of_range(offset));
        }
        self.advance_start(&mut lock(&self.writer), offset);
        Ok(self.log_start_offset())
    }

    /// Removes the files of segments that went more than `file.delete.delay.ms` ago.
    ///
    /// # Errors
    /// [`WriteError`] when the disk refuses; the next call tries again.
    pub fn remove_deleted_files(&self, now_ms: i64) -> Result<(), WriteError> {
        let _turn = lock(&self.sync_turn);
        self.remove_files(now_ms)
    }

    /// Removes the segments that retention by time, by size or the log start offset lets go, and the files of those
    /// removed long enough ago. Returns how many segments went. Call it every `log.retention.check.interval.ms`.
    ///
    /// # Errors
    /// [`WriteError`] when the disk refuses; the segments cannot be read any more all the same.
    pub fn delete_old_segments(&self, now_ms: i64) -> Result<usize, WriteError> {
        // A sync under way may still need the files that go now.
        let _turn = lock(&self.sync_turn);
        self.remove_files(now_ms)?;
        let config = self.config();
        let gone = {
            let mut writer = lock(&self.writer);
            if writer.closed {
                return Ok(0);
            }
            self.check()?;
            let count = self.expired(&config, now_ms);
            self.take_oldest(&mut writer, count, now_ms)?
        };
        if !gone.is_empty() {
            self.secure_what_stays()?;
        }
        for segment in &gone {
            self.rename_away(segment, now_ms.saturating_add(config.file_delete_delay_ms))?;
        }
        self.release_files();
        if config.file_delete_delay_ms <= 0 {
            self.remove_files(now_ms)?;
        }
        Ok(gone.len())
    }

    /// What stays must be on disk by name before anything goes, or a crash could leave no segment at all; and so must
    /// the snapshot that knows what the producers wrote last in the segments that go. A full disk must not keep them.
    fn secure_what_stays(&self) -> Result<(), WriteError> {
        if !lock(&self.writer).unsynced.snapshots.is_empty() {
            match self.sync_now() {
                Err(WriteError::DiskFull { .. }) => {}
                done => done?,
            }
        }
        self.disk.sync_dir(&self.dir).map_err(|error| WriteError::new(&self.dir, error))
    }

    /// Closes the files that nothing needs to be synced of; they are opened again when they are read or written.
    fn release_files(&self) {
        let writer = lock(&self.writer);
        let unsynced = self.durable_offset() < self.log_end_offset();
        for segment in self.segments_from(i64::MIN) {
            let is = |other: &Arc<Segment>| Arc::ptr_eq(other, &segment);
            let waits = writer.unsynced.sealed.iter().any(is) || (unsynced && is(&writer.active));
            if !waits {
                segment.release();
            }
        }
    }

    /// How many of the oldest segments go, the active one perhaps among them.
    fn expired(&self, config: &LogConfig, now_ms: i64) -> usize {
        let segments = self.segments_from(i64::MIN);
        let (start, visible) = (self.log_start_offset(), self.high_watermark());
        let by_policy = config.cleanup.delete;
        let too_much = match u64::try_from(config.retention_bytes) {
            Ok(limit) if by_policy => self.size_in_bytes().saturating_sub(limit),
            _ => 0,
        };
        let mut freed = 0;
        let goes = |(at, segment): &(usize, &Arc<Segment>)| {
            let next = segments.get(at + 1).map(|next| next.base());
            let end = next.unwrap_or_else(|| self.log_end_offset());
            let oldest_reader_past = next.is_some_and(|next| next <= start);
            let largest = segment.largest_timestamp();
            let too_old = by_policy
                && config.retention_ms >= 0
                && largest >= 0
                && now_ms.saturating_sub(largest) > config.retention_ms;
            let over_size = by_policy && freed + segment.size() <= too_much;
            freed += segment.size();
            let is_empty = next.is_some() && segment.size() == 0;
            (segment.size() > 0 || is_empty)
                && end <= visible
                && (oldest_reader_past || too_old || over_size || (is_empty && by_policy))
        };
        segments.iter().enumerate().take_while(goes).count()
    }

    fn take_oldest(
        &self,
        writer: &mut Writer,
        count: usize,
        now_ms: i64,
    ) -> Result<Vec<Arc<Segment>>, WriteError> {
        let all = self.segments_from(i64::MIN).len();
        if count == 0 {
            return Ok(Vec::new());
        }
        if count == all {
            self.roll(writer, now_ms)?;
        }
        let mut segments = write_lock(&self.segments);
        let gone: Vec<_> = segments.drain(..count).collect();
        let start = segments.first().map_or(0, |first| first.base());
        drop(segments);
        // Nobody needs them on disk any more.
        writer.unsynced.sealed.retain(|sealed| sealed.base() >= start);
        writer.unsynced.snapshots.retain(|(offset, _)| *offset >= start);
        for segment in &gone {
            writer.snapshots.remove(&segment.base());
        }
        self.advance_start(writer, start);
        Ok(gone)
    }

    fn advance_start(&self, writer: &mut Writer, offset: i64) {
        if self.log_start.fetch_max(offset, Ordering::AcqRel) < offset && writer.epochs.cut_start(offset) {
            writer.epochs_dirty = true;
        }
    }

    fn rename_away(&self, segment: &Segment, not_before_ms: i64) -> Result<(), WriteError> {
        for kind in SEGMENT_KINDS {
            let live = FileName::live(segment.base(), kind);
            let (from, to) = (live.path(&self.dir), live.at(Stage::Deleted).path(&self.dir));
            match self.disk.rename(&from, &to) {
                Ok(()) => lock(&self.removals).push(Removal { path: to, not_before_ms }),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    tracing::warn!(path = %from.display(), %error, "cannot rename a deleted file, will remove it");
                    lock(&self.removals).push(Removal { path: from, not_before_ms });
                }
            }
        }
        // One after the other, so that a crash cannot bring an older segment back without a younger one.
        self.disk.sync_dir(&self.dir).map_err(|error| WriteError::new(&self.dir, error))
    }

    fn remove_files(&self, now_ms: i64) -> Result<(), WriteError> {
        let mut removals = lock(&self.removals);
        let mut failed = None;
        removals.retain(|removal| {
            if removal.not_before_ms > now_ms || failed.is_some() {
                return true;
            }
            match self.disk.remove_file(&removal.path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    failed = Some(WriteError::new(&removal.path, error));
                    true
                }
                _ => false,
            }
        });
        failed.map_or(Ok(()), Err)
    }
}

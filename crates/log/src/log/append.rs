//! Appending: the producer's check, the offset, the page cache, the indexes, and a new segment when it is time.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use millstream_wire::records::batch::assign_offset;
use millstream_wire::records::{BatchHeader, EndMarker, RecordsError};

use super::{AppendOptions, Appended, Log, Writer};
use crate::config::LogConfig;
use crate::disk::DiskFile;
use crate::error::{AppendError, WriteError};
use crate::producer::{Produced, Verdict};
use crate::segment::{AppendFailed, Segment};
use crate::walk::Walk;
use crate::{lock, producer_snapshot, write_lock};

/// Positions and relative offsets in Kafka's files are signed 32-bit numbers.
const MOST_RELATIVE: i64 = i32::MAX as i64;

impl Log {
    /// Appends one validated batch: gives it offsets and leader epoch in place, checks its producer, writes it to the
    /// page cache and notes it in the indexes. Does not wait for the disk.
    ///
    /// # Errors
    /// [`AppendError`]; nothing was appended.
    pub fn append(&self, batch: &mut [u8], options: AppendOptions) -> Result<Appended, AppendError> {
        let config = self.config();
        let mut header = one_batch(batch, &config)?;
        let marker = end_marker(batch, &header)?;
        let mut writer = lock(&self.writer);
        if writer.closed {
            return Err(AppendError::Closed);
        }
        self.check().map_err(WriteError::from)?;
        if let Verdict::Duplicate { base_offset, last_offset } =
            writer.producers.check(Produced { header: &header, marker }, options.origin)?
        {
            return Ok(Appended {
                base_offset,
                last_offset,
                duplicate: true,
                sync_due: config.acks_are_durable(),
            });
        }
        header.base_offset = self.log_end_offset();
        header.partition_leader_epoch = options.leader_epoch;
        let rolled = self.roll_if_due(&mut writer, &header, &config, options.now_ms)?;
        assign_offset(batch, header.base_offset, header.partition_leader_epoch)?;
        self.write(&mut writer, batch, Produced { header: &header, marker }, &config, options.now_ms)?;
        let sync_due =
            config.acks_are_durable() || rolled || writer.unflushed_records >= config.flush_messages;
        Ok(Appended {
            base_offset: header.base_offset,
            last_offset: header.last_offset(),
            duplicate: false,
            sync_due,
        })
    }

    fn write(
        &self,
        writer: &mut Writer,
        batch: &[u8],
        produced: Produced<'_>,
        config: &LogConfig,
        now_ms: i64,
    ) -> Result<(), WriteError> {
        let header = produced.header;
        let path = || writer.active.path();
        match writer.active.append(batch, header, config.index_interval_bytes) {
            Ok(()) => {}
            Err(AppendFailed::Undone(error)) => return Err(WriteError::new(&path(), error)),
            Err(AppendFailed::LeftOver(error)) => return Err(self.poison(&path(), &error).into()),
        }
        writer.first_timestamp.get_or_insert(header.max_timestamp);
        writer.used = true;
        if let Some(aborted) = writer.producers.add(produced, now_ms) {
            writer.unsynced.dir |= writer.active.note_aborted(aborted);
            writer.unsynced.aborted = true;
        }
        if writer.epochs.assign(header.partition_leader_epoch, header.base_offset) {
            writer.epochs_dirty = true;
        }
        writer.unflushed_records =
            writer.unflushed_records.saturating_add(u64::try_from(header.record_count).unwrap_or(0));
        if header.attributes.is_transactional() {
            // Before a reader can see that the log has grown.
            self.note_unstable(writer);
        }
        self.log_end.store(header.next_offset(), Ordering::Release);
        if !config.acks_are_durable() {
            self.high_watermark.fetch_max(header.next_offset(), Ordering::AcqRel);
            self.note_unstable(writer);
        }
        Ok(())
    }

    fn roll_if_due(
        &self,
        writer: &mut Writer,
        batch: &BatchHeader,
        config: &LogConfig,
        now_ms: i64,
    ) -> Result<bool, WriteError> {
        let size = writer.active.size();
        if size == 0 {
            return Ok(false);
        }
        let most = u64::from(config.segment_bytes).min(MOST_RELATIVE.unsigned_abs());
        let due = size + batch.size_in_bytes() as u64 > most
            || writer.age_with(batch, now_ms)
                > config.segment_age_ms() - jitter(&self.dir, writer.active.base(), config)
            || writer.active.with_indexes(|indexes| indexes.are_full(config.segment_index_bytes))
            || batch.last_offset() - writer.active.base() > MOST_RELATIVE;
        if due {
            self.roll(writer, now_ms)?;
        }
        Ok(due)
    }

    /// Begins a new segment at the log's end. The old one is finished by the next sync.
    pub(super) fn roll(&self, writer: &mut Writer, now_ms: i64) -> Result<(), WriteError> {
        if writer.unsynced.dir {
            // Or a crash could keep this segment and lose the one before, as if that had been deleted.
            self.disk.sync_dir(&self.dir).map_err(|error| self.poison(&self.dir, &error))?;
        }
        if self.config().cleanup.compact {
            // Or a crash could lose its end and keep what comes now: a gap like those that compaction leaves.
            let synced = writer.active.file().and_then(|file| file.sync_data());
            synced.map_err(|error| self.poison(&writer.active.path(), &error))?;
        }
        let base = self.log_end_offset();
        let segment = Arc::new(Segment::create(Arc::clone(&self.disk), Arc::clone(&self.dir), base)?);
        writer.unsynced.snapshots.push((base, producer_snapshot::encode(&writer.producers)));
        writer.unsynced.dir = true;
        let sealed = std::mem::replace(&mut writer.active, Arc::clone(&segment));
        sealed.set_until(base);
        writer.unsynced.sealed.push(sealed);
        writer.used = true;
        writer.first_timestamp = None;
        writer.created_ms = now_ms;
        write_lock(&self.segments).push(segment);
        Ok(())
    }
}

impl Writer {
    /// How much younger the batch is than the active segment's first, in ms; without timestamps, the segment's age.
    fn age_with(&mut self, batch: &BatchHeader, now_ms: i64) -> i64 {
        let active = &self.active;
        let first = *self.first_timestamp.get_or_insert_with(|| first_timestamp(active));
        if first >= 0 {
            batch.max_timestamp.saturating_sub(first)
        } else {
            now_ms.saturating_sub(self.created_ms)
        }
    }
}

/// How much earlier than `segment.ms` this segment is rolled: a fixed share of `segment.jitter.ms`, as if drawn by lot.
fn jitter(dir: &Path, base: i64, config: &LogConfig) -> i64 {
    let most = config.segment_jitter_ms.min(config.segment_age_ms());
    if most <= 0 {
        return 0;
    }
    let mut lot = DefaultHasher::new();
    (dir, base).hash(&mut lot);
    i64::try_from(lot.finish() >> 1).unwrap_or(0) % most
}

/// Largest timestamp of a segment's first batch in ms, -1 if it has none.
pub(crate) fn first_timestamp(segment: &Segment) -> i64 {
    let read = |file: Arc<dyn DiskFile>| Walk::headers(&*file, 0, segment.size()).step().ok().flatten();
    segment.file().ok().and_then(read).map_or(-1, |step| step.header.max_timestamp)
}

fn one_batch(batch: &[u8], config: &LogConfig) -> Result<BatchHeader, AppendError> {
    let header = BatchHeader::parse(batch)?;
    let (needed, available) = (header.size_in_bytes(), batch.len());
    if needed > available {
        return Err(RecordsError::Truncated { needed, available }.into());
    }
    if needed < available {
        let length = i64::try_from(available).unwrap_or(i64::MAX);
        let least = i64::try_from(needed).unwrap_or(i64::MAX);
        return Err(RecordsError::BadLength { length, least }.into());
    }
    if available as u64 > u64::from(config.segment_bytes) {
        return Err(AppendError::TooLarge { size: available, limit: config.segment_bytes });
    }
    Ok(header)
}

/// What the batch says, if it is the marker that ends a transaction.
fn end_marker(batch: &[u8], header: &BatchHeader) -> Result<Option<EndMarker>, RecordsError> {
    if header.attributes.is_control() && header.has_producer_id() {
        EndMarker::parse(&Bytes::copy_from_slice(batch))
    } else {
        Ok(None)
    }
}

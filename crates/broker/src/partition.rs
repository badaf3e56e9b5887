//! The async face of one partition's log: append, wait for the disk, wait for more, read.
//!
//! Appends and reads are plain calls into the log, made on the runtime's own threads: an append copies into the page
//! cache, and a read of recent records copies out of it, so handing them to another thread would cost more than they
//! do. What may really wait for a disk goes elsewhere: syncs to the [`Flusher`], and reads far behind the log's end
//! (by the estimate of [`COLD_BYTES`]) to Tokio's blocking threads.
//!
//! Whoever waits does so on one `watch` channel that carries the high watermark: subscribe, look, then wait, so no
//! wake-up is lost and no lock is held across an await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use millstream_log::{
    AppendError, AppendOptions, Appended, Log, LogSlice, Origin, ReadError, ReadLimits, TimestampOffset,
    TimestampQuery,
};
use millstream_wire::records::{BatchHeader, Batches};
use millstream_wire::{ErrorCode, Uuid};
use tokio::sync::watch;

use crate::data_dir::TopicPartition;
use crate::flusher::{FlushState, Flusher};
use crate::sendfile;
use crate::traffic::TopicCounters;

/// A read that begins further than this from the log's end is expected to miss the page cache.
const COLD_BYTES: u64 = 64 << 20;

/// What everybody waits on who waits for anything in any partition.
#[derive(Debug, Clone)]
pub(crate) struct Pulse(Arc<watch::Sender<u64>>);

impl Pulse {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    pub(crate) fn beat(&self) {
        self.0.send_modify(|beats| *beats += 1);
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// Whole batches of a log.
#[derive(Debug)]
pub(crate) enum Found {
    /// Copied.
    Bytes(Bytes),
    /// In their file.
    Slice(LogSlice),
}

impl Found {
    /// An offset behind the last record, and not behind the first one after it. `None` if there are no records.
    pub(crate) fn next_offset(&self) -> Option<i64> {
        match self {
            Self::Bytes(bytes) => {
                Batches::new(bytes.clone()).flatten().last().map(|batch| batch.header.next_offset())
            }
            Self::Slice(slice) => Some(slice.next_offset),
        }
    }
}

/// One partition that this broker leads.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) topic: Arc<str>,
    pub(crate) topic_id: Uuid,
    pub(crate) index: i32,
    pub(crate) leader_epoch: i32,
    pub(crate) log: Arc<Log>,
    pub(crate) counters: Arc<TopicCounters>,
    pub(crate) flush: FlushState,
    /// The high watermark, for those who wait. Gone when the partition takes no more writes: its disk failed, its topic
    /// was deleted, or the broker goes down.
    shown: Mutex<Option<watch::Sender<i64>>>,
    /// How often the disk was full when it was to sync.
    refused: watch::Sender<u64>,
    /// What every waiter's receiver is cloned from.
    receiver: watch::Receiver<i64>,
    pulse: Pulse,
}

/// Whose partition it is, and at which epoch this broker leads it.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) topic: Arc<str>,
    pub(crate) topic_id: Uuid,
    pub(crate) index: i32,
    pub(crate) leader_epoch: i32,
}

impl Partition {
    pub(crate) fn new(identity: Identity, log: Arc<Log>, counters: Arc<TopicCounters>, pulse: Pulse) -> Self {
        let Identity { topic, topic_id, index, leader_epoch } = identity;
        let (sender, receiver) = watch::channel(log.high_watermark());
        let (flush, shown) = (FlushState::default(), Mutex::new(Some(sender)));
        let refused = watch::Sender::new(0);
        Self { topic, topic_id, index, leader_epoch, log, counters, flush, shown, refused, receiver, pulse }
    }

    /// Its topic's name and its index.
    pub(crate) fn key(&self) -> TopicPartition {
        (self.topic.to_string(), self.index)
    }

    /// Appends one validated batch, and asks for a sync if one is due. The batch is acknowledged when
    /// [`Partition::wait_for`] its last offset is over.
    pub(crate) fn append(
        self: &Arc<Self>,
        batch: &mut [u8],
        origin: Origin,
        flusher: &Flusher,
    ) -> Result<Appended, AppendError> {
        let options = AppendOptions { origin, leader_epoch: self.leader_epoch, now_ms: now_ms() };
        let appended = self.log.append(batch, options)?;
        if !appended.duplicate {
            let records = BatchHeader::parse(batch).map_or(0, |header| header.record_count);
            let size = u64::try_from(batch.len()).unwrap_or(u64::MAX);
            self.counters.appended(u64::try_from(records).unwrap_or(0), size);
        }
        if appended.sync_due {
            flusher.ask(self);
        }
        self.publish();
        Ok(appended)
    }

    /// Tells the waiters how far the log is.
    pub(crate) fn publish(&self) {
        let high_watermark = self.log.high_watermark();
        let moved = self.shown().as_ref().is_some_and(|shown| {
            shown.send_if_modified(|shown| {
                let moved = high_watermark > *shown;
                *shown = high_watermark.max(*shown);
                moved
            })
        });
        if moved {
            self.pulse.beat();
        }
    }

    /// No more writes: those who wait for the disk learn that they wait in vain.
    pub(crate) fn close(&self) {
        drop(self.shown().take());
        self.pulse.beat();
    }

    /// The disk had no room for what a sync has to write: who waits for it is told, though a later sync may succeed.
    pub(crate) fn refuse(&self) {
        self.refused.send_modify(|times| *times += 1);
    }

    /// A change of this says that the disk had no room for a sync.
    pub(crate) fn refusals(&self) -> watch::Receiver<u64> {
        self.refused.subscribe()
    }

    /// Waits until `offset` is acknowledged. False if it never will be, or not before the disk has room again.
    pub(crate) async fn wait_for(&self, offset: i64) -> bool {
        let (mut shown, mut refused) = (self.subscribe(), self.refused.subscribe());
        tokio::select! {
            biased;
            shown = shown.wait_for(|high_watermark| *high_watermark > offset) => shown.is_ok(),
            _ = refused.changed() => false,
        }
    }

    /// The high watermark from now on: what is published after this call is seen as a change. An error says that the
    /// partition is closed.
    pub(crate) fn subscribe(&self) -> watch::Receiver<i64> {
        let mut receiver = self.receiver.clone();
        receiver.mark_unchanged();
        receiver
    }

    fn shown(&self) -> MutexGuard<'_, Option<watch::Sender<i64>>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a client that believes in leader epoch `claimed` (-1: in any) may go on (KIP-320).
    pub(crate) fn check_leader_epoch(&self, claimed: i32) -> Result<(), ErrorCode> {
        match claimed {
            ..0 => Ok(()),
            _ if claimed < self.leader_epoch => Err(ErrorCode::FENCED_LEADER_EPOCH),
            _ if claimed > self.leader_epoch => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
            _ => Ok(()),
        }
    }

    /// One past the last offset that can be read.
    pub(crate) fn high_watermark(&self) -> i64 {
        self.log.high_watermark()
    }

    /// One past the last offset that a reader sees, of committed records only if so.
    pub(crate) fn readable_end(&self, committed: bool) -> i64 {
        if committed { self.log.last_stable_offset() } else { self.log.high_watermark() }
    }

    /// Whole batches from the one that holds `from`, up to the high watermark; nothing if there are none.
    pub(crate) async fn read(
        &self,
        from: i64,
        max_bytes: usize,
        min_one_batch: bool,
    ) -> Result<Bytes, ReadError> {
        self.read_below(self.log.high_watermark(), from, max_bytes, min_one_batch).await
    }

    /// The same, up to `upper_bound`.
    pub(crate) async fn read_below(
        &self,
        upper_bound: i64,
        from: i64,
        max_bytes: usize,
        min_one_batch: bool,
    ) -> Result<Bytes, ReadError> {
        let limits = ReadLimits { max_bytes, min_one_batch, upper_bound };
        if from >= limits.upper_bound {
            return Ok(Bytes::new());
        }
        self.blocking_if(self.is_cold(from), move |log| log.read(from, limits)).await
    }

    /// The same, but where the batches are rather than what they are, if they can be sent from there.
    pub(crate) async fn find(
        &self,
        upper_bound: i64,
        from: i64,
        max_bytes: usize,
        min_one_batch: bool,
    ) -> Result<Found, ReadError> {
        let limits = ReadLimits { max_bytes, min_one_batch, upper_bound };
        if from >= limits.upper_bound {
            return Ok(Found::Bytes(Bytes::new()));
        }
        let is_cold = self.is_cold(from);
        self.blocking_if(is_cold, move |log| {
            let slice = match sendfile::at_least() {
                Some(at_least) => log.slice(from, limits, at_least)?,
                None => None,
            };
            match slice.filter(|slice| slice.file.fd().is_some()) {
                Some(slice) => {
                    if is_cold {
                        let warmed = sendfile::warm(&slice);
                        warmed.map_err(|source| ReadError::Io { path: log.dir().to_owned(), source })?;
                    }
                    Ok(Found::Slice(slice))
                }
                None => log.read(from, limits).map(Found::Bytes),
            }
        })
        .await
    }

    /// Looks an offset up by time; the answer for a time is below the high watermark.
    pub(crate) async fn offset_for_timestamp(
        &self,
        query: TimestampQuery,
    ) -> Result<Option<TimestampOffset>, ReadError> {
        let searches = matches!(query, TimestampQuery::At(_) | TimestampQuery::MaxTimestamp);
        self.blocking_if(searches, move |log| log.offset_for_timestamp(query)).await
    }

    async fn blocking_if<T: Send + 'static>(
        &self,
        elsewhere: bool,
        read: impl FnOnce(&Log) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        if !elsewhere {
            return read(&self.log);
        }
        let log = Arc::clone(&self.log);
        match tokio::task::spawn_blocking(move || read(&log)).await {
            Ok(result) => result,
            Err(error) => {
                Err(ReadError::Io { path: self.log.dir().to_owned(), source: std::io::Error::other(error) })
            }
        }
    }

    /// Whether the bytes at `from` are probably not in the page cache, by the average size of the log's records.
    fn is_cold(&self, from: i64) -> bool {
        let size = self.log.size_in_bytes();
        if size < COLD_BYTES {
            return false;
        }
        let (start, end) = (self.log.log_start_offset(), self.log.log_end_offset());
        let behind = u128::try_from(end.saturating_sub(from)).unwrap_or(0);
        let all = u128::try_from(end.saturating_sub(start)).unwrap_or(0).max(1);
        behind * u128::from(size) / all > u128::from(COLD_BYTES)
    }
}

/// Now, in milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

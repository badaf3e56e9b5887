//! What the tests share: batches, a log on a simulated disk, and reading a log back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use millstream_wire::records::{BatchBuilder, BatchHeader, Batches, Codec};

use crate::disk::{Disk, SimDisk};
use crate::{AppendOptions, Appended, Log, LogConfig, OpenError, OpenOptions, Origin, ReadLimits};

/// Now, in the tests.
pub(crate) const NOW: i64 = 1_700_000_000_000;
/// What most tests append with.
pub(crate) const CLIENT: AppendOptions =
    AppendOptions { origin: Origin::Client, leader_epoch: 0, now_ms: NOW };
/// What most tests open with: an unclean stop before anything was synced.
pub(crate) const UNCLEAN: OpenOptions =
    OpenOptions { recovery_point: 0, log_start_offset: 0, clean: false, now_ms: NOW };
/// Everything that there is.
pub(crate) const ALL: ReadLimits =
    ReadLimits { max_bytes: 1 << 30, min_one_batch: true, upper_bound: i64::MAX };

/// The partition's directory.
pub(crate) fn dir() -> PathBuf {
    PathBuf::from("kafka/t-0")
}

/// A file of the partition.
pub(crate) fn file(name: &str) -> PathBuf {
    dir().join(name)
}

/// The `.log` of the segment that starts here.
pub(crate) fn log_file(base: i64) -> PathBuf {
    file(&format!("{base:020}.log"))
}

/// A batch of records whose timestamps go up by 1 ms.
pub(crate) fn batch_at(timestamp: i64, records: i32) -> BytesMut {
    fill(BatchBuilder::new(Codec::None), timestamp, records)
}

/// A batch like any other.
pub(crate) fn batch(records: i32) -> BytesMut {
    batch_at(NOW, records)
}

/// A batch of an idempotent producer.
pub(crate) fn sequenced(producer_id: i64, epoch: i16, sequence: i32, records: i32) -> BytesMut {
    fill(BatchBuilder::new(Codec::None).producer(producer_id, epoch, sequence), NOW, records)
}

/// A batch with one record of this value.
pub(crate) fn batch_of(value: &[u8]) -> BytesMut {
    let mut builder = BatchBuilder::new(Codec::None);
    builder.append(NOW, None, Some(value), &[]).unwrap();
    builder.finish().unwrap()
}

fn fill(mut builder: BatchBuilder, timestamp: i64, records: i32) -> BytesMut {
    for record in 0..records {
        builder.append(timestamp + i64::from(record), None, Some(b"0123456789"), &[]).unwrap();
    }
    builder.finish().unwrap()
}

/// Opens the partition.
pub(crate) fn open(disk: &SimDisk, config: &LogConfig, options: OpenOptions) -> Result<Log, OpenError> {
    Log::open(Arc::new(disk.clone()), &dir(), config.clone(), options)
}

/// A fresh log on a fresh disk.
pub(crate) fn fresh(config: &LogConfig) -> (SimDisk, Log) {
    let disk = SimDisk::new();
    disk.create_dir_all(Path::new("kafka")).unwrap();
    disk.sync_dir(Path::new("")).unwrap();
    let log = open(&disk, config, UNCLEAN).unwrap();
    (disk, log)
}

/// Appends a batch that must be taken.
pub(crate) fn append(log: &Log, mut batch: BytesMut) -> Appended {
    log.append(&mut batch, CLIENT).unwrap()
}

/// Segments of three small batches, indexed at every batch.
pub(crate) fn small_segments() -> LogConfig {
    LogConfig { segment_bytes: 3 * size(1), index_interval_bytes: 1, ..LogConfig::default() }
}

/// Bytes of a batch of [`batch`]'s kind.
pub(crate) fn size(records: i32) -> u32 {
    u32::try_from(batch(records).len()).unwrap()
}

/// All batches below the high watermark.
pub(crate) fn read_all(log: &Log) -> Vec<BatchHeader> {
    let mut all = Vec::new();
    let mut from = log.log_start_offset();
    loop {
        let limits = ReadLimits { upper_bound: log.high_watermark(), ..ALL };
        let headers = headers(log.read(from, limits).unwrap());
        match headers.last() {
            Some(last) => from = last.next_offset(),
            None => return all,
        }
        all.extend(headers);
    }
}

/// The headers of whole batches, each with a good checksum.
pub(crate) fn headers(bytes: Bytes) -> Vec<BatchHeader> {
    Batches::verified(bytes).map(|batch| batch.unwrap().header).collect()
}

/// Base offsets.
pub(crate) fn offsets(headers: &[BatchHeader]) -> Vec<i64> {
    headers.iter().map(|header| header.base_offset).collect()
}

/// Names of the partition's files.
pub(crate) fn names(disk: &SimDisk) -> Vec<String> {
    let mut names: Vec<String> = disk.list(&dir()).unwrap().into_iter().map(|entry| entry.name).collect();
    names.sort();
    names
}

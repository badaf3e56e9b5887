//! Slices are what a read would have given, or nothing.

use bytes::Bytes;

use crate::fixture::*;
use crate::log::ReadLimits;
use crate::{Log, LogConfig, LogSlice};

/// The bytes that a slice stands for.
fn bytes_of(slice: &LogSlice) -> Bytes {
    let mut bytes = Vec::new();
    slice.file.read_at(&mut bytes, slice.length, slice.position).unwrap();
    bytes.into()
}

/// Batches of 1 to 60 records, with an index entry for every few of them.
fn varied(interval: u32) -> Log {
    let config = LogConfig { segment_bytes: 9_000, index_interval_bytes: interval, ..LogConfig::default() };
    let (_disk, log) = fresh(&config);
    for n in 0..120 {
        append(&log, batch(1 + n * 7 % 60));
    }
    log.sync().unwrap();
    log
}

#[test]
fn a_slice_is_what_a_read_gives() {
    for interval in [1, 500, 4096] {
        let log = varied(interval);
        let end = log.log_end_offset();
        let mut sliced = 0;
        for from in (0..=end).step_by(13) {
            for (max_bytes, upper_bound) in
                [(1 << 20, end), (1 << 20, from + 40), (3_000, end), (700, end - 5), (80, end), (0, end)]
            {
                for min_one_batch in [false, true] {
                    let limits = ReadLimits { max_bytes, min_one_batch, upper_bound };
                    let read = log.read(from, limits).unwrap();
                    let Some(slice) = log.slice(from, limits, 0).unwrap() else { continue };
                    sliced += 1;
                    let what = format!("from {from}, {limits:?}, interval {interval}");
                    assert_eq!(bytes_of(&slice), read, "{what}");
                    let headers = headers(read);
                    let (first, last) = (headers.first().unwrap(), headers.last().unwrap());
                    assert_eq!(
                        (slice.base_offset, slice.next_offset),
                        (first.base_offset, last.next_offset()),
                        "{what}"
                    );
                }
            }
        }
        assert!(sliced > 1_000, "{sliced}");
    }
}

#[test]
fn little_is_left_to_a_read() {
    let log = varied(1);
    let all = |at_least| log.slice(0, ALL, at_least).unwrap();
    let whole = all(0).unwrap();
    assert_eq!(all(whole.length).unwrap().length, whole.length);
    assert!(all(whole.length + 1).is_none());
    assert!(log.slice(0, ReadLimits { max_bytes: 99, ..ALL }, 100).unwrap().is_none());
    assert!(log.slice(log.log_end_offset(), ALL, 0).unwrap().is_none());
    assert!(log.slice(log.log_end_offset() + 1, ALL, 0).is_err());
}

#[test]
fn an_index_that_is_wrong_leads_to_a_read() {
    let (disk, log) = fresh(&LogConfig { index_interval_bytes: 1, ..LogConfig::default() });
    for _ in 0..600 {
        append(&log, batch(1));
    }
    log.close().unwrap();
    drop(log);
    let options = crate::OpenOptions { recovery_point: 600, clean: true, ..UNCLEAN };
    let log = open(&disk, &LogConfig::default(), options).unwrap();
    let limits = ReadLimits { max_bytes: 2_000, ..ALL };
    assert!(log.slice(100, limits, 0).unwrap().is_some());
    let index = file("00000000000000000000.index");
    let mut bytes = disk.bytes(&index).unwrap();
    bytes.chunks_exact_mut(8).for_each(|entry| entry[3] ^= 1);
    disk.plant(&index, &bytes);
    assert!(log.slice(100, limits, 0).unwrap().is_none());
    assert_eq!(headers(log.read(100, limits).unwrap())[0].base_offset, 100);
}

//! Many threads at once, and a process that is killed.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::disk::RealDisk;
use crate::fixture::*;
use crate::log::ReadLimits;
use crate::{Log, LogConfig};

#[test]
fn readers_never_see_what_is_not_whole_and_on_disk() {
    let config = LogConfig { segment_bytes: 5000, index_interval_bytes: 100, ..LogConfig::default() };
    let home = tempfile::tempdir().unwrap();
    let log = Log::open(Arc::new(RealDisk), &home.path().join("t-0"), config, UNCLEAN).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|producer| {
                let log = &log;
                scope.spawn(move || {
                    for sequence in 0..200 {
                        let appended = append(log, sequenced(producer, 0, sequence, 1));
                        if sequence % 16 == 0 {
                            assert!(log.sync().unwrap() > appended.last_offset);
                        }
                    }
                })
            })
            .collect();
        for _ in 0..2 {
            scope.spawn(|| {
                let mut next = 0;
                while !done.load(Ordering::Acquire) || next < log.high_watermark() {
                    let limits = ReadLimits { max_bytes: 700, upper_bound: log.high_watermark(), ..ALL };
                    for header in headers(log.read(next, limits).unwrap()) {
                        assert_eq!(header.base_offset, next);
                        assert!(header.last_offset() < log.durable_offset());
                        next = header.next_offset();
                    }
                }
                assert_eq!(next, 600);
            });
        }
        for writer in writers {
            writer.join().unwrap();
        }
        log.sync().unwrap();
        done.store(true, Ordering::Release);
    });
}

const VICTIM: &str = "MILLSTREAM_LOG_VICTIM";

/// Not a test by itself: what the next one starts and kills.
#[test]
fn victim() {
    let Ok(dir) = std::env::var(VICTIM) else { return };
    let log = Log::open(Arc::new(RealDisk), dir.as_ref(), small_segments(), UNCLEAN).unwrap();
    loop {
        append(&log, sequenced(1, 0, i32::try_from(log.log_end_offset()).unwrap(), 1));
        println!("acked {}", log.sync().unwrap());
    }
}

#[test]
fn kill_9_on_a_real_disk_keeps_what_was_acknowledged() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("t-0");
    let mut acked = 0;
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["log::tests::threads::victim", "--exact", "--nocapture"])
            .env(VICTIM, &dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let offsets =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("acked ")?.parse().ok());
        for offset in offsets.take(20 * round) {
            acked = offset;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let log = Log::open(Arc::new(RealDisk), &dir, small_segments(), UNCLEAN).unwrap();
        let end = log.log_end_offset();
        assert!(acked > 0 && end >= acked, "{end} {acked}");
        assert_eq!(offsets_of(&log), (0..end).collect::<Vec<_>>());
        assert!(append(&log, sequenced(1, 0, i32::try_from(end).unwrap() - 1, 1)).duplicate);
    }
}

fn offsets_of(log: &Log) -> Vec<i64> {
    offsets(&read_all(log))
}

//! Parts side by side: most of a client test is waiting for a client to start, so a machine with two cores does two.
//!
//! Invariants: the order in which parts are begun is the order they are given in (the longest first keeps both lanes
//! busy to the end); each part has a [`Report`] of its own, so that what one prints is never counted for another; a part
//! that panics is a failure of that part, not of the others.

use super::Part;
use crate::report::Report;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// Runs `parts` in at most `lanes` threads; their reports in the order of `parts`.
pub fn run(root: &Path, lanes: usize, parts: &[(&'static str, Part)]) -> Vec<Report> {
    let waiting: Mutex<VecDeque<_>> = Mutex::new(parts.iter().copied().enumerate().collect());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let lane = || {
        let mut done = Vec::new();
        while let Some((place, (name, part))) = next() {
            done.push((place, reported(root, name, part)));
        }
        done
    };
    let mut reports: Vec<(usize, Report)> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes.max(1)).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap_or_default()).collect()
    });
    reports.sort_by_key(|(place, _)| *place);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// One part, from its headline to the line with its time.
pub fn reported(root: &Path, name: &'static str, part: Part) -> Report {
    println!("\n== {name}");
    let began = Instant::now();
    let mut report = Report::of(name);
    let end = thread::scope(|scope| scope.spawn(|| part(root, &mut report)).join());
    if end.is_err() {
        report.fail(name, "the test command itself panicked in this part; see above");
    }
    println!("== {name} took {} s", began.elapsed().as_secs());
    report
}

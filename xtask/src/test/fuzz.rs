//! A short turn of the fuzz targets in their release build: the kept corpus and earlier findings again, then new inputs.
//!
//! `partition` is left to `cargo xtask fuzz partition`: it still finds what fuzz/RESULTS.md names under "Open".

use crate::fuzz;
use crate::report::Report;
use std::path::Path;

const TARGETS: [&str; 10] = [
    "requests",
    "responses",
    "batches",
    "message_sets",
    "codecs",
    "metadata",
    "records",
    "groups",
    "consumer_protocol",
    "text",
];

/// A few seconds of each, one after the other.
pub fn run(root: &Path, report: &mut Report) {
    let words: Vec<&str> = TARGETS.into_iter().chain(["--seconds", "3", "--seed", "1"]).collect();
    report.check(
        "ten fuzz targets",
        fuzz::run(root, &words),
        "see above: the input is in a file, and how to run it again",
    );
}

//! A short turn of the fuzz targets in their release build: the kept corpus and earlier findings again, then new inputs.

use crate::fuzz;
use crate::report::Report;
use std::path::Path;

const TARGETS: [&str; 11] = [
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
    "partition",
];

/// A few seconds of each, one after the other.
pub fn run(root: &Path, report: &mut Report) {
    let words: Vec<&str> = TARGETS.into_iter().chain(["--seconds", "3", "--seed", "1"]).collect();
    report.check(
        "eleven fuzz targets",
        fuzz::run(root, &words),
        "see above: the input is in a file, and how to run it again",
    );
}

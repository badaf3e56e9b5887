//! A short turn of the fuzz targets in their release build: the kept corpus and earlier findings again, then new inputs;
//! and one of the differential test, against Apache Kafka's own decoders.

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

/// As many cases as fit this long, in seconds; the JVMs have to start first.
const DIFFERENTIAL: &str = "20";

/// A few seconds of each target, one after the other, then the differential test.
pub fn run(root: &Path, report: &mut Report) {
    let words: Vec<&str> = TARGETS.into_iter().chain(["--seconds", "3", "--seed", "1"]).collect();
    report.check(
        "eleven fuzz targets",
        fuzz::run(root, &words),
        "see above: the input is in a file, and how to run it again",
    );
    match fuzz::differential(root, &["--seconds", DIFFERENTIAL, "--seed", "1"]) {
        Ok(held) => {
            report.check("three decoders say the same", held, "see above: each difference with its bytes")
        }
        Err(why) => report.skip("three decoders say the same", &why),
    }
}

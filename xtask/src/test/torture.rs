//! A short turn of each fault run, on the debug binaries: the full counts are `cargo xtask torture`'s.

use crate::report::Report;
use crate::torture;
use std::path::Path;

/// About twenty seconds of each.
pub fn run(root: &Path, report: &mut Report) {
    let kill = torture::run(root, &["kill", "--broker-only", "--cycles", "15"]);
    report.check("kill -9 under load, 15 times", kill, "see above: the seed is named");
    let points = torture::run(root, &["crash-points", "--every", "60", "--threads", "4"]);
    report.check(
        "a crash at one operation in 60 of a broker's life",
        points,
        "see above: the operation is named",
    );
    let disk = torture::run(root, &["disk", "--seeds", "1500"]);
    report.check("1,500 lives of a log on a disk that tears", disk, "see above: the seed is named");
}

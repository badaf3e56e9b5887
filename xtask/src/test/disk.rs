//! Beside Apache Kafka: its tools on our directory, Kafka itself on our directory, we on Kafka's, there and back; and
//! stories that both are told.

use super::{binary, setup};
use crate::process::captured;
use crate::report::Report;
use std::path::Path;
use std::process::Command;

/// Runs the programs of `tests/interop` on an empty folder, a few stories, then what fills a small file system.
pub fn run(root: &Path, report: &mut Report) {
    let needed = setup::kafka_jars(root).and_then(|jars| {
        let python = setup::python(root, "confluent-kafka-2.16", &["confluent-kafka==2.16.1"])?;
        Ok((jars, python, binary(root)?))
    });
    let (jars, python, binary) = match needed {
        Ok(needed) => needed,
        Err(why) => return report.skip("disk", &why),
    };
    let folder = root.join(".cache/data/interop");
    let _ = std::fs::remove_dir_all(&folder);
    let mut interop = Command::new(&python);
    interop.arg(root.join("tests/interop/disk.py")).args([&binary, &jars, &folder]);
    let (succeeded, output) = captured(&mut interop);
    report.read_lines("Apache Kafka 4.3: disk.py", succeeded, &output);
    let mut levels = Command::new(&python);
    levels.arg(root.join("tests/interop/levels.py")).args([&binary, &jars, &folder.join("levels")]);
    let (succeeded, output) = captured(&mut levels);
    report.read_lines("Apache Kafka 4.3: levels.py", succeeded, &output);
    let mut stories = Command::new(&python);
    stories.arg(root.join("tests/golden/kafka-answers/stories.py")).args([&binary, &jars]);
    let (succeeded, output) = captured(stories.args(["--count", "3"]));
    report.read_lines("Apache Kafka 4.3: stories.py", succeeded, &output);
    let mut full = Command::new(&python);
    full.arg(root.join("tests/interop/full_disk.py")).args([&binary, &folder]);
    let (succeeded, output) = captured(&mut full);
    report.read_lines("a small file system: full_disk.py", succeeded, &output);
}

//! The Spark door with PySpark: its Connect client alone and the whole package, over the network and by `submit`.
//!
//! The word count that everybody starts with comes from the PySpark package itself, unchanged.

use super::{Running, binary, setup};
use crate::process::captured;
use crate::report::Report;
use std::path::{Path, PathBuf};
use std::process::Command;

/// PySpark's Connect client without a JVM, and the whole of PySpark with its Connect dependencies.
const CLIENTS: [(&str, &str); 2] =
    [("pyspark-client-4.2", "pyspark-client==4.2.0"), ("pyspark-4.3", "pyspark[connect]==4.3.0")];
/// Where the package keeps the word count.
const WORD_COUNT: &str = "examples/src/main/python/sql/streaming/structured_network_wordcount.py";

/// Runs the programs of `tests/clients/spark` with both.
pub fn run(root: &Path, report: &mut Report) {
    let (server, binary) = match (Running::start(root, "spark", &["start"]), binary(root)) {
        (Ok(server), Ok(binary)) => (server, binary.display().to_string()),
        (Err(why), _) | (_, Err(why)) => return report.fail("spark", &why),
    };
    let remote = format!("sc://{}", server.spark);
    let mut pythons = Vec::new();
    for (name, package) in CLIENTS {
        match setup::python(root, name, &[package]) {
            Ok(python) => pythons.push((name, python)),
            Err(why) => report.skip(package, &why),
        }
    }
    let word_count = pythons.iter().find_map(|(_, python)| package_file(python, WORD_COUNT));
    for (name, python) in &pythons {
        let mut run = |arguments: &[&str]| program(root, report, name, python, arguments);
        run(&["streams.py", &remote]);
        run(&["errors.py", &remote]);
        run(&["kafka_topics.py", &remote, &server.kafka]);
        run(&["two_clusters.py", &binary]);
        run(&["protocol.py", &server.spark]);
        run(&["submit.py", &binary, &remote]);
        match &word_count {
            None => report.skip(WORD_COUNT, "the whole PySpark package is not there"),
            Some(file) => {
                run(&["wordcount.py", &binary, file, &remote]);
                run(&["wordcount.py", &binary, file]);
            }
        }
    }
    report.check("spark: SIGTERM stops the server cleanly", server.server.terminate(), "exit code is not 0");
}

/// One program: `PYTHON tests/clients/spark/NAME ARGUMENTS`, whose own programs run on the same Python.
fn program(root: &Path, report: &mut Report, client: &str, python: &Path, arguments: &[&str]) {
    let Some((name, rest)) = arguments.split_first() else { return };
    let mut command = Command::new(python);
    command.arg(root.join("tests/clients/spark").join(name)).args(rest).env("PYSPARK_PYTHON", python);
    // A server that `submit` starts by itself must not use the data of the person who runs the tests.
    let own = root.join(".cache/data/submit");
    command.env("XDG_DATA_HOME", own.join("data")).env("XDG_CACHE_HOME", own.join("cache"));
    let (succeeded, output) = captured(&mut command);
    report.read_lines(&format!("{client}: {name}"), succeeded, &output);
}

/// A file of the PySpark package in this Python's environment.
fn package_file(python: &Path, file: &str) -> Option<String> {
    let library = python.parent()?.parent()?.join("lib");
    let versions = std::fs::read_dir(library).ok()?.flatten();
    let mut found = versions.map(|version| version.path().join("site-packages/pyspark").join(file));
    found.find(|path: &PathBuf| path.is_file()).map(|path| path.display().to_string())
}

//! `cargo xtask bench first`: builds the release binary and the bench's own workspace, then measures.
//!
//! Two halves in one run: what the binary does by itself (`bench/`), then three steps of the course beside Apache
//! Kafka and Apache Spark (`bench/course/steps.py`), whose software is set up here.

pub mod broker;

use crate::process::{captured, shown};
use crate::test::setup;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Spark that its Kafka connector (`bench/course/pom.xml`) belongs to.
const SPARK: &str = "pyspark[connect]==4.2.0";

/// Start to first acknowledged record, first table, memory, end-to-end latency, the course's steps; true when it ran
/// to its end.
pub fn first(root: &Path) -> bool {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let binary = target.join("release/millstream");
    let mut product = Command::new("cargo");
    product.current_dir(root).args(["build", "--release", "--locked", "--package", "millstream"]);
    let mut bench = Command::new("cargo");
    bench.current_dir(root.join("bench")).env_remove("CARGO_TARGET_DIR");
    bench.args(["run", "--release", "--locked", "--", "first"]).arg(&binary);
    shown(&mut product) && shown(&mut bench) && course(root, &binary)
}

/// The steps of the course on both sides; a peer that cannot be set up is named, and the run has not reached its end.
fn course(root: &Path, binary: &Path) -> bool {
    let peers = setup::python(root, "bench-spark", &[SPARK]).and_then(|python| {
        let kafka = setup::kafka_jars(root)?;
        let connector = connector(root, &python)?;
        Ok((python, kafka, connector))
    });
    match peers {
        Ok((python, kafka, connector)) => {
            let mut steps = Command::new(&python);
            steps.arg(root.join("bench/course/steps.py")).args([binary, &kafka, &connector, &python]);
            shown(&mut steps)
        }
        Err(why) => {
            eprintln!("the steps of the course were not measured: {why}");
            false
        }
    }
}

/// Spark's Kafka connector and the stand-ins for its token module, as a folder of jars.
fn connector(root: &Path, python: &Path) -> Result<PathBuf, String> {
    let jars = root.join(".cache/spark-connector/jars");
    if jars.join("stand-ins.jar").is_file() {
        return Ok(jars);
    }
    let course = root.join("bench/course");
    let classes = root.join(".cache/spark-connector/classes");
    let mut maven = Command::new("mvn");
    maven.args(["--quiet", "--batch-mode", "--file"]).arg(course.join("pom.xml"));
    setup::run(
        maven.arg("dependency:copy-dependencies").arg(format!("-DoutputDirectory={}", jars.display())),
    )?;
    let (_, package) =
        captured(Command::new(python).args(["-c", "import pyspark; print(pyspark.__path__[0])"]));
    let sources = course.join("spark-kafka-stand-ins/org/apache/spark/kafka010");
    let files = std::fs::read_dir(&sources).map_err(|error| format!("{}: {error}", sources.display()))?;
    let mut javac = Command::new("javac");
    javac.args(["-nowarn", "-cp", &format!("{}/jars/*", package.trim()), "-d"]).arg(&classes);
    setup::run(javac.args(files.flatten().map(|file| file.path())))?;
    let mut jar = Command::new("jar");
    setup::run(jar.arg("cf").arg(jars.join("stand-ins.jar")).arg("-C").arg(&classes).arg("."))?;
    Ok(jars)
}

//! `cargo xtask suites java-matrix [RELEASE...]`: the Java client of every release of Apache Kafka against the binary.
//!
//! The parts are the files of `tests/clients/java/matrix`; the first line of each says which column of the table it
//! fills and which releases have what it calls. They are compiled against each release's own jars. What came out is
//! written into `tests/clients/JAVA.md`.

mod page;
mod part;

use super::table::Broker;
use crate::process::captured;
use crate::test::setup;
use page::Row;
use part::Part;
use std::path::Path;
use std::process::Command;

/// The name on the command line.
pub const NAME: &str = "java-matrix";

/// Every minor release of Apache Kafka with its last patch.
const RELEASES: [&str; 30] = [
    "0.10.0.1", "0.10.1.1", "0.10.2.2", "0.11.0.3", "1.0.2", "1.1.1", "2.0.1", "2.1.1", "2.2.2", "2.3.1",
    "2.4.1", "2.5.1", "2.6.3", "2.7.2", "2.8.2", "3.0.2", "3.1.2", "3.2.3", "3.3.2", "3.4.1", "3.5.2",
    "3.6.2", "3.7.2", "3.8.1", "3.9.2", "4.0.2", "4.1.2", "4.2.2", "4.3.1", "4.4.0",
];

/// How long the parts of one release may take, in seconds: a client that waits in vain must not stop the table.
const PATIENCE: &str = "900";

/// Runs the releases named, or all; true when every check passed.
pub fn run(root: &Path, binary: &Path, named: &[&str]) -> Result<bool, String> {
    if let Some(unknown) = named.iter().find(|release| !RELEASES.contains(release)) {
        return Err(format!("'{unknown}' is no release here; there are {}", RELEASES.join(", ")));
    }
    let releases = RELEASES.iter().filter(|release| named.is_empty() || named.contains(release));
    let parts = part::all(root)?;
    let settings = ["num.partitions=4", "offsets.topic.num.partitions=4"].map(str::to_owned).to_vec();
    let broker = Broker { port: 0, settings }.start(root, binary)?;
    let said: serde_json::Value =
        serde_json::from_str(&broker.first_line).map_err(|error| error.to_string())?;
    let address = said["kafka"].as_str().unwrap_or_default().to_owned();
    let mut good = true;
    for release in releases {
        println!("\n== Java client {release}");
        let output = one(root, release, &parts, &address)?;
        let row = Row::read(release, &parts, &output);
        row.print();
        page::note(root, &row)?;
        good &= row.is_good();
    }
    Ok(broker.terminate() && good)
}

/// Compiles the parts that the release has, and what they printed.
fn one(root: &Path, release: &str, parts: &[Part], address: &str) -> Result<String, String> {
    let jars = setup::java_client(root, release)?;
    let classes = root.join(".cache/java-matrix").join(release);
    let _ = std::fs::remove_dir_all(&classes);
    std::fs::create_dir_all(&classes).map_err(|error| format!("{}: {error}", classes.display()))?;
    let had = || parts.iter().filter(|part| part.is_in(release));
    let mut compiler = Command::new("javac");
    compiler.args(["-nowarn", "-cp"]).arg(jars.join("*")).arg("-d").arg(&classes);
    setup::run(compiler.args(had().map(|part| &part.path)))?;
    let mut java = Command::new("timeout");
    java.args([PATIENCE, "java", "-XX:TieredStopAtLevel=1", "-cp"]);
    java.arg(format!("{}:{}/*", classes.display(), jars.display())).args(["Lab", address, release]);
    let (_, output) = captured(java.args(had().filter(|part| part.is_run()).map(|part| &part.name)));
    let log = root.join(".cache/java-matrix").join(format!("{release}.log"));
    std::fs::write(&log, &output).map_err(|error| format!("{}: {error}", log.display()))?;
    Ok(output)
}

//! `cargo xtask test`: format, clippy, checks, unit tests, then the real binary with real clients.
//!
//! One part a file. What the compiler keeps busy runs alone, what waits for clients runs in lanes. Every part reports
//! into one count, whose line is the last one printed: `N passed, N failed, N skipped`.

mod course;
mod demo;
mod disk;
mod fuzz;
mod java;
mod kafka;
mod lanes;
mod page;
pub mod setup;
mod share;
mod spark;
mod torture;

use crate::report::Report;
use crate::{check, process};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

type Part = fn(&Path, &mut Report);

/// What compiles: one after the other, with the whole machine.
const ALONE: [(&str, Part); 3] = [("lint", lint), ("check", rules), ("unit", unit)];

/// The real binary with real clients: side by side, the longest first.
const BESIDE: [(&str, Part); 9] = [
    ("course", course::run),
    ("disk", disk::run),
    ("fuzz", fuzz::run),
    ("kafka", kafka::run),
    ("java", java::run),
    ("torture", torture::run),
    ("spark", spark::run),
    ("page", page::run),
    ("demo", demo::run),
];

/// How many parts run at once: the cores of the smallest machine that this is meant for.
const LANES: usize = 2;

/// How long a server may take to print its addresses: generous, since a loaded machine is no failure.
const START_PATIENCE: Duration = Duration::from_secs(180);

/// Runs the parts named, or all when none is; true when nothing failed.
pub fn run(root: &Path, only: &[&str]) -> bool {
    let parts = || ALONE.iter().chain(&BESIDE).map(|(part, _)| *part);
    if let Some(unknown) = only.iter().find(|name| !parts().any(|part| part == **name)) {
        let parts: Vec<&str> = parts().collect();
        eprintln!("error: '{unknown}' is no part of the tests; there are {}", parts.join(", "));
        return false;
    }
    let chosen = |parts: &[(&'static str, Part)]| -> Vec<(&'static str, Part)> {
        parts.iter().filter(|(name, _)| only.is_empty() || only.contains(name)).copied().collect()
    };
    let alone = chosen(&ALONE).into_iter().map(|(name, part)| lanes::reported(root, name, part));
    let mut reports: Vec<Report> = alone.collect();
    reports.extend(lanes::run(root, LANES, &chosen(&BESIDE)));
    Report::close(&reports)
}

fn lint(root: &Path, report: &mut Report) {
    let mut format = Command::new("cargo");
    format.current_dir(root).args(["fmt", "--all", "--check"]);
    report.check("formatting", process::shown(&mut format), "run `cargo fmt --all`");
    let mut clippy = Command::new("cargo");
    clippy.current_dir(root).args(["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--"]);
    report.check("clippy", process::shown(clippy.args(["-D", "warnings"])), "see the warnings above");
    for beside in ["bench", "fuzz"] {
        let mut format = Command::new("cargo");
        format.current_dir(root.join(beside)).args(["fmt", "--all", "--check"]);
        let otherwise = format!("run `cargo fmt --all` in {beside}/");
        report.check(&format!("formatting of {beside}"), process::shown(&mut format), &otherwise);
        // A dependency more of a crate of ours is one more of theirs.
        let mut locked = Command::new("cargo");
        locked.current_dir(root.join(beside)).args(["update", "--workspace", "--locked", "--quiet"]);
        let otherwise = format!("run `cargo update --workspace` in {beside}/");
        report.check(&format!("lock file of {beside}"), process::shown(&mut locked), &otherwise);
    }
    report.check("clippy in fuzz", process::shown(&mut crate::fuzz::clippy(root)), "see the warnings above");
}

fn rules(root: &Path, report: &mut Report) {
    report.check("rules of ARCHITECTURE.md", check::run(root), "see the findings above");
}

fn unit(root: &Path, report: &mut Report) {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["test", "--workspace", "--all-targets", "--locked", "--no-fail-fast"]);
    let (succeeded, output) = process::captured(&mut cargo);
    print!("{output}");
    report.read_cargo(succeeded, &output);
}

/// Where cargo puts what it builds.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Builds the binary in the profile that a newcomer's `cargo run` uses, and says where it is.
fn binary(root: &Path) -> Result<PathBuf, String> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["build", "--package", "millstream", "--locked", "--quiet"]);
    if process::shown(&mut cargo) {
        Ok(target(root).join("debug/millstream"))
    } else {
        Err("the binary does not build".into())
    }
}

/// A server on free ports with a data directory of its own under `.cache/data`, and its addresses.
struct Running {
    server: process::Server,
    /// Kafka's door, `HOST:PORT`.
    kafka: String,
    /// Spark Connect's door, `HOST:PORT`.
    spark: String,
    /// The page's door, `HOST:PORT`.
    console: String,
    /// The data directory.
    data: PathBuf,
}

impl Running {
    /// `millstream COMMAND` on an empty data directory `.cache/data/NAME`, with free ports.
    fn start(root: &Path, name: &str, command: &[&str]) -> Result<Self, String> {
        let _ = std::fs::remove_dir_all(root.join(".cache/data").join(name));
        Self::start_at(root, name, command, "127.0.0.1:0")
    }

    /// The same on the directory as it is, with Kafka's door at `kafka`.
    fn start_at(root: &Path, name: &str, command: &[&str], kafka: &str) -> Result<Self, String> {
        let data = root.join(".cache/data").join(name);
        let mut process = Command::new(binary(root)?);
        process.args(command).arg("--data-dir").arg(&data).arg("--json");
        process.args(["--kafka", kafka, "--spark", "127.0.0.1:0", "--console", "127.0.0.1:0"]);
        // The server's log is for a person who looks into a failure, not for the list of results.
        let log = root.join(".cache/data").join(format!("{name}.log"));
        std::fs::create_dir_all(root.join(".cache/data")).map_err(|error| error.to_string())?;
        process.stderr(std::fs::File::create(log).map_err(|error| error.to_string())?);
        let server = process::Server::start(&mut process, START_PATIENCE)?;
        let line: serde_json::Value = serde_json::from_str(&server.first_line)
            .map_err(|error| format!("first line '{}' is not JSON: {error}", server.first_line))?;
        let address = |door: &str| line[door].as_str().unwrap_or_default().to_owned();
        let (kafka, spark, console) = (address("kafka"), address("spark"), address("console"));
        Ok(Self { server, kafka, spark, console, data })
    }

    /// The same data directory and Kafka address, after a clean stop.
    fn restart(self, root: &Path, name: &str) -> Result<Self, String> {
        let kafka = self.kafka.clone();
        if !self.server.terminate() {
            return Err("the server did not stop cleanly".into());
        }
        Self::start_at(root, name, &["start"], &kafka)
    }
}

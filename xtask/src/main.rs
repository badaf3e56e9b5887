//! The project's own commands: `cargo xtask check`, `cargo xtask test [PART...]`, `cargo xtask fuzz`,
//! `cargo xtask differential`, `cargo xtask torture RUN`, `cargo xtask suites [NAME...]`, `cargo xtask bench first` and
//! `cargo xtask bench broker [ROW...]`.
//!
//! Everything that a contributor would otherwise have to remember lives here: which crate may use which, how long a
//! file may be, which licences may come in, how to set up the clients that the end-to-end tests run. A rule without a
//! check is a wish, so each rule in ARCHITECTURE.md's tables has one.
#![expect(clippy::print_stdout, reason = "a command-line tool's results go to stdout")]
#![expect(clippy::indexing_slicing, reason = "only JSON values are indexed, where what is missing is null")]

mod bench;
mod check;
mod fuzz;
mod process;
mod report;
mod suites;
mod test;
mod torture;

use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
The project's own commands.

Usage: cargo xtask <COMMAND>

  check          layers, file sizes, names, docs, dependency licences (seconds)
  test [PART...] everything: format, clippy, check, unit tests, real clients, the page in a browser
                 PART... runs only these: lint, check, unit, course, disk, kafka, java, torture, fuzz,
                 spark, page, demo
  fuzz [TARGET...] [--seconds N] [--seed S] [--keep]
                 fuzz targets, all of them or those named, 60 seconds each; fuzz TARGET FILE runs one input again
  differential [--cases N] [--seconds N] [--seed S]
                 the same bytes to our decoder, Apache Kafka's own and another
  suites [--binary PATH] [NAME...]
                 public client suites from their packages against the release binary, into tests/clients/SUITES.md;
                 java-matrix [RELEASE...] is the Java client of every release, into tests/clients/JAVA.md
  bench first    start-up, first table, memory, latency, and steps of the course beside Apache Kafka and Apache Spark
  bench broker [--alone] [--quick] [--log-gb N] [--no-kafka] [ROW...]
                 speed and size of the broker beside Apache Kafka, as ratios; a row's name measures it alone
                 (a wrong name lists them), --alone builds and measures the broker without the other doors
  torture kill [--broker-only] [--release] [--cycles N] [--seed S]
                 kill -9 under load, restart, verify: 1,000 times unless told otherwise
  torture crash-points [--release] [--every N] [--at K] [--threads N]
                 a simulated disk whose power goes at every operation of a broker's scripted life
  torture disk [--release] [--seeds N]
                 a simulated disk that loses and tears what was not synced: 100,000 random lives of a log
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = workspace_root();
    let outcome = match words.as_slice() {
        ["check"] => check::run(&root),
        ["test", parts @ ..] => test::run(&root, parts),
        ["fuzz", words @ ..] => fuzz::run(&root, words),
        ["differential", words @ ..] => fuzz::differential(&root, words).unwrap_or_else(|why| {
            eprintln!("error: {why}");
            false
        }),
        ["suites", words @ ..] => suites::run(&root, words),
        ["bench", "first"] => bench::first(&root),
        ["bench", "broker", words @ ..] => bench::broker::run(&root, words),
        ["torture", words @ ..] => torture::run(&root, words),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("error: '{}' is no command of xtask\n\n{HELP}", other.join(" "));
            return ExitCode::from(2);
        }
    };
    if outcome { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The folder that holds the workspace's Cargo.toml: xtask's own folder's parent.
fn workspace_root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().map(PathBuf::from).unwrap_or(own)
}

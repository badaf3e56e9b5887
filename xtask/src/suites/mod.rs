//! `cargo xtask suites [--binary PATH] [NAME...]`: public client suites, taken from their packages, against the release
//! binary.
//!
//! The table is `tests/clients/suites/suites.json`. A suite is good when every test passed but those that the table
//! excepts with a reason; an exception whose tests pass is an error too, so that the list stays true. What came out is
//! written into `tests/clients/SUITES.md`. `java-matrix` is a table of its own: see [`matrix`].

mod matrix;
mod record;
mod results;
mod source;
mod table;

use crate::process::{Server, captured, interleaved, shown};
use crate::test::setup;
use results::Verdict;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use table::Suite;

/// How long the broker may take to say where it listens.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// Runs the suites named, or all; true when each came out as the table says.
pub fn run(root: &Path, words: &[&str]) -> bool {
    match attempt(root, words) {
        Ok(good) => good,
        Err(why) => {
            eprintln!("error: {why}");
            false
        }
    }
}

fn attempt(root: &Path, words: &[&str]) -> Result<bool, String> {
    let (given, names) = match words {
        ["--binary", path, names @ ..] => (Some(PathBuf::from(path)), names),
        names => (None, names),
    };
    let suites = table::read(root)?;
    if let [matrix::NAME, releases @ ..] = names {
        let binary = given.map_or_else(|| release(root), Ok)?;
        return matrix::run(root, &binary.canonicalize().map_err(|error| error.to_string())?, releases);
    }
    if let Some(unknown) = names.iter().find(|name| !suites.iter().any(|suite| suite.name == **name)) {
        let known: Vec<&str> = suites.iter().map(|suite| suite.name.as_str()).collect();
        return Err(format!("'{unknown}' is no suite; there are {}, {}", known.join(", "), matrix::NAME));
    }
    let binary = given.map_or_else(|| release(root), Ok)?;
    let binary = binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?;
    let mut good = true;
    for suite in suites.iter().filter(|suite| names.is_empty() || names.contains(&suite.name.as_str())) {
        println!("\n== {} ({} {})", suite.name, suite.package, suite.version);
        match one(root, suite, &binary) {
            Ok(verdict) => {
                verdict.print();
                record::note(root, suite, &verdict)?;
                good &= verdict.is_good();
            }
            Err(why) => {
                println!("  FAIL {why}");
                good = false;
            }
        }
    }
    if names.is_empty() {
        good &= matrix::run(root, &binary, &[])?;
    }
    Ok(good)
}

/// The binary as it is shipped.
fn release(root: &Path) -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["build", "--release", "--locked", "--package", "millstream"]);
    if shown(&mut cargo) { Ok(target.join("release/millstream")) } else { Err("it does not build".into()) }
}

/// Fetches the suite, runs it against a broker of its own, and compares what came out with the table.
fn one(root: &Path, suite: &Suite, binary: &Path) -> Result<Verdict, String> {
    let folder = source::fetch(root, suite)?;
    let python = setup::python(root, &format!("suite-{}", suite.name), &source::packages(suite))?;
    let kafka_root = kafka_root(root, &python)?;
    let fill = |text: &str| {
        let (python, kafka_root) = (python.display().to_string(), kafka_root.display().to_string());
        let (clients, jars) = (root.join("tests/clients"), folder.join("jars"));
        let text = text.replace("{python}", &python).replace("{kafka_root}", &kafka_root);
        text.replace("{clients}", &clients.display().to_string())
            .replace("{jars}", &jars.display().to_string())
    };
    let broker = suite.broker.as_ref().map(|broker| broker.start(root, binary)).transpose()?;
    let Some((program, arguments)) = suite.command.split_first() else {
        return Err("the table names no command".into());
    };
    let mut command = Command::new(fill(program));
    command.current_dir(&folder).args(arguments.iter().map(|argument| fill(argument)));
    // The suites are built by themselves: neither their artifacts nor their settings are this workspace's.
    command.env_remove("CARGO_TARGET_DIR").env("MILLSTREAM", binary);
    command.envs(suite.env.iter().map(|(name, value)| (name, fill(value))));
    // Cargo names a test program on one stream and its tests on the other. Others would break their lines there.
    let run = if suite.results == "cargo" { interleaved } else { captured };
    let (_, output) = run(&mut command);
    let log = root.join(".cache/suites").join(format!("{}.log", suite.name));
    std::fs::write(&log, &output).map_err(|error| format!("{}: {error}", log.display()))?;
    println!("  its output is in {}", log.display());
    if let Some(broker) = broker
        && !broker.terminate()
    {
        return Err("the broker did not stop cleanly".into());
    }
    Ok(results::judge(suite, &results::read(&suite.results, &output)?))
}

/// A folder that looks like Apache Kafka's to kafka-python's fixtures.
fn kafka_root(root: &Path, python: &Path) -> Result<PathBuf, String> {
    let folder = root.join(".cache/suites/kafka-root");
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).map_err(|error| format!("{}: {error}", bin.display()))?;
    let program = root.join("tests/clients/suites/kafka_root.py");
    for name in ["kafka-run-class.sh", "kafka-storage.sh", "kafka-topics.sh", "zookeeper-shell.sh"] {
        let script = bin.join(name);
        let text = format!("#!/bin/sh\nexec {} {} {name} \"$@\"\n", python.display(), program.display());
        std::fs::write(&script, text).map_err(|error| format!("{}: {error}", script.display()))?;
        setup::run(Command::new("chmod").arg("+x").arg(&script))?;
    }
    Ok(folder)
}

impl table::Broker {
    /// A fresh broker on the port that the suite insists on.
    fn start(&self, root: &Path, binary: &Path) -> Result<Server, String> {
        let data = root.join(".cache/suites/data");
        let _ = std::fs::remove_dir_all(&data);
        let mut command = Command::new(binary);
        command.args(["start", "--json", "--spark", "off", "--console", "off", "--data-dir"]).arg(data);
        command.args(["--kafka", &format!("localhost:{}", self.port)]);
        self.settings.iter().for_each(|setting| {
            command.args(["--override", setting]);
        });
        Server::start(&mut command, START_PATIENCE)
    }
}

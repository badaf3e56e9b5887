//! What Millstream does on this machine, measured from outside with librdkafka.
//!
//! `first BINARY`: what the binary does by itself. `broker BINARY`: its broker beside Apache Kafka's. Each figure is
//! one file. Every run uses a fresh data directory and free ports, prints what it measured and stops what it started.
//! Nothing here passes or fails: it prints figures, a person judges.

mod broker;
mod latency;
mod memory;
mod open_loop;
mod process;
mod server;
mod start;
mod table;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "Usage: millstream-bench first BINARY
       millstream-bench broker BINARY [--alone] [--quick] [--log-gb N] [--kafka JARS] [ROW...]

first   what the binary does by itself
broker  its broker beside Apache Kafka's, or alone

BINARY is `millstream`, or for `broker` the example `serve`, built for release.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words.iter().any(|word| matches!(*word, "--help" | "-h")) {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let outcome = match words.as_slice() {
        ["first", binary] => program(binary).and_then(first),
        ["broker", binary, rest @ ..] => {
            broker_options(binary, rest).and_then(|options| broker::run(&options))
        }
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The binary that is measured: a file that can be run, which is asked before anything is measured with it.
fn program(binary: &str) -> Result<&Path, String> {
    if binary.starts_with('-') {
        return Err(format!("'{binary}' stands where the binary's path is expected\n{USAGE}"));
    }
    let path = Path::new(binary);
    let metadata = path.metadata().map_err(|error| format!("{binary}: {error}"))?;
    if metadata.is_file() && metadata.permissions().mode() & 0o111 != 0 {
        Ok(path)
    } else {
        Err(format!("{binary} is no program: `cargo build --release` makes target/release/millstream"))
    }
}

fn broker_options(binary: &str, words: &[&str]) -> Result<broker::Options, String> {
    let mut options = broker::Options {
        binary: program(binary)?.into(),
        alone: false,
        quick: false,
        log_gb: 1,
        kafka: None,
        rows: Vec::new(),
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--alone" => options.alone = true,
            "--quick" => options.quick = true,
            "--log-gb" => {
                let number = words.next().and_then(|number| number.parse().ok()).filter(|number| *number > 0);
                options.log_gb = number.ok_or("--log-gb takes a number of gigabytes")?;
            }
            "--kafka" => {
                options.kafka = Some(words.next().ok_or("--kafka takes the folder of the jars")?.into())
            }
            flag if flag.starts_with('-') => return Err(format!("'{flag}' is no flag\n{USAGE}")),
            row => options.rows.push(row.to_owned()),
        }
    }
    Ok(options)
}

fn first(binary: &Path) -> Result<(), String> {
    println!("| what | figure |\n|---|---|");
    start::measure(binary)?;
    table::measure(binary)?;
    memory::measure(binary)?;
    latency::measure(binary)
}

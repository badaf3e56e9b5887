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

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "Usage: millstream-bench first BINARY
       millstream-bench broker BINARY [--alone] [--quick] [--log-gb N] [--kafka JARS] [ROW...]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["first", binary] => first(Path::new(binary)),
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

fn broker_options(binary: &str, words: &[&str]) -> Result<broker::Options, String> {
    let mut options = broker::Options {
        binary: binary.into(),
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

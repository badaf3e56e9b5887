//! What Millstream does on this machine, measured from outside with librdkafka: `millstream-bench first BINARY`.
//!
//! Each figure is one file. Every run uses a fresh data directory and free ports, prints what it measured and stops
//! what it started. Nothing here passes or fails: it prints figures, a person judges.

mod latency;
mod memory;
mod server;
mod start;
mod table;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ["first", binary] = words.as_slice() else {
        eprintln!("Usage: millstream-bench first BINARY");
        return ExitCode::from(2);
    };
    match first(Path::new(binary)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn first(binary: &Path) -> Result<(), String> {
    println!("| what | figure |\n|---|---|");
    start::measure(binary)?;
    table::measure(binary)?;
    memory::measure(binary)?;
    latency::measure(binary)
}

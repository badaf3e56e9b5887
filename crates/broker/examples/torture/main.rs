//! Fault runs of the broker: `kill` (a real process, `kill -9` at random moments) and `crash-points` (a simulated disk
//! whose power goes before, after or in the middle of every single operation).
//!
//! Both drive the same load with the same model. The load is raw requests, so that it is known to the byte what was
//! sent, what was acknowledged, and what nobody knows about; what nobody knows about is sent again after a restart,
//! as an idempotent producer does. `cargo xtask torture` builds and starts this.
//!
//! | thing | what must hold after any end of the process |
//! |---|---|
//! | idempotent producers | an acknowledged record is at its offset; each is there once; sequences in order |
//! | transactions (both protocols) | all records of all partitions and the group's offset, or none; told outcomes hold |
//! | readers | what was read once is read again |
//! | group offsets | never below what was acknowledged |
//! | compacted topic | the last acknowledged value of each key, or a later one |
//! | topics and settings | what was acknowledged is there; what was deleted is not |
//! | partitions | none is offline |

#![expect(clippy::print_stdout, reason = "a program's results go to stdout")]

mod administrator;
mod connection;
mod crash_points;
mod groups;
mod kill;
mod old_formats;
mod random;
mod reader;
mod reading;
mod sequenced;
mod transactional;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: torture kill --server PROGRAM --data FOLDER [--cycles N] [--seed S]
       torture crash-points [--every N] [--from K] [--at K] [--threads N]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1).cloned()
    };
    let number = |name: &str| value(name).and_then(|text| text.parse().ok());
    let well = match (words.first().map(String::as_str), value("--server"), value("--data")) {
        (Some("kill"), Some(server), Some(folder)) => kill::run(kill::Plan {
            server: PathBuf::from(server),
            folder: PathBuf::from(folder),
            cycles: number("--cycles").unwrap_or(1000),
            seed: number("--seed").unwrap_or_else(|| u64::from(std::process::id())),
        }),
        (Some("crash-points"), ..) => crash_points::run(&crash_points::Plan {
            every: number("--every").unwrap_or(1).max(1),
            at: number("--at"),
            from: number("--from").unwrap_or(0),
            threads: number("--threads").and_then(|count| usize::try_from(count).ok()).unwrap_or(2),
        }),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

//! The command `millstream-fuzz`; see the library.

use std::process::ExitCode;

use millstream_fuzz::options::{self, Command};
use millstream_fuzz::{engine, targets};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = options::parse(&words).and_then(|command| match command {
        Command::Run(options) => engine::run(&options),
        Command::Replay(target, file) => engine::replay(target, &file),
        Command::List => {
            targets::ALL.iter().for_each(|target| println!("{:<18} {}", target.name, target.about));
            Ok(true)
        }
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

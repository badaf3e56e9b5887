//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::target::Target;
use crate::targets;

const USAGE: &str = "Usage: millstream-fuzz run [TARGET...] [--seconds N] [--seed S] [--keep]
       millstream-fuzz replay TARGET FILE
       millstream-fuzz list";

/// What to do.
pub enum Command {
    /// Fuzz.
    Run(Options),
    /// Run one input.
    Replay(&'static Target, PathBuf),
    /// Name the targets.
    List,
}

/// How to fuzz.
pub struct Options {
    /// Which targets, one after the other.
    pub targets: Vec<&'static Target>,
    /// How long each, after the kept corpus has been run.
    pub time: Duration,
    /// Where randomness starts; the same seed makes the same inputs in the same order.
    pub seed: u64,
    /// Write inputs with new features back to the kept corpus.
    pub keep: bool,
}

/// Reads the words.
pub fn parse(words: &[&str]) -> Result<Command, String> {
    match words {
        ["list"] => Ok(Command::List),
        ["replay", target, file] => Ok(Command::Replay(find(target)?, file.into())),
        ["run", rest @ ..] => run(rest).map(Command::Run),
        _ => Err(USAGE.to_owned()),
    }
}

fn run(words: &[&str]) -> Result<Options, String> {
    let mut options =
        Options { targets: Vec::new(), time: Duration::from_secs(60), seed: fresh_seed(), keep: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|number| number.parse().ok());
        match *word {
            "--seconds" => {
                options.time = Duration::from_secs(number().ok_or("--seconds takes a whole number")?);
            }
            "--seed" => options.seed = number().ok_or("--seed takes a whole number")?,
            "--keep" => options.keep = true,
            name => options.targets.push(find(name)?),
        }
    }
    if options.targets.is_empty() {
        options.targets = targets::ALL.iter().collect();
    }
    Ok(options)
}

fn find(name: &str) -> Result<&'static Target, String> {
    let names: Vec<&str> = targets::ALL.iter().map(|target| target.name).collect();
    let found = targets::ALL.iter().find(|target| target.name == name);
    found.ok_or_else(|| format!("'{name}' is no target; there are {}", names.join(", ")))
}

/// A seed that differs from run to run; it is printed.
fn fresh_seed() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    since.as_secs()
}

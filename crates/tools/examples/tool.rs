//! The commands without the rest of the binary, quick to build: `tool kafka-topics --list ...`, `tool group list`.

use std::process::ExitCode;

use clap::Parser;
use millstream_tools::{Native, Tool};

#[derive(Parser)]
struct CommandLine {
    #[command(subcommand)]
    native: Native,
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let name = words.next().unwrap_or_default();
    match name.to_str().and_then(Tool::named) {
        Some(tool) => Box::pin(tool.run(words.collect())).await,
        None => Box::pin(CommandLine::parse().native.run()).await,
    }
}

//! A command of Kafka's without the rest of the binary: `tool kafka-topics --list ...`, quick to build.

use std::process::ExitCode;

use millstream_tools::Tool;

#[tokio::main]
async fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let name = words.next().unwrap_or_default();
    match name.to_str().and_then(Tool::named) {
        Some(tool) => Box::pin(tool.run(words.collect())).await,
        None => {
            eprintln!("usage: tool NAME ARGUMENTS: {} is no command of Kafka's", name.display());
            ExitCode::FAILURE
        }
    }
}

//! The binary: what the command line says, one file a command, and the wiring of the three doors.
//!
//! This is the only crate that sees the broker, the engine, the Spark door and the page at once. Results go to
//! stdout, everything else to stderr; the exit code is 0 when all went well, 1 when the work failed and 2 when the
//! command line was wrong.

mod adapters;
mod clickstream;
mod commands;
mod data_dir;
mod error;
mod logging;
mod server;
mod signals;

use clap::{Parser, Subcommand};
use commands::{bridge, consume, demo, produce, start, submit, topic, version};
use error::CommandError;
use std::process::ExitCode;

/// A Kafka broker, a stream engine for PySpark programs and a live page, in one binary.
#[derive(Debug, Parser)]
#[command(name = "millstream", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Start with `millstream demo`: a real click stream through broker, engine and page.")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the broker, the Spark Connect server and the page until Ctrl-C
    Start(Box<start::Start>),
    /// See it work: the click stream of a real web server through topics, queries, terminal and page
    Demo(Box<demo::Demo>),
    /// Create, list, describe and delete topics
    #[command(subcommand)]
    Topic(topic::Topic),
    /// Write lines from standard input to a topic
    Produce(produce::Produce),
    /// Read records of a topic
    Consume(consume::Consume),
    /// Move messages between RabbitMQ and topics, either way
    #[command(subcommand)]
    Bridge(bridge::Bridge),
    /// Run a PySpark program, unchanged, with its console output in this terminal
    Submit(Box<submit::Submit>),
    /// Print version, build and the protocols that this binary speaks
    Version(version::Version),
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    logging::start(matches!(line.command, Command::Start(_)));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return CommandError::failed(format!("no threads to run on: {error}")).report(),
    };
    let outcome = runtime.block_on(run(line.command));
    // Blocking reads of a terminal cannot be cancelled: do not wait for them.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => code,
        Err(error) => error.report(),
    }
}

async fn run(command: Command) -> Result<ExitCode, CommandError> {
    match command {
        Command::Start(start) => Box::pin(start.run()).await?,
        Command::Demo(demo) => Box::pin(demo.run()).await?,
        Command::Topic(topic) => Box::pin(topic.run()).await?,
        Command::Produce(produce) => Box::pin(produce.run()).await?,
        Command::Consume(consume) => Box::pin(consume.run()).await?,
        Command::Bridge(bridge) => Box::pin(bridge.run()).await?,
        Command::Submit(submit) => return Box::pin(submit.run()).await,
        Command::Version(version) => version.run(),
    }
    Ok(ExitCode::SUCCESS)
}

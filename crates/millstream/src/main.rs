//! The binary: what the command line says, one file a command, and the wiring of the three doors.
//!
//! This is the only crate that sees the broker, the engine, the Spark door and the page at once. Results go to
//! stdout, everything else to stderr; the exit code is 0 when all went well, 1 when the work failed and 2 when the
//! command line was wrong.

mod adapters;
mod commands;
mod data_dir;
mod demos;
mod error;
mod help;
mod invocation;
mod logging;
mod server;
mod signals;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use commands::{
    bridge, completions, consume, demo, install_names, jupyter, kafka_server_start, produce, pyspark,
    spark_sql, start, submit, topic, version,
};
use error::CommandError;
use invocation::Invocation;
use logging::LogFormat;
use std::process::ExitCode;

/// A Kafka broker, a stream engine for PySpark programs and a live page, in one binary.
#[derive(Debug, Parser)]
#[command(name = "millstream", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Start with `millstream demo`: a real click stream through broker, engine and page.
Kafka's commands work under Kafka's names: `millstream kafka-topics --help`; `millstream install-names DIR` writes links.")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the broker, the Spark Connect server and the page until Ctrl-C
    Start(Box<start::Start>),
    /// See it work: a web server's click stream or road sensors through topics, queries, terminal and page
    Demo(Box<demo::Demo>),
    /// Create, list, describe and delete topics
    #[command(subcommand)]
    Topic(topic::Topic),
    /// Write lines from standard input to a topic
    Produce(produce::Produce),
    /// Read records of a topic
    Consume(consume::Consume),
    #[command(flatten)]
    Native(millstream_tools::Native),
    /// Move messages between RabbitMQ and topics, either way
    #[command(subcommand)]
    Bridge(bridge::Bridge),
    /// Run a PySpark program, unchanged, with its console output in this terminal
    Submit(Box<submit::Submit>),
    /// Open a Python shell with `spark` and `sc` ready
    Pyspark(Box<pyspark::PySpark>),
    /// Run SQL: at a prompt, with -e, or from a file
    SparkSql(Box<spark_sql::SparkSql>),
    /// Write bin/ with Kafka's and Spark's command names and config/server.properties
    InstallNames(install_names::InstallNames),
    /// Run the server as Kafka's script does: kafka-server-start [-daemon] server.properties [--override KEY=VALUE]
    KafkaServerStart(Box<kafka_server_start::KafkaServerStart>),
    /// Open your Jupyter: notebooks written for Spark run in it, unchanged
    Jupyter(jupyter::Jupyter),
    /// Print a script that completes command lines in a shell
    Completions(completions::Completions),
    /// Print version, build and the protocols that this binary speaks
    Version(version::Version),
}

impl Command {
    /// What its flag says of log lines, if it has one.
    fn log_format(&self) -> Option<LogFormat> {
        match self {
            Self::Start(start) => start.log_format(),
            Self::Demo(demo) => demo.log_format(),
            _ => None,
        }
    }
}

fn main() -> ExitCode {
    match Invocation::of(std::env::args_os()) {
        Invocation::Tool(tool, arguments) => {
            logging::start(false, LogFormat::Text);
            on_threads(async move { Ok(tool.run(arguments).await) })
        }
        Invocation::Own(words) => {
            let line = match parse(words) {
                Ok(line) => line,
                Err(code) => return code,
            };
            let format = match LogFormat::resolve(line.command.log_format()) {
                Ok(format) => format,
                Err(error) => return error.report(),
            };
            let is_server = matches!(line.command, Command::Start(_) | Command::KafkaServerStart(_));
            logging::start(is_server, format);
            on_threads(run(line.command))
        }
    }
}

/// Reads the command line. Help, or what is wrong with it, is told, and the exit code given: where the name is Kafka's,
/// it is Kafka's 1.
fn parse(words: Vec<std::ffi::OsString>) -> Result<CommandLine, ExitCode> {
    let is_kafkas = words.get(1).is_some_and(|name| name == "kafka-server-start");
    let matches = help::grouped(CommandLine::command()).try_get_matches_from(words);
    matches.and_then(|matches| CommandLine::from_arg_matches(&matches)).map_err(|error| {
        // A reader that is gone hears nothing, and the exit code still tells.
        let _ = error.print();
        match error.exit_code() {
            0 => ExitCode::SUCCESS,
            _ if is_kafkas => ExitCode::FAILURE,
            _ => ExitCode::from(2),
        }
    })
}

/// Runs the work to its end and says what went wrong.
fn on_threads(work: impl Future<Output = Result<ExitCode, CommandError>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return CommandError::failed(format!("no threads to run on: {error}")).report(),
    };
    let outcome = runtime.block_on(Box::pin(work));
    // Blocking reads of a terminal cannot be cancelled: do not wait for them.
    runtime.shutdown_background();
    outcome.unwrap_or_else(|error| error.report())
}

async fn run(command: Command) -> Result<ExitCode, CommandError> {
    match command {
        Command::Start(start) => Box::pin(start.run()).await?,
        Command::Demo(demo) => Box::pin(demo.run()).await?,
        Command::Topic(topic) => Box::pin(topic.run()).await?,
        Command::Produce(produce) => Box::pin(produce.run()).await?,
        Command::Consume(consume) => Box::pin(consume.run()).await?,
        Command::Native(native) => return Ok(Box::pin(native.run()).await),
        Command::Bridge(bridge) => Box::pin(bridge.run()).await?,
        Command::Submit(submit) => return Box::pin(submit.run()).await,
        Command::Pyspark(pyspark) => return Box::pin(pyspark.run()).await,
        Command::SparkSql(sql) => return Box::pin(sql.run()).await,
        Command::InstallNames(install) => return install.run(),
        Command::KafkaServerStart(start) => Box::pin(start.run()).await?,
        Command::Jupyter(jupyter) => return Box::pin(jupyter.run()).await,
        Command::Completions(completions) => completions.run(&CommandLine::command())?,
        Command::Version(version) => version.run(),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group_of_the_help() {
        let command = CommandLine::command();
        let mut known: Vec<_> = command.get_subcommands().map(clap::Command::get_name).collect();
        let mut shown = help::names();
        known.sort_unstable();
        shown.sort_unstable();
        assert_eq!(shown, known);
    }
}

//! Commands of our own beside Kafka's: short to type, with `--json` for programs.
//!
//! They speak to any Kafka cluster, as Kafka's do; `log` and `storage` look at files. Results go to stdout, remarks to
//! stderr; the exit code is 0 when the work is done, 1 when it failed and 2 when the command line was wrong.

mod bench;
mod broker;
mod cluster;
mod config;
mod group;
mod log;
mod storage;
mod txn;

use std::io::Write;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::plain_words::without_error_numbers;

/// A command.
#[derive(Debug, clap::Subcommand)]
pub enum Native {
    /// List, describe and delete consumer groups, and reset how far they have read
    #[command(subcommand)]
    Group(group::Group),
    /// Show and change the settings of topics and brokers
    #[command(subcommand)]
    Config(config::Config),
    /// Show the cluster's brokers and the quorum that keeps its metadata
    #[command(subcommand)]
    Cluster(cluster::Cluster),
    /// Show transactions, and end those that hang
    #[command(subcommand)]
    Txn(txn::Txn),
    /// Look into the files of partitions, and check them
    #[command(subcommand)]
    Log(log::Log),
    /// Make a data directory and see what is in one
    #[command(subcommand)]
    Storage(storage::Storage),
    /// Measure throughput and latency
    #[command(subcommand)]
    Bench(Box<bench::Bench>),
}

impl Native {
    /// Runs the command to its end.
    pub async fn run(self) -> ExitCode {
        let outcome = match self {
            Self::Group(group) => Box::pin(group.run()).await,
            Self::Config(config) => Box::pin(config.run()).await,
            Self::Cluster(cluster) => Box::pin(cluster.run()).await,
            Self::Txn(txn) => Box::pin(txn.run()).await,
            Self::Log(log) => log.run(),
            Self::Storage(storage) => storage.run(),
            Self::Bench(bench) => Box::pin(bench.run()).await,
        };
        match outcome {
            Err(Failure::Failed { message, way_out }) => {
                // As the binary's other commands say it.
                let message = without_error_numbers(&message);
                let _ = writeln!(std::io::stderr(), "error: {message}");
                if let Some(way_out) = way_out {
                    let _ = writeln!(std::io::stderr(), "       {way_out}");
                }
                ExitCode::FAILURE
            }
            other => other.map_or_else(Failure::report, |()| ExitCode::SUCCESS),
        }
    }
}

//! `kafka-leader-election`: lets the preferred replica lead again, or any replica where none in sync is left.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use millstream_client::{Election, ElectionResults};
use millstream_wire::ErrorCode;

use crate::bootstrap::{Bootstrap, Settings};
use crate::command_line::{parse, remark};
use crate::failure::Failure;
use crate::java_map::{hash_of_partition, in_map_order};
use crate::kafka_exception::exception;
use crate::output::Output;
use crate::partitions_file;

/// Elect leaders of partitions
#[derive(Debug, Parser)]
#[command(
    name = "kafka-leader-election",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-leader-election --bootstrap-server localhost:9092 --election-type preferred --all-topic-partitions
  kafka-leader-election --bootstrap-server localhost:9092 --election-type preferred --topic clicks --partition 0

With one broker every partition has its only leader already."
)]
struct LeaderElection {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// What --command-config was called before Kafka 4.2
    #[arg(long = "admin.config", value_name = "FILE", hide = true, conflicts_with = "command_config")]
    admin_config: Option<PathBuf>,
    /// preferred, or unclean, which may lose records
    #[arg(long, value_name = "TYPE", ignore_case = true, value_parser = ["preferred", "unclean"])]
    election_type: String,
    #[command(flatten)]
    which: Which,
    /// With --topic: the partition
    #[arg(long, value_name = "N", requires = "topic")]
    partition: Option<i32>,
}

/// Of which partitions.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// Of this topic's --partition
    #[arg(long, value_name = "TOPIC", requires = "partition")]
    topic: Option<String>,
    /// Of all partitions that need one
    #[arg(long)]
    all_topic_partitions: bool,
    /// Of the partitions in this JSON file
    #[arg(long, value_name = "FILE")]
    path_to_json_file: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: LeaderElection = parse(arguments)?;
    let partitions = command.partitions()?;
    if command.admin_config.is_some() {
        remark("--admin.config is called --command-config since Kafka 4.2");
    }
    let file = command.command_config.as_ref().or(command.admin_config.as_ref());
    let settings = Settings::read(file, &[], &[])?;
    let mut client = command.bootstrap.connect("adminclient-1", &settings).await?;
    let election = match command.election_type.to_ascii_lowercase().as_str() {
        "unclean" => Election::Unclean,
        _ => Election::Preferred,
    };
    let results = client.elect_leaders(election, partitions.as_deref()).await?;
    let name = if election == Election::Unclean { "UNCLEAN" } else { "PREFERRED" };
    let mut output = Output::new();
    let failed = print(name, results, &mut output)?;
    output.flush()?;
    match failed {
        0 => Ok(()),
        failed => Err(Failure::new(format!("{failed} replica(s) could not be elected"))),
    }
}

impl LeaderElection {
    fn partitions(&self) -> Result<Option<Vec<(String, i32)>>, Failure> {
        if let (Some(topic), Some(partition)) = (&self.which.topic, self.partition) {
            return Ok(Some(vec![(topic.clone(), partition)]));
        }
        let Some(path) = &self.which.path_to_json_file else { return Ok(None) };
        let rows = partitions_file::rows(&partitions_file::read(path)?)?;
        if let Some(twice) = partitions_file::duplicates(&rows) {
            let message = format!("Replica election data contains duplicate partitions: {twice}");
            return Err(Failure::new(message));
        }
        Ok(Some(rows.into_iter().map(|row| (row.topic, row.partition)).collect()))
    }
}

/// Prints what became of the partitions; gives how many failed.
fn print(name: &str, results: ElectionResults, output: &mut Output) -> Result<usize, Failure> {
    let all = in_map_order(results, |((topic, partition), _)| hash_of_partition(topic, *partition));
    let named = |wanted: ErrorCode| -> Vec<String> {
        let some = all.iter().filter(|(_, (code, _))| *code == wanted);
        some.map(|((topic, partition), _)| format!("{topic}-{partition}")).collect()
    };
    let elected = named(ErrorCode::NONE);
    if !elected.is_empty() {
        let elected = elected.join(", ");
        let line = format!("Successfully completed leader election ({name}) for partitions {elected}");
        output.line(line)?;
    }
    let settled = named(ErrorCode::ELECTION_NOT_NEEDED);
    if !settled.is_empty() {
        output.line(format!("Valid replica already elected for partitions {}", settled.join(", ")))?;
    }
    let mut failed = 0;
    for ((topic, partition), (code, message)) in &all {
        if !matches!(*code, ErrorCode::NONE | ErrorCode::ELECTION_NOT_NEEDED) {
            failed += 1;
            let why = exception(*code, message.as_deref());
            output.line(format!(
                "Error completing leader election ({name}) for partition: {topic}-{partition}: {why}"
            ))?;
        }
    }
    Ok(failed)
}

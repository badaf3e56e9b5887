//! `kafka-log-dirs --describe`: the directories of brokers and the partitions in them, as one line of JSON.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use millstream_client::{LogDir, Replica};
use serde_json::Value;

use crate::bootstrap::{Settings, connect};
use crate::command_line::parse;
use crate::failure::Failure;
use crate::java_map::{hash_of_partition, in_map_order};
use crate::output::Output;

/// Show where brokers keep partitions, and how large they are
#[derive(Debug, Parser)]
#[command(
    name = "kafka-log-dirs",
    version,
    arg_required_else_help = true,
    after_help = "Example:
  kafka-log-dirs --bootstrap-server localhost:9092 --describe --topic-list clicks"
)]
struct LogDirs {
    /// The broker; several may be given, separated by commas
    #[arg(long, value_name = "HOST:PORT")]
    bootstrap_server: String,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// Show them
    #[arg(long, required = true)]
    describe: bool,
    /// Only these topics, separated by commas
    #[arg(long, value_name = "TOPIC,...", value_delimiter = ',')]
    topic_list: Vec<String>,
    /// Only these brokers, by id, separated by commas
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    broker_list: Vec<i32>,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: LogDirs = parse(arguments)?;
    let settings = Settings::read(command.command_config.as_ref(), &[], &[])?;
    let mut client = connect(&command.bootstrap_server, "log-dirs-tool", &settings).await?;
    let there: BTreeSet<i32> = client.describe_nodes(false).await?.iter().map(|node| node.id).collect();
    let wanted: BTreeSet<i32> = command.broker_list.iter().copied().collect();
    let missing: Vec<i32> = wanted.difference(&there).copied().collect();
    if !missing.is_empty() {
        let there: Vec<i32> = there.into_iter().collect();
        return Err(Failure::new(format!(
            "ERROR: The given brokers do not exist from --broker-list: {}. Current existent brokers: {}",
            list(&missing),
            list(&there)
        )));
    }
    let brokers: Vec<i32> = if wanted.is_empty() { there } else { wanted }.into_iter().collect();
    let mut output = Output::new();
    output.line("Querying brokers for log directories information")?;
    let mut found = Vec::new();
    for broker in &brokers {
        let dirs = client.describe_log_dirs(*broker).await?;
        let dirs: Vec<_> = dirs.iter().map(|dir| command.log_dir(dir)).collect();
        found.push(format!("{{\"broker\":{broker},\"logDirs\":[{}]}}", dirs.join(",")));
    }
    output.line(format!("Received log directory information from brokers {}", list(&brokers)))?;
    output.line(format!("{{\"brokers\":[{}],\"version\":1}}", found.join(",")))?;
    Ok(output.flush()?)
}

impl LogDirs {
    /// The fields stand in the order of Kafka's command, which is that of a hash map; so it is not left to a library.
    fn log_dir(&self, dir: &LogDir) -> String {
        let wanted = dir
            .replicas
            .iter()
            .filter(|replica| self.topic_list.is_empty() || self.topic_list.contains(&replica.topic));
        let replicas = in_map_order(wanted, |replica| hash_of_partition(&replica.topic, replica.partition));
        let replica = |replica: &Replica| {
            let name = Value::from(format!("{}-{}", replica.topic, replica.partition));
            let Replica { size, offset_lag, is_future, .. } = replica;
            format!(
                "{{\"partition\":{name},\"size\":{size},\"offsetLag\":{offset_lag},\"isFuture\":{is_future}}}"
            )
        };
        let replicas: Vec<_> = replicas.into_iter().map(replica).collect();
        let error = dir.error.ok().err().map_or(Value::Null, |code| Value::from(code.name()));
        let path = Value::from(dir.path.as_str());
        format!("{{\"partitions\":[{}],\"error\":{error},\"logDir\":{path}}}", replicas.join(","))
    }
}

fn list(ids: &[i32]) -> String {
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

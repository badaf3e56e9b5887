//! `millstream storage`: data directories.

use std::path::{Path, PathBuf};

use millstream_cluster::{
    Format as Wanted, MetadataError, directory_identity, format_directory, initial_features, random_id,
};
use millstream_log::disk::RealDisk;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::output::Output;
use crate::storage::info;

/// Data directories.
#[derive(Debug, clap::Subcommand)]
pub enum Storage {
    /// Print a new cluster id
    RandomUuid,
    /// Make a data directory ready, with a cluster id of its own; `start` does so by itself
    #[command(after_help = "Examples:
  millstream storage format ./data
  millstream storage format ./data --cluster-id my-cluster

Kafka's directory is DIR/kafka, as `kafka-storage format --standalone` of Kafka 4.3 makes it (kraft.version 1: the
directory itself names its only controller). `start` makes the same in an empty directory. kafka-storage format takes
a server.properties instead.")]
    Format(Format),
    /// Show whose a data directory is and what is in it
    #[command(after_help = "Examples:
  millstream storage info ./data
  millstream storage info /var/lib/kafka --json")]
    Info(Info),
}

#[derive(Debug, clap::Args)]
pub struct Format {
    /// The data directory, which `start --data-dir` takes
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The cluster's id: any name [default: a random one of Kafka's form]
    #[arg(long, value_name = "ID")]
    cluster_id: Option<String>,
    /// The broker's id
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(0..))]
    node_id: i32,
    /// Nothing is wrong if the directory is formatted already
    #[arg(long)]
    ignore_formatted: bool,
}

#[derive(Debug, clap::Args)]
pub struct Info {
    /// A data directory, or a directory of Kafka's
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Storage {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut output = Output::new();
        let outcome = match self {
            Self::RandomUuid => new_id().and_then(|id| Ok(output.line(id)?)),
            Self::Format(format) => format.run(&mut output),
            Self::Info(info) => info.run(&mut output),
        };
        output.flush()?;
        outcome
    }
}

fn new_id() -> Result<String, Failure> {
    let id = random_id().ok_or_else(|| Failure::new("the operating system gives no random numbers"))?;
    Ok(id.to_string())
}

impl Format {
    fn run(self, output: &mut Output) -> Result<(), Failure> {
        let failed = |error: millstream_cluster::MetadataError| Failure::new(error.to_string());
        let kafka = std::path::absolute(self.directory.join("kafka"))
            .map_err(|error| Failure::new(format!("{}: {error}", self.directory.display())))?;
        if let Some(found) = directory_identity(&RealDisk, &kafka).map_err(failed)? {
            if self.ignore_formatted {
                return Ok(());
            }
            return Err(Failure::with_way_out(
                format!("{} is formatted already, for cluster {}", kafka.display(), found.cluster_id),
                "With --ignore-formatted that is no error; another DIR is a new cluster.",
            ));
        }
        let cluster = self.cluster_id.map_or_else(new_id, Ok)?;
        let wanted = Wanted {
            node_id: self.node_id,
            cluster_id: cluster.clone(),
            has_dynamic_quorum: true,
            features: initial_features(),
        };
        format_directory(&RealDisk, &kafka, &wanted).map_err(|error| match error {
            MetadataError::Io { .. } => Failure::with_way_out(
                error.to_string(),
                "Give the directory to this user, or choose another one.",
            ),
            other => failed(other),
        })?;
        Ok(output.line(format!("Formatted {} for cluster {cluster}.", kafka.display()))?)
    }
}

impl Info {
    fn run(self, output: &mut Output) -> Result<(), Failure> {
        let (kafka, engine) = directories(&self.directory);
        if !self.json {
            return info::print(&kafka, &engine, output);
        }
        let identity =
            directory_identity(&RealDisk, &kafka).map_err(|error| Failure::new(error.to_string()))?;
        let Some(identity) = identity else {
            return Err(Failure::with_way_out(
                format!("{} is not formatted", kafka.display()),
                "`millstream storage format DIR` does it, and `millstream start --data-dir DIR` too.",
            ));
        };
        let topics = info::topics(&kafka)?
            .into_iter()
            .map(|(topic, (partitions, bytes))| (topic, json!({"partitions": partitions, "bytes": bytes})));
        let told = json!({
            "directory": kafka.display().to_string(),
            "cluster_id": identity.cluster_id,
            "node_id": identity.node_id,
            "topics": Value::Object(topics.collect::<Map<_, _>>()),
        });
        Ok(output.line(told.to_string())?)
    }
}

/// Kafka's directory and the engine's: those of a data directory, or Kafka's own and the one beside it.
fn directories(given: &Path) -> (PathBuf, PathBuf) {
    let inside = given.join("kafka");
    if inside.is_dir() {
        return (inside, given.join("engine"));
    }
    let mut beside = given.as_os_str().to_owned();
    beside.push("-engine");
    (given.to_owned(), beside.into())
}

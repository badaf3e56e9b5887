//! `kafka-storage`: makes and describes Kafka's directory.

mod features;
mod format;
pub(crate) mod info;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use millstream_cluster::random_id;

use crate::command_line::parse;
use crate::failure::Failure;
use crate::features::levels;
use crate::output::Output;
use crate::server_properties::ServerProperties;

/// Make and describe Kafka's directory
#[derive(Debug, Parser)]
#[command(
    name = "kafka-storage",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  KAFKA_CLUSTER_ID=\"$(kafka-storage random-uuid)\"
  kafka-storage format --standalone -t $KAFKA_CLUSTER_ID -c config/server.properties
  kafka-storage info -c config/server.properties"
)]
struct Storage {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a new cluster id
    RandomUuid,
    /// Make the directory that the file names ready for a server
    Format(format::Format),
    /// Show which directory holds the log, and what is in it
    Info {
        /// Kafka's configuration file
        #[arg(short, long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Show which levels of features a release sets
    VersionMapping {
        /// The release, for instance 4.2-IV0 [default: the newest]
        #[arg(short, long, value_name = "RELEASE")]
        release_version: Option<String>,
    },
    /// Show what levels of features need
    FeatureDependencies {
        /// The feature and its level; may be given more than once
        #[arg(short, long, value_name = "FEATURE=LEVEL", required = true)]
        feature: Vec<String>,
    },
}

pub(crate) fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let storage: Storage = parse(arguments)?;
    let mut output = Output::new();
    let outcome = match storage.command {
        Command::RandomUuid => {
            let id =
                random_id().ok_or_else(|| Failure::new("the operating system gives no random numbers"))?;
            output.line(id.to_string()).map_err(Failure::from)
        }
        Command::Format(format) => format.run(&mut output),
        Command::Info { config } => read(&config).and_then(|properties| info::run(&properties, &mut output)),
        Command::VersionMapping { release_version } => {
            levels::mapping(release_version.as_deref().unwrap_or(levels::LATEST), &mut output)
        }
        Command::FeatureDependencies { feature } => features::dependencies(&feature, &mut output),
    };
    output.flush()?;
    outcome
}

fn read(path: &std::path::Path) -> Result<ServerProperties, Failure> {
    ServerProperties::read(path, &[]).map_err(|error| Failure::new(error.to_string()))
}

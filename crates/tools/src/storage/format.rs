//! `kafka-storage format`: the directory of a new cluster, as Kafka 4.3 makes it.

use std::path::PathBuf;

use millstream_cluster::{DirectoryIdentity, MetadataError, directory_identity, format_directory};
use millstream_log::disk::RealDisk;

use super::read;
use crate::command_line::remark;
use crate::failure::Failure;
use crate::output::Output;

/// What a directory is formatted for.
const RELEASE: &str = "4.3-IV0";

#[derive(Debug, clap::Args)]
pub(super) struct Format {
    /// The cluster's id: any name; `kafka-storage random-uuid` makes one
    #[arg(short = 't', long, value_name = "ID")]
    cluster_id: String,
    /// Kafka's configuration file
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    /// A quorum of one, which is the only one there is here
    #[arg(short, long, conflicts_with_all = ["no_initial_controllers", "initial_controllers"])]
    standalone: bool,
    /// Nothing is wrong if the directory is formatted already
    #[arg(short = 'g', long)]
    ignore_formatted: bool,
    /// The release to format for: 4.3-IV0
    #[arg(short, long, value_name = "RELEASE")]
    release_version: Option<String>,
    /// A feature's level
    #[arg(short, long, value_name = "FEATURE=LEVEL", hide = true)]
    feature: Vec<String>,
    /// The controllers of a quorum of several
    #[arg(short = 'I', long, value_name = "ID@HOST:PORT:DIRECTORY,...", hide = true)]
    initial_controllers: Option<String>,
    /// A node that joins a quorum of several
    #[arg(short = 'N', long, hide = true)]
    no_initial_controllers: bool,
    /// Users and their passwords
    #[arg(short = 'S', long, value_name = "CREDENTIAL", hide = true)]
    add_scram: Vec<String>,
}

impl Format {
    pub(super) fn run(&self, output: &mut Output) -> Result<(), Failure> {
        self.check()?;
        let properties = read(&self.config)?;
        let path = std::path::absolute(&properties.log_dir)
            .map_err(|error| Failure::new(format!("{}: {error}", properties.log_dir.display())))?;
        let shown = path.display();
        if let Some(found) = directory_identity(&RealDisk, &path).map_err(|error| failed(&error))? {
            self.check_same(&found, &path, properties.node_id)?;
            if !self.ignore_formatted {
                return Err(Failure::new(format!(
                    "Log directory {shown} is already formatted. Use --ignore-formatted to ignore this directory and \
                     format the others."
                )));
            }
            return Ok(output.line("All of the log directories are already formatted.")?);
        }
        format_directory(&RealDisk, &path, properties.node_id, &self.cluster_id)
            .map_err(|error| failed(&error))?;
        Ok(output.line(format!(
            "Formatting dynamic metadata voter directory {shown} with metadata.version {RELEASE}."
        ))?)
    }

    fn check(&self) -> Result<(), Failure> {
        let several = "the quorum is one server here: format with --standalone";
        if self.initial_controllers.is_some() {
            return Err(Failure::new(format!("--initial-controllers: {several}")));
        }
        if self.no_initial_controllers {
            return Err(Failure::new(format!("--no-initial-controllers: {several}")));
        }
        if !self.add_scram.is_empty() {
            return Err(Failure::new(
                "--add-scram: this server asks nobody who they are, and keeps no passwords",
            ));
        }
        if let Some(feature) = self.feature.first() {
            return Err(Failure::new(format!(
                "--feature {feature}: a directory has the features of {RELEASE}"
            )));
        }
        match &self.release_version {
            Some(release) if release != RELEASE && release != "4.3" => Err(Failure::new(format!(
                "--release-version {release}: directories are formatted for {RELEASE}"
            ))),
            _ => Ok(()),
        }
    }

    /// A directory of another cluster or node is nobody's to format again.
    fn check_same(
        &self,
        found: &DirectoryIdentity,
        path: &std::path::Path,
        node_id: i32,
    ) -> Result<(), Failure> {
        let file = path.join("meta.properties");
        let file = file.display();
        let way_out = "Another log.dirs in the configuration is a new cluster; deleting the directory loses what is in it.";
        if found.cluster_id != self.cluster_id {
            return Err(Failure::with_way_out(
                format!(
                    "Invalid cluster.id in: {file}. Expected {}, but read {}",
                    self.cluster_id, found.cluster_id
                ),
                way_out,
            ));
        }
        if found.node_id != node_id {
            remark(format!("the configuration says node.id={node_id}"));
            return Err(Failure::new(format!(
                "Stored node id {} doesn't match previous node id {node_id} in {file}",
                found.node_id
            )));
        }
        Ok(())
    }
}

fn failed(error: &MetadataError) -> Failure {
    Failure::new(error.to_string())
}

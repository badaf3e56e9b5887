//! `kafka-storage format`: the directory of a new cluster, as Kafka 4.3 makes it for its own release or an older one.

use std::path::{Path, PathBuf};

use millstream_cluster::{
    DirectoryIdentity, Format as Wanted, MetadataError, directory_identity, format_directory,
};
use millstream_log::disk::RealDisk;

use super::features::{FirstFeatures, bootstrap};
use super::read;
use crate::failure::Failure;
use crate::output::Output;
use crate::server_properties::ServerProperties;

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
    /// The release to format for, from 3.3-IV3 on: its server can start on the directory [default: 4.3-IV0]
    #[arg(short, long, value_name = "RELEASE")]
    release_version: Option<String>,
    /// A feature's level to begin with, for instance transaction.version=1; may be given more than once
    #[arg(short, long, value_name = "FEATURE=LEVEL")]
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
        self.check_quorum(&properties)?;
        let has_dynamic_quorum = !properties.names_voters;
        let release = self.release_version.as_deref();
        let first = FirstFeatures::of(release, &self.feature, has_dynamic_quorum)?;
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
        let cluster_id = self.cluster_id.clone();
        let features = first.levels();
        let told = bootstrap(&features);
        let wanted = Wanted { node_id: properties.node_id, cluster_id, has_dynamic_quorum, features };
        format_directory(&RealDisk, &path, &wanted).map_err(|error| failed(&error))?;
        output.line(told)?;
        let kind = if has_dynamic_quorum { "dynamic metadata voter directory" } else { "metadata directory" };
        Ok(output.line(format!("Formatting {kind} {shown} with metadata.version {}.", first.release()))?)
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
        Ok(())
    }

    /// The quorum is named in the file or in the directory's log, and never in both.
    fn check_quorum(&self, properties: &ServerProperties) -> Result<(), Failure> {
        match (properties.names_voters, self.standalone) {
            (true, true) => Err(Failure::new(
                "You cannot specify controller.quorum.voters and format the node with --initial-controllers or \
                 --standalone. If you want to use dynamic quorum, please remove controller.quorum.voters and specify \
                 controller.quorum.bootstrap.servers instead.",
            )),
            (false, false) => Err(Failure::with_way_out(
                "Because controller.quorum.voters is not set on this controller, you must specify one of the \
                 following: --standalone, --initial-controllers, or --no-initial-controllers.",
                "The quorum is one server here: --standalone.",
            )),
            _ => Ok(()),
        }
    }

    /// A directory of another cluster or node is nobody's to format again.
    fn check_same(&self, found: &DirectoryIdentity, path: &Path, node_id: i32) -> Result<(), Failure> {
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
            let file_says = "The configuration names another node.id than the directory: change it there.";
            return Err(Failure::with_way_out(
                format!(
                    "Stored node id {} doesn't match previous node id {node_id} in {file}. If you moved your data, make \
                 sure your configured node id matches. If you intend to create a new node, you should remove all data \
                 in your data directories.",
                    found.node_id
                ),
                file_says,
            ));
        }
        Ok(())
    }
}

fn failed(error: &MetadataError) -> Failure {
    if let MetadataError::Io { .. } = error {
        return Failure::with_way_out(
            error.to_string(),
            "Give the directory to this user, or name another one in log.dirs.",
        );
    }
    Failure::new(error.to_string())
}

//! `kafka-cluster`: the cluster's id, its brokers' addresses.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use millstream_client::{Client, Node};

use crate::administrator::no_controller;
use crate::bootstrap::{Settings, connect};
use crate::command_line::{parse, remark};
use crate::failure::Failure;
use crate::output::Output;

/// Ask a cluster for its id and its brokers
#[derive(Debug, Parser)]
#[command(
    name = "kafka-cluster",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-cluster cluster-id --bootstrap-server localhost:9092
  kafka-cluster list-endpoints --bootstrap-server localhost:9092"
)]
struct Cluster {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the cluster's id
    ClusterId(Connection),
    /// Forget a broker that is gone for good
    Unregister {
        #[command(flatten)]
        connection: Connection,
        /// The broker's id
        #[arg(short, long, value_name = "ID")]
        id: i32,
    },
    /// Show where brokers listen
    ListEndpoints {
        #[command(flatten)]
        connection: Connection,
        /// Brokers too that give no sign of life
        #[arg(long)]
        include_fenced_brokers: bool,
    },
}

#[derive(Debug, Args)]
struct Connection {
    /// The broker; several may be given, separated by commas
    #[arg(short, long, value_name = "HOST:PORT")]
    bootstrap_server: Option<String>,
    /// A controller's address; here the controller is the broker
    #[arg(short = 'C', long, value_name = "HOST:PORT", hide = true, conflicts_with = "bootstrap_server")]
    bootstrap_controller: Option<String>,
    /// A file with the client's settings
    #[arg(short, long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// What --command-config was called before Kafka 4.2
    #[arg(long, value_name = "FILE", hide = true, conflicts_with = "command_config")]
    config: Option<PathBuf>,
}

impl Connection {
    async fn open(&self) -> Result<Client, Failure> {
        if self.config.is_some() {
            remark("--config is called --command-config since Kafka 4.2");
        }
        let settings = Settings::read(self.command_config.as_ref().or(self.config.as_ref()), &[], &[])?;
        if self.bootstrap_controller.is_some() {
            return Err(no_controller());
        }
        let address = self.bootstrap_server.as_ref().ok_or_else(|| {
            Failure::with_way_out(
                "--bootstrap-server must be specified",
                "A broker on this machine is --bootstrap-server localhost:9092; the controller is inside of it.",
            )
        })?;
        connect(address, "adminclient-1", &settings).await
    }
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: Cluster = parse(arguments)?;
    let mut output = Output::new();
    match command.command {
        Command::ClusterId(connection) => {
            let mut client = connection.open().await?;
            client.describe_topics(Some(&[])).await?;
            output.line(match &client.cluster().id {
                Some(id) => format!("Cluster ID: {id}"),
                None => "No cluster ID found. The Kafka version is probably too old.".to_owned(),
            })?;
        }
        Command::Unregister { id, connection } => {
            connection.open().await?.unregister_broker(id).await?;
            output.line(format!("Broker {id} is no longer registered."))?;
        }
        Command::ListEndpoints { connection, include_fenced_brokers } => {
            let nodes = connection.open().await?.describe_nodes(include_fenced_brokers).await?;
            endpoints(&nodes).iter().try_for_each(|line| output.line(line))?;
        }
    }
    Ok(output.flush()?)
}

/// As wide as the longest host and rack; the width of a column without any cell is 10.
fn endpoints(nodes: &[Node]) -> Vec<String> {
    let host = nodes.iter().map(|node| node.broker.host.len()).max().unwrap_or(100);
    let rack = nodes.iter().filter_map(|node| Some(node.broker.rack.as_ref()?.len())).max().unwrap_or(10);
    let row = |cells: [&str; 6]| {
        let [id, name, port, place, state, kind] = cells;
        format!("{id:<10} {name:<host$} {port:<10} {place:<rack$} {state:<10} {kind:<15}")
    };
    let mut lines = vec![row(["ID", "HOST", "PORT", "RACK", "STATE", "ENDPOINT_TYPE"])];
    lines.extend(nodes.iter().map(|node| {
        let state = if node.is_fenced { "fenced" } else { "unfenced" };
        let rack = node.broker.rack.as_deref().unwrap_or("null");
        let (id, port) = (node.id.to_string(), node.broker.port.to_string());
        row([&id, &node.broker.host, &port, rack, state, "broker"])
    }));
    lines
}

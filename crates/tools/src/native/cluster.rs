//! `millstream cluster`: its brokers, its features, the quorum that keeps its metadata.

use millstream_client::{Node, QuorumReplica};
use serde_json::{Value, json};

use super::broker::Broker;
use crate::failure::Failure;
use crate::output::Output;

/// The cluster.
#[derive(Debug, clap::Subcommand)]
pub enum Cluster {
    /// Show the cluster's id, brokers and features
    #[command(after_help = "Examples:
  millstream cluster describe
  millstream cluster describe --json -b other-host:9092")]
    Describe(Describe),
    /// Show who keeps the metadata, and how far each is
    #[command(after_help = "Example:
  millstream cluster quorum --json")]
    Quorum(Describe),
}

#[derive(Debug, clap::Args)]
pub struct Describe {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    broker: Broker,
}

impl Cluster {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let mut output = Output::new();
        match self {
            Self::Describe(command) => describe(&command, &mut output).await?,
            Self::Quorum(command) => quorum(&command, &mut output).await?,
        }
        Ok(output.flush()?)
    }
}

async fn describe(command: &Describe, output: &mut Output) -> Result<(), Failure> {
    let mut client = command.broker.connect().await?;
    let topics = client.describe_topics(None).await?;
    let partitions: usize = topics.iter().map(|topic| topic.partitions.len()).sum();
    let nodes = client.describe_nodes(false).await?;
    let offer = client.offer(None).await?;
    let (id, controller) = (client.cluster().id.clone(), client.cluster().controller);
    if command.json {
        let node = |node: &Node| {
            json!({
                "id": node.id,
                "host": node.broker.host,
                "port": node.broker.port,
                "rack": node.broker.rack,
                "fenced": node.is_fenced,
            })
        };
        let told = json!({
            "cluster_id": id,
            "controller": controller,
            "brokers": Value::from_iter(nodes.iter().map(node)),
            "topics": topics.len(),
            "partitions": partitions,
            "features": offer.finalized_features,
        });
        return Ok(output.line(told.to_string())?);
    }
    output.line(format!("Cluster     {}", id.unwrap_or_else(|| "(has no id)".into())))?;
    for node in &nodes {
        let rack = node.broker.rack.as_ref().map_or_else(String::new, |rack| format!("  rack {rack}"));
        let leads = if controller == Some(node.id) { "  controller" } else { "" };
        output.line(format!("Broker {:<4} {}{rack}{leads}", node.id, node.broker.address()))?;
    }
    output.line(format!("Topics      {}, with {partitions} partitions", topics.len()))?;
    for (feature, level) in &offer.finalized_features {
        output.line(format!("Feature     {feature} {level}"))?;
    }
    Ok(())
}

async fn quorum(command: &Describe, output: &mut Output) -> Result<(), Failure> {
    let quorum = command.broker.connect().await?.describe_quorum().await?;
    if command.json {
        let replica = |replica: &QuorumReplica| {
            json!({
                "id": replica.id,
                "directory": replica.directory.to_string(),
                "log_end_offset": replica.log_end_offset,
            })
        };
        let told = json!({
            "leader": quorum.leader,
            "leader_epoch": quorum.leader_epoch,
            "high_watermark": quorum.high_watermark,
            "voters": Value::from_iter(quorum.voters.iter().map(replica)),
            "observers": Value::from_iter(quorum.observers.iter().map(replica)),
        });
        return Ok(output.line(told.to_string())?);
    }
    output.line(format!("Leader          {} (epoch {})", quorum.leader, quorum.leader_epoch))?;
    output.line(format!("High watermark  {}", quorum.high_watermark))?;
    for (what, replicas) in [("Voter", &quorum.voters), ("Observer", &quorum.observers)] {
        for replica in replicas {
            output.line(format!("{what:<15} {} at offset {}", replica.id, replica.log_end_offset))?;
        }
    }
    Ok(())
}

//! `millstream topic`: create, list, describe, delete.

use std::collections::BTreeMap;

use millstream_client::{
    Client, ClientError, ConfigEntry, ConfigResource, NewTopic, OffsetAt, Partition, Topic as TopicInfo,
};
use millstream_tools::Output;
use millstream_wire::ErrorCode;
use serde_json::{Value, json};

use super::bootstrap::Bootstrap;
use super::ended::Ended;
use crate::error::CommandError;

/// Create, list, describe and delete topics
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Topic {
    /// Create a topic
    #[command(after_help = "Examples:
  millstream topic create clicks
  millstream topic create clicks --partitions 3 --config retention.ms=3600000")]
    Create(Create),
    /// List the topics, one name a line
    List(List),
    /// Show partitions, leaders and settings, of all topics or of those named
    Describe(Describe),
    /// Delete topics with all their records
    Delete(Delete),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// The topic's name
    name: String,
    /// How many partitions [default: the broker's num.partitions]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: Option<i32>,
    /// How many brokers keep a copy [default: the broker's default.replication.factor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..))]
    replication_factor: Option<i16>,
    /// A setting of the topic; may be given more than once
    #[arg(short, long = "config", value_name = "NAME=VALUE", value_parser = setting)]
    configs: Vec<(String, String)>,
    /// Do nothing if there is a topic of that name
    #[arg(long)]
    if_not_exists: bool,
    #[command(flatten)]
    bootstrap: Bootstrap,
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Print one JSON array
    #[arg(long)]
    json: bool,
    /// List Kafka's own topics too, such as __consumer_offsets
    #[arg(long)]
    internal: bool,
    #[command(flatten)]
    bootstrap: Bootstrap,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Describe {
    /// The topics; all of them if none is named
    names: Vec<String>,
    /// Print one JSON array, with first and end offsets
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    bootstrap: Bootstrap,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Delete {
    /// The topics
    #[arg(required = true)]
    names: Vec<String>,
    /// Do nothing about a topic that is not there
    #[arg(long)]
    if_exists: bool,
    #[command(flatten)]
    bootstrap: Bootstrap,
}

impl Topic {
    /// Does it.
    pub(crate) async fn run(self) -> Result<(), CommandError> {
        Ended::settle(self.try_run().await)
    }

    async fn try_run(self) -> Result<(), Ended> {
        let mut output = Output::new();
        match self {
            Self::Create(create) => create.run(&mut output).await,
            Self::List(list) => list.run(&mut output).await,
            Self::Describe(describe) => describe.run(&mut output).await,
            Self::Delete(delete) => delete.run(&mut output).await,
        }?;
        Ok(output.flush()?)
    }
}

impl Create {
    async fn run(self, output: &mut Output) -> Result<(), Ended> {
        let mut client = self.bootstrap.connect().await?;
        let topic = NewTopic {
            name: self.name,
            partitions: self.partitions,
            replication_factor: self.replication_factor,
            configs: self.configs,
            ..NewTopic::default()
        };
        match client.create_topic(&topic).await {
            Err(error) if self.if_not_exists && error.code() == Some(ErrorCode::TOPIC_ALREADY_EXISTS) => {
                Ok(())
            }
            outcome => {
                outcome?;
                Ok(output.line(format!("Created topic {}.", topic.name))?)
            }
        }
    }
}

impl List {
    async fn run(self, output: &mut Output) -> Result<(), Ended> {
        let mut client = self.bootstrap.connect().await?;
        let mut topics = client.describe_topics(None).await?;
        topics.retain(|topic| self.internal || !topic.is_internal);
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        if self.json {
            let summary = |topic: &TopicInfo| {
                json!({
                    "name": topic.name,
                    "id": topic.id.to_string(),
                    "internal": topic.is_internal,
                    "partitions": topic.partitions.len(),
                    "replication_factor": replication(topic),
                })
            };
            return Ok(output.line(Value::from_iter(topics.iter().map(summary)).to_string())?);
        }
        Ok(topics.iter().try_for_each(|topic| output.line(&topic.name))?)
    }
}

impl Describe {
    async fn run(self, output: &mut Output) -> Result<(), Ended> {
        let mut client = self.bootstrap.connect().await?;
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        let mut topics = client.describe_topics((!names.is_empty()).then_some(&names)).await?;
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        let mut described = Vec::new();
        for topic in &topics {
            let refused =
                |code| ClientError::Refused { what: format!("topic '{}'", topic.name), code, message: None };
            topic.error.ok().map_err(refused)?;
            let mut configs =
                client.describe_configs(&ConfigResource::Topic(topic.name.clone()), None).await?;
            configs.retain(|config| !config.is_default);
            if self.json {
                described.push(as_json(&mut client, topic, &configs).await?);
            } else {
                as_text(topic, &configs, output)?;
            }
        }
        if self.json {
            output.line(Value::from(described).to_string())?;
        }
        Ok(())
    }
}

impl Delete {
    async fn run(self, output: &mut Output) -> Result<(), Ended> {
        let mut client = self.bootstrap.connect().await?;
        for name in &self.names {
            match client.delete_topic(name).await {
                Err(error)
                    if self.if_exists && error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => {}
                outcome => {
                    outcome?;
                    output.line(format!("Deleted topic {name}."))?;
                }
            }
        }
        Ok(())
    }
}

/// The lines that Kafka's own tool prints, tabs between the fields.
fn as_text(topic: &TopicInfo, configs: &[ConfigEntry], output: &mut Output) -> Result<(), Ended> {
    let TopicInfo { name, id, partitions, .. } = topic;
    let configs: Vec<_> = configs
        .iter()
        .map(|config| format!("{}={}", config.name, config.value.as_deref().unwrap_or("(hidden)")))
        .collect();
    output.line(format!(
        "Topic: {name}\tTopicId: {id}\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}",
        partitions.len(),
        replication(topic),
        configs.join(",")
    ))?;
    for partition in partitions {
        let leader = partition.leader.map_or_else(|| "none".into(), |leader| leader.to_string());
        output.line(format!(
            "\tTopic: {name}\tPartition: {}\tLeader: {leader}\tReplicas: {}\tIsr: {}",
            partition.index,
            ids(&partition.replicas),
            ids(&partition.in_sync)
        ))?;
    }
    Ok(())
}

async fn as_json(client: &mut Client, topic: &TopicInfo, configs: &[ConfigEntry]) -> Result<Value, Ended> {
    let indexes: Vec<_> = topic.partitions.iter().map(|partition| partition.index).collect();
    let first = client.list_offsets(&topic.name, &indexes, OffsetAt::Earliest).await?;
    let end = client.list_offsets(&topic.name, &indexes, OffsetAt::Latest).await?;
    let partition = |partition: &Partition| {
        json!({
            "partition": partition.index,
            "leader": partition.leader,
            "replicas": partition.replicas,
            "isr": partition.in_sync,
            "first_offset": first.get(&partition.index),
            "end_offset": end.get(&partition.index),
        })
    };
    let configs: BTreeMap<_, _> = configs.iter().map(|config| (&config.name, &config.value)).collect();
    Ok(json!({
        "name": topic.name,
        "id": topic.id.to_string(),
        "internal": topic.is_internal,
        "partitions": Value::from_iter(topic.partitions.iter().map(partition)),
        "configs": configs,
    }))
}

fn replication(topic: &TopicInfo) -> usize {
    topic.partitions.first().map_or(0, |partition| partition.replicas.len())
}

fn ids(brokers: &[i32]) -> String {
    brokers.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE, for example retention.ms=3600000".into()),
    }
}

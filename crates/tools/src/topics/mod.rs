//! `kafka-topics`: create, list, describe, alter and delete topics.

mod describe;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use millstream_client::{Client, NewTopic, Topic};
use millstream_cluster::is_internal;
use millstream_wire::{ErrorCode, Uuid};

use crate::bootstrap::{Bootstrap, Settings, topic_missing};
use crate::command_line::{parse, remark};
use crate::failure::Failure;
use crate::output::Output;
use crate::pattern::Pattern;

/// Create, list, describe, alter and delete topics
#[derive(Debug, Parser)]
#[command(
    name = "kafka-topics",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-topics --bootstrap-server localhost:9092 --create --topic quickstart-events --partitions 3
  kafka-topics --bootstrap-server localhost:9092 --describe --topic quickstart-events
  kafka-topics --bootstrap-server localhost:9092 --list

Settings of a topic that is there are changed with kafka-configs."
)]
pub(crate) struct Topics {
    #[command(flatten)]
    action: Action,
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// The topic; a regular expression, except with --create
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// With --describe: the topic by its id
    #[arg(long, value_name = "ID", requires = "describe")]
    topic_id: Option<Uuid>,
    /// With --create and --alter: how many partitions [default: the broker's num.partitions]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    partitions: Option<i32>,
    /// With --create: how many brokers keep a copy [default: the broker's default.replication.factor]
    #[arg(long, value_name = "N", allow_negative_numbers = true, requires = "create")]
    replication_factor: Option<i32>,
    /// With --create and --alter: which brokers hold each partition, for instance 1:2,2:3
    #[arg(long, value_name = "BROKER:BROKER,...")]
    replica_assignment: Option<String>,
    /// With --create: a setting of the topic; may be given more than once
    #[arg(long = "config", value_name = "NAME=VALUE", requires = "create")]
    configs: Vec<String>,
    /// With --create: do nothing if the topic is there
    #[arg(long, requires = "create")]
    if_not_exists: bool,
    /// With --alter, --delete and --describe: do nothing if the topic is not there
    #[arg(long, conflicts_with_all = ["create", "list"])]
    if_exists: bool,
    /// With --list and --describe: leave Kafka's own topics out
    #[arg(long, conflicts_with_all = ["create", "alter", "delete"])]
    exclude_internal: bool,
    /// With --describe: only partitions whose copies are not all in sync
    #[arg(long, requires = "describe")]
    under_replicated_partitions: bool,
    /// With --describe: only partitions without a leader
    #[arg(long, requires = "describe")]
    unavailable_partitions: bool,
    /// With --describe: only partitions with fewer copies in sync than min.insync.replicas
    #[arg(long, requires = "describe")]
    under_min_isr_partitions: bool,
    /// With --describe: only partitions with as many copies in sync as min.insync.replicas
    #[arg(long, requires = "describe")]
    at_min_isr_partitions: bool,
    /// With --describe: only topics with settings of their own
    #[arg(long, requires = "describe", conflicts_with_all = ["under_replicated_partitions",
          "unavailable_partitions", "under_min_isr_partitions", "at_min_isr_partitions"])]
    topics_with_overrides: bool,
    /// With --describe: partitions in one answer; the broker's own limit is used here
    #[arg(long, value_name = "N", hide = true)]
    partition_size_limit_per_response: Option<i32>,
    /// What Kafka 3 took here; kafka-configs --alter --delete-config does it
    #[arg(long, value_name = "NAME", hide = true)]
    delete_config: Vec<String>,
}

/// What to do.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Action {
    /// Create a topic
    #[arg(long)]
    create: bool,
    /// List the topics, one name a line
    #[arg(long)]
    list: bool,
    /// Show partitions, leaders and settings
    #[arg(long)]
    describe: bool,
    /// Give a topic more partitions
    #[arg(long)]
    alter: bool,
    /// Delete topics with all their records
    #[arg(long)]
    delete: bool,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let topics: Topics = parse(arguments)?;
    let prefix = "Error while executing topic command : ";
    topics.execute().await.map_err(|failure| failure.after(prefix).on_stdout())
}

impl Topics {
    async fn execute(&self) -> Result<(), Failure> {
        let settings = Settings::read(self.command_config.as_ref(), &[], &[])?;
        self.check()?;
        let mut client = self.bootstrap.connect("adminclient-1", &settings).await?;
        let mut output = Output::new();
        match &self.action {
            Action { create: true, .. } => self.create(&mut client, &mut output).await?,
            Action { list: true, .. } => self.list(&mut client, &mut output).await?,
            Action { alter: true, .. } => self.alter(&mut client).await?,
            Action { delete: true, .. } => self.delete(&mut client).await?,
            Action { .. } => describe::run(self, &mut client, &mut output).await?,
        }
        Ok(output.flush()?)
    }

    fn check(&self) -> Result<(), Failure> {
        let action = &self.action;
        if !self.delete_config.is_empty() {
            remark("--delete-config is gone: kafka-configs --alter --delete-config does it");
        }
        if self.partition_size_limit_per_response.is_some() {
            remark("no effect here: --partition-size-limit-per-response");
        }
        if self.topic.is_none() && (action.create || action.alter || action.delete) {
            return Err(Failure::new("Missing required argument \"[topic]\""));
        }
        if action.alter && self.partitions.is_none() {
            return Err(Failure::with_way_out(
                "Missing required argument \"[partitions]\"",
                "Settings are changed with kafka-configs --alter --entity-type topics --entity-name TOPIC --add-config.",
            ));
        }
        let counts_elsewhere = action.list || action.describe || action.delete;
        if counts_elsewhere && (self.partitions.is_some() || self.replica_assignment.is_some()) {
            return Err(Failure::new("--partitions and --replica-assignment go with --create or --alter"));
        }
        let both = self.partitions.is_some() || self.replication_factor.is_some();
        if action.create && self.replica_assignment.is_some() && both {
            return Err(Failure::new(
                "--replica-assignment says how many partitions and copies there are: leave out --partitions and \
                 --replication-factor",
            ));
        }
        Ok(())
    }

    async fn create(&self, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
        let name = self.topic.clone().unwrap_or_default();
        if name.contains(['.', '_']) {
            remark(
                "WARNING: Kafka's metrics cannot tell '.' from '_' in the names of topics: use one of them, not both.",
            );
        }
        if self.partitions.is_some_and(|count| count < 1) {
            return Err(Failure::new("The partitions must be greater than 0"));
        }
        let factor =
            self.replication_factor.map(i16::try_from).transpose().ok().filter(|f| f.is_none_or(|f| f > 0));
        let Some(replication_factor) = factor else {
            let most = i16::MAX;
            return Err(Failure::new(format!(
                "The replication factor must be between 1 and {most} inclusive"
            )));
        };
        let topic = NewTopic {
            name: name.clone(),
            partitions: self.partitions,
            replication_factor,
            configs: self.settings()?,
            brokers: self.replica_assignment.as_deref().map(brokers).transpose()?.unwrap_or_default(),
        };
        match client.create_topic(&topic).await {
            Err(error) if self.if_not_exists && error.code() == Some(ErrorCode::TOPIC_ALREADY_EXISTS) => {
                Ok(())
            }
            outcome => {
                outcome?;
                Ok(output.line(format!("Created topic {name}."))?)
            }
        }
    }

    fn settings(&self) -> Result<Vec<(String, String)>, Failure> {
        let pair = |text: &String| {
            let wrong =
                || Failure::new(format!("--config {text}: all settings must be written as name=value"));
            let (name, value) =
                text.split_once('=').filter(|(name, _)| !name.trim().is_empty()).ok_or_else(wrong)?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        };
        self.configs.iter().map(pair).collect()
    }

    async fn list(&self, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
        let names: Vec<_> = self.matching(client).await?.into_iter().map(|topic| topic.name).collect();
        Ok(output.line(names.join("\n"))?)
    }

    async fn alter(&self, client: &mut Client) -> Result<(), Failure> {
        let count = self.partitions.unwrap_or_default();
        for topic in self.wanted(client).await? {
            let given = self.replica_assignment.as_deref().map(brokers).transpose()?;
            let new =
                given.map(|brokers| brokers.into_iter().skip(topic.partitions.len()).collect::<Vec<_>>());
            client.create_partitions(&topic.name, count, new.as_deref()).await?;
        }
        Ok(())
    }

    async fn delete(&self, client: &mut Client) -> Result<(), Failure> {
        for topic in self.wanted(client).await? {
            client.delete_topic(&topic.name).await?;
        }
        Ok(())
    }

    /// The topics that `--topic` names; there must be one unless `--if-exists` is given.
    async fn wanted(&self, client: &mut Client) -> Result<Vec<Topic>, Failure> {
        let found = self.matching(client).await?;
        match self.topic.as_deref().filter(|name| !name.is_empty()) {
            Some(name) if found.is_empty() && !self.if_exists => {
                Err(topic_missing(client, name, format!("Topic '{name}' does not exist as expected")).await)
            }
            _ => Ok(found),
        }
    }

    async fn matching(&self, client: &mut Client) -> Result<Vec<Topic>, Failure> {
        let pattern = self.topic.as_deref().map(Pattern::of_topics).transpose()?;
        let mut topics = client.describe_topics(None).await?;
        topics.retain(|topic| {
            let is_hidden = self.exclude_internal && is_internal(&topic.name);
            !is_hidden && pattern.as_ref().is_none_or(|pattern| pattern.matches(&topic.name))
        });
        topics.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(topics)
    }
}

/// `1:2,2:3`: the brokers of each partition.
fn brokers(text: &str) -> Result<Vec<Vec<i32>>, Failure> {
    let wrong = |what: String| Failure::new(format!("--replica-assignment {text}: {what}"));
    let mut partitions: Vec<Vec<i32>> = Vec::new();
    for part in text.split(',') {
        let ids = part.split(':').map(|id| id.trim().parse::<i32>()).collect::<Result<Vec<_>, _>>();
        let ids = ids.map_err(|_| wrong(format!("'{part}' is no list of broker ids such as 1:2")))?;
        if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
            return Err(wrong(format!("'{part}' names a broker twice")));
        }
        if partitions.first().is_some_and(|first| first.len() != ids.len()) {
            return Err(wrong(format!("'{part}' has another number of copies than the first partition")));
        }
        partitions.push(ids);
    }
    Ok(partitions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_of_partitions() {
        assert_eq!(brokers("1:2,2:3").unwrap(), vec![vec![1, 2], vec![2, 3]]);
        for wrong in ["", "1:1", "1:2,3", "a", "1,,2"] {
            assert!(brokers(wrong).is_err(), "{wrong}");
        }
    }
}

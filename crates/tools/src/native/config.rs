//! `millstream config`: the settings of topics and brokers.

use millstream_client::{ConfigEntry, ConfigResource};
use serde_json::{Value, json};

use super::broker::Broker;
use crate::bootstrap::{is_no_topic, no_such_topic};
use crate::command_line::key_value;
use crate::failure::Failure;
use crate::output::Output;

/// Settings of topics and brokers.
#[derive(Debug, clap::Subcommand)]
pub enum Config {
    /// Show settings that differ from the defaults, or all
    #[command(after_help = "Examples:
  millstream config describe --topic clicks
  millstream config describe --broker 1 --all --json")]
    Describe(Describe),
    /// Change settings
    #[command(after_help = "Examples:
  millstream config set --topic clicks retention.ms=3600000 cleanup.policy=compact
  millstream config set --brokers log.retention.hours=24")]
    Set(Set),
    /// Take settings back, so that the defaults hold again
    #[command(after_help = "Example:
  millstream config unset --topic clicks retention.ms")]
    Unset(Unset),
}

/// Whose settings.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Of {
    /// A topic's
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// A broker's, by its id
    #[arg(long, value_name = "ID")]
    broker: Option<i32>,
    /// What holds for all brokers
    #[arg(long)]
    brokers: bool,
}

impl Of {
    fn resource(&self) -> ConfigResource {
        match &self.topic {
            Some(topic) => ConfigResource::Topic(topic.clone()),
            None => ConfigResource::Broker(self.broker),
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct Describe {
    #[command(flatten)]
    of: Of,
    /// Those too that nobody has changed
    #[arg(long)]
    all: bool,
    /// Print one JSON array, with where each value comes from
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Broker,
}

#[derive(Debug, clap::Args)]
pub struct Set {
    #[command(flatten)]
    of: Of,
    /// The settings
    #[arg(value_name = "KEY=VALUE", required = true, value_parser = key_value)]
    settings: Vec<(String, String)>,
    #[command(flatten)]
    server: Broker,
}

#[derive(Debug, clap::Args)]
pub struct Unset {
    #[command(flatten)]
    of: Of,
    /// The settings
    #[arg(value_name = "KEY", required = true)]
    settings: Vec<String>,
    #[command(flatten)]
    server: Broker,
}

impl Config {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Describe(describe) => describe.run().await,
            Self::Set(set) => change(&set.server, &set.of, &set.settings, &[]).await,
            Self::Unset(unset) => change(&unset.server, &unset.of, &[], &unset.settings).await,
        }
    }
}

impl Describe {
    async fn run(self) -> Result<(), Failure> {
        let mut client = self.server.connect().await?;
        let mut configs = match (client.describe_configs(&self.of.resource(), None).await, &self.of.topic) {
            (Err(error), Some(topic)) if is_no_topic(&error) => {
                return Err(no_such_topic(&mut client, topic).await);
            }
            (configs, _) => configs?,
        };
        configs.retain(|config| self.all || !config.is_default);
        configs.sort_by(|one, other| one.name.cmp(&other.name));
        let mut output = Output::new();
        if self.json {
            let told = configs.iter().map(|config| {
                json!({
                    "name": config.name,
                    "value": config.value,
                    "source": config.source.name(),
                    "sensitive": config.is_sensitive,
                })
            });
            output.line(Value::from_iter(told).to_string())?;
        } else {
            configs.iter().try_for_each(|config| output.line(line(config)))?;
        }
        Ok(output.flush()?)
    }
}

fn line(config: &ConfigEntry) -> String {
    let value = match &config.value {
        _ if config.is_sensitive => "(hidden)",
        Some(value) => value,
        None => "null",
    };
    let note = if config.is_default { "  (default)" } else { "" };
    format!("{}={value}{note}", config.name)
}

async fn change(server: &Broker, of: &Of, set: &[(String, String)], unset: &[String]) -> Result<(), Failure> {
    let mut client = server.connect().await?;
    match (client.alter_configs(&of.resource(), set, unset).await, &of.topic) {
        (Err(error), Some(topic)) if is_no_topic(&error) => Err(no_such_topic(&mut client, topic).await),
        (outcome, _) => Ok(outcome?),
    }
}

//! `kafka-configs`: the settings of topics, brokers, groups and subscriptions to clients' metrics.

mod alter;
mod describe;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use millstream_client::ConfigResource;

use crate::administrator::Administrator;
use crate::command_line::parse;
use crate::failure::Failure;
use crate::output::Output;

/// Show and change the settings of topics, brokers, groups and client metrics, and the levels of brokers' loggers
#[derive(Debug, Parser)]
#[command(
    name = "kafka-configs",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-configs --bootstrap-server localhost:9092 --describe --entity-type topics --entity-name clicks
  kafka-configs --bootstrap-server localhost:9092 --alter --topic clicks --add-config retention.ms=3600000
  kafka-configs --bootstrap-server localhost:9092 --alter --topic clicks --delete-config retention.ms
  kafka-configs --bootstrap-server localhost:9092 --describe --broker 1 --all
  kafka-configs --bootstrap-server localhost:9092 --alter --group lab --add-config consumer.session.timeout.ms=50000
  kafka-configs --bootstrap-server localhost:9092 --alter --broker-logger 1 --add-config root=DEBUG"
)]
struct Configs {
    #[command(flatten)]
    action: Action,
    #[command(flatten)]
    administrator: Administrator,
    /// Whose settings: topics, brokers, broker-loggers, groups or client-metrics
    #[arg(long, value_name = "TYPE", conflicts_with_all = ["topic", "broker", "broker_defaults", "broker_logger", "group", "client_metrics"])]
    entity_type: Option<String>,
    /// The name of the topic, group or subscription, or the broker's id
    #[arg(long, value_name = "NAME", requires = "entity_type")]
    entity_name: Option<String>,
    /// What holds for all brokers
    #[arg(long, requires = "entity_type", conflicts_with = "entity_name")]
    entity_default: bool,
    /// Short for --entity-type topics --entity-name TOPIC
    #[arg(long, value_name = "TOPIC", conflicts_with_all = ["broker", "broker_defaults"])]
    topic: Option<String>,
    /// Short for --entity-type brokers --entity-name ID
    #[arg(long, value_name = "ID", conflicts_with = "broker_defaults")]
    broker: Option<String>,
    /// Short for --entity-type brokers --entity-default
    #[arg(long)]
    broker_defaults: bool,
    /// Short for --entity-type broker-loggers --entity-name ID
    #[arg(long, value_name = "ID", conflicts_with_all = ["topic", "broker", "broker_defaults", "group", "client_metrics"])]
    broker_logger: Option<String>,
    /// Short for --entity-type groups --entity-name GROUP
    #[arg(long, value_name = "GROUP", conflicts_with_all = ["topic", "broker", "broker_defaults", "client_metrics"])]
    group: Option<String>,
    /// Short for --entity-type client-metrics --entity-name NAME
    #[arg(long, value_name = "NAME", conflicts_with_all = ["topic", "broker", "broker_defaults"])]
    client_metrics: Option<String>,
    /// With --describe: all settings, not only those that were changed
    #[arg(long, requires = "describe")]
    all: bool,
    /// With --alter: set these: k1=v1,k2=[v1,v2],k3=v3
    #[arg(long, value_name = "KEY=VALUE,...", requires = "alter", conflicts_with = "add_config_file")]
    add_config: Option<String>,
    /// With --alter: set what is in this properties file
    #[arg(long, value_name = "FILE", requires = "alter")]
    add_config_file: Option<PathBuf>,
    /// With --alter: take these back: k1,k2
    #[arg(long, value_name = "KEY,...", value_delimiter = ',', requires = "alter")]
    delete_config: Vec<String>,
    /// Kafka ignores it as well since 3.0
    #[arg(long, hide = true)]
    force: bool,
    #[command(flatten)]
    elsewhere: Elsewhere,
}

/// What to do.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Action {
    /// Show settings
    #[arg(long)]
    describe: bool,
    /// Change settings
    #[arg(long)]
    alter: bool,
}

/// Entities that have no settings here.
#[derive(Debug, clap::Args)]
struct Elsewhere {
    #[arg(long, value_name = "USER", hide = true)]
    user: Option<String>,
    #[arg(long, value_name = "CLIENT", hide = true)]
    client: Option<String>,
    #[arg(long, value_name = "IP", hide = true)]
    ip: Option<String>,
    #[arg(long, hide = true)]
    user_defaults: bool,
    #[arg(long, hide = true)]
    client_defaults: bool,
    #[arg(long, hide = true)]
    ip_defaults: bool,
}

/// Whose settings.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entity {
    Topics(Option<String>),
    /// A broker, what holds for all, or each of them and what holds for all.
    Broker(i32),
    BrokerDefaults,
    Brokers,
    /// The loggers of a broker, or of each.
    BrokerLoggers(Option<i32>),
    Groups(Option<String>),
    ClientMetrics(Option<String>),
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: Configs = parse(arguments)?;
    let entity = command.entity()?;
    let change = if command.action.alter { Some(alter::Change::of(&command)?) } else { None };
    let mut client = command.administrator.connect().await?;
    let mut output = Output::new();
    match change {
        Some(change) => alter::run(&entity, &change, &mut client, &mut output).await?,
        None => describe::run(&entity, command.all, &mut client, &mut output).await?,
    }
    Ok(output.flush()?)
}

impl Configs {
    fn entity(&self) -> Result<Entity, Failure> {
        let other = [
            ("users", self.elsewhere.user.is_some() || self.elsewhere.user_defaults),
            ("clients", self.elsewhere.client.is_some() || self.elsewhere.client_defaults),
            ("ips", self.elsewhere.ip.is_some() || self.elsewhere.ip_defaults),
        ];
        let given = other.iter().find(|(_, is_given)| *is_given).map(|(name, _)| *name);
        if let Some(topic) = &self.topic {
            return Ok(Entity::Topics(Some(topic.clone())));
        }
        if let Some(id) = &self.broker {
            return broker(id, "brokers").map(Entity::Broker);
        }
        if let Some(id) = &self.broker_logger {
            return broker(id, "broker-loggers").map(|id| Entity::BrokerLoggers(Some(id)));
        }
        if self.broker_defaults {
            return Ok(Entity::BrokerDefaults);
        }
        if let Some(group) = &self.group {
            return Ok(Entity::Groups(Some(group.clone())));
        }
        if let Some(name) = &self.client_metrics {
            return Ok(Entity::ClientMetrics(Some(name.clone())));
        }
        match (self.entity_type.as_deref().or(given), &self.entity_name) {
            (Some("topics" | "topic"), name) if !self.entity_default => Ok(Entity::Topics(name.clone())),
            (Some("topics" | "topic"), _) => Err(Failure::new(
                "--entity-default: topics have no default of their own; the brokers' hold for them",
            )),
            (Some("brokers" | "broker"), Some(id)) => broker(id, "brokers").map(Entity::Broker),
            (Some("brokers" | "broker"), None) if self.entity_default => Ok(Entity::BrokerDefaults),
            (Some("brokers" | "broker"), None) => Ok(Entity::Brokers),
            (Some("broker-loggers" | "broker-logger"), _) if self.entity_default && self.action.describe => {
                Err(Failure::new("--entity-default must not be specified with --describe of broker-loggers"))
            }
            (Some(kind @ ("broker-loggers" | "broker-logger")), name) => {
                let id = name.as_ref().map(|id| broker(id, kind)).transpose()?;
                Ok(Entity::BrokerLoggers(id))
            }
            (Some(kind @ ("groups" | "group" | "client-metrics" | "client-metric")), _)
                if self.entity_default =>
            {
                Err(Failure::new(format!("--entity-default: {kind} have no default of their own")))
            }
            (Some("groups" | "group"), name) => Ok(Entity::Groups(name.clone())),
            (Some("client-metrics" | "client-metric"), name) => Ok(Entity::ClientMetrics(name.clone())),
            (Some(other), _) => Err(not_here(other)),
            (None, _) => Err(Failure::new(
                "--entity-type topics, brokers, broker-loggers, groups or client-metrics says whose settings",
            )),
        }
    }
}

/// What Kafka has settings of, and this server not.
fn not_here(kind: &str) -> Failure {
    let known = "It has settings of topics, brokers, broker-loggers, groups and client-metrics.";
    match kind {
        "users" | "user" | "clients" | "client" | "ips" | "ip" => Failure::with_way_out(
            format!(
                "{kind} have no settings on this server yet: quotas and SCRAM passwords come in a later version"
            ),
            known,
        ),
        other => Failure::with_way_out(
            format!(
                "Invalid entity type {other}, the entity type must be one of topics, clients, users, brokers, ips, \
                 client-metrics, groups, broker-loggers with a --bootstrap-server or --bootstrap-controller argument"
            ),
            known,
        ),
    }
}

fn broker(id: &str, kind: &str) -> Result<i32, Failure> {
    id.parse().map_err(|_| {
        Failure::new(format!("The entity name for {kind} must be a valid integer broker id, but it is: {id}"))
    })
}

impl Entity {
    fn resource(&self) -> Option<ConfigResource> {
        match self {
            Self::Topics(name) => name.clone().map(ConfigResource::Topic),
            Self::Broker(id) => Some(ConfigResource::Broker(Some(*id))),
            Self::BrokerDefaults => Some(ConfigResource::Broker(None)),
            Self::Brokers => None,
            Self::BrokerLoggers(id) => id.map(ConfigResource::BrokerLogger),
            Self::Groups(name) => name.clone().map(ConfigResource::Group),
            Self::ClientMetrics(name) => name.clone().map(ConfigResource::ClientMetrics),
        }
    }
}

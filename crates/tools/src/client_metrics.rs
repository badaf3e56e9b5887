//! `kafka-client-metrics`: subscriptions to clients' metrics (KIP-714). Like Kafka without a plugin that receives them,
//! this server keeps the subscriptions and asks no client for metrics.

use std::ffi::OsString;

use clap::Parser;
use millstream_client::{Client, ConfigResource};
use millstream_cluster::random_id;

use crate::administrator::Administrator;
use crate::command_line::parse;
use crate::failure::Failure;
use crate::output::Output;

/// Show and change subscriptions to clients' metrics
#[derive(Debug, Parser)]
#[command(
    name = "kafka-client-metrics",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-client-metrics --bootstrap-server localhost:9092 --list
  kafka-client-metrics --bootstrap-server localhost:9092 --alter --name basic --metrics org.apache.kafka.producer. --interval 60000
  kafka-client-metrics --bootstrap-server localhost:9092 --describe --name basic

Subscriptions are kept. Clients are asked for metrics only by a broker that has a receiver for them, which this one, like
Kafka without a plugin, does not have: its own metrics are at /metrics."
)]
struct ClientMetrics {
    #[command(flatten)]
    action: Action,
    #[command(flatten)]
    administrator: Administrator,
    /// The subscription's name
    #[arg(long, value_name = "NAME", conflicts_with = "list")]
    name: Option<String>,
    /// With --alter: make a name up
    #[arg(long, requires = "alter")]
    generate_name: bool,
    /// With --alter: how often clients tell, in ms; empty for the default
    #[arg(long, value_name = "MS", requires = "alter")]
    interval: Option<String>,
    /// With --alter: which clients: client_id=REGEX,client_software_name=REGEX
    #[arg(long = "match", value_name = "KEY=REGEX,...", requires = "alter")]
    matching: Option<String>,
    /// With --alter: the metrics, by what their names begin with
    #[arg(long, value_name = "PREFIX,...", requires = "alter")]
    metrics: Option<String>,
}

/// What to do.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Action {
    /// Make or change a subscription
    #[arg(long)]
    alter: bool,
    /// Take a subscription back
    #[arg(long)]
    delete: bool,
    /// Show subscriptions
    #[arg(long)]
    describe: bool,
    /// List the names of the subscriptions
    #[arg(long)]
    list: bool,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: ClientMetrics = parse(arguments)?;
    command.check()?;
    let mut output = Output::new();
    let outcome = command.execute(&mut output).await;
    output.flush()?;
    outcome.map_err(|failure| failure.after("Error while executing client metrics command : ").on_stdout())
}

impl ClientMetrics {
    fn check(&self) -> Result<(), Failure> {
        if self.action.alter && self.name.is_some() == self.generate_name {
            return Err(Failure::new("One of --name or --generate-name must be specified with --alter."));
        }
        if self.action.delete && self.name.is_none() {
            return Err(Failure::new("A client metrics resource name must be specified with --delete."));
        }
        match self.interval.as_deref() {
            None | Some("") => Ok(()),
            Some(interval) if interval.parse::<i32>().is_ok() => Ok(()),
            Some(_) => {
                Err(Failure::new("Invalid interval value. Enter an integer, or leave empty to reset."))
            }
        }
    }

    async fn execute(&self, output: &mut Output) -> Result<(), Failure> {
        let mut client = self.administrator.connect().await?;
        match &self.name {
            _ if self.action.list => Ok(output.line(client.list_client_metrics().await?.join("\n"))?),
            name if self.action.describe => describe(name.as_deref(), &mut client, output).await,
            Some(name) if self.action.delete => delete(name, &mut client, output).await,
            Some(name) => self.alter(name.clone(), &mut client, output).await,
            None => {
                let name = random_id()
                    .ok_or_else(|| Failure::new("the operating system gives no random numbers"))?;
                self.alter(name.to_string(), &mut client, output).await
            }
        }
    }

    async fn alter(&self, name: String, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
        let given = [("interval.ms", &self.interval), ("metrics", &self.metrics), ("match", &self.matching)];
        let given = given.into_iter().filter_map(|(config, value)| Some((config.to_owned(), value.clone()?)));
        let (deleted, set): (Vec<_>, Vec<_>) = given.partition(|(_, value)| value.is_empty());
        let deleted: Vec<String> = deleted.into_iter().map(|(config, _)| config).collect();
        client.alter_configs(&ConfigResource::ClientMetrics(name.clone()), &set, &deleted).await?;
        Ok(output.line(format!("Altered client metrics config for {name}."))?)
    }
}

async fn delete(name: &str, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
    let resource = ConfigResource::ClientMetrics(name.to_owned());
    let configs = client.describe_configs(&resource, None).await?;
    let names: Vec<String> = configs.into_iter().map(|config| config.name).collect();
    client.alter_configs(&resource, &[], &names).await?;
    Ok(output.line(format!("Deleted client metrics config for {name}."))?)
}

async fn describe(name: Option<&str>, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
    let known = client.list_client_metrics().await?;
    if let Some(name) = name.filter(|name| !known.iter().any(|known| known == name)) {
        output.line(format!(
            "The client metric resource {name} doesn't exist and doesn't have dynamic config."
        ))?;
        output.flush()?;
        return Err(Failure::Said);
    }
    for one in known.into_iter().filter(|known| name.is_none_or(|name| name == known)) {
        output.line(format!("Client metrics configs for {one} are:"))?;
        for config in client.describe_configs(&ConfigResource::ClientMetrics(one), None).await? {
            output.line(format!("  {}={}", config.name, config.value.unwrap_or_default()))?;
        }
    }
    Ok(())
}

//! `--describe`: settings with their synonyms, the values that would hold if those before were not there.

use millstream_client::{Client, ClientError, ConfigEntry, ConfigResource, ConfigSource};

use super::Entity;
use crate::bootstrap::near_topic;
use crate::command_line::remark;
use crate::failure::Failure;
use crate::output::Output;

pub(super) async fn run(
    entity: &Entity,
    all: bool,
    client: &mut Client,
    output: &mut Output,
) -> Result<(), Failure> {
    match entity {
        Entity::Topics(Some(name)) => {
            let topics = client.describe_topics(None).await?;
            if topics.iter().any(|topic| topic.name == *name) {
                return topic(name, all, client, output).await;
            }
            output.line(format!("The topic '{name}' doesn't exist and doesn't have dynamic config."))?;
            if let Some(near) = near_topic(client, name).await {
                remark(format!("Did you mean '{near}'?"));
            }
            output.flush()?;
            Err(Failure::Said)
        }
        Entity::Topics(None) => {
            for name in client.describe_topics(None).await?.into_iter().map(|topic| topic.name) {
                topic(&name, all, client, output).await?;
            }
            Ok(())
        }
        Entity::Broker(id) => {
            is_there("broker", *id, client, output).await?;
            broker(*id, all, client, output).await
        }
        Entity::BrokerLoggers(Some(id)) => {
            is_there("broker-logger", *id, client, output).await?;
            loggers(*id, all, client, output).await
        }
        Entity::BrokerLoggers(None) => {
            client.describe_topics(Some(&[])).await?;
            let ids: Vec<i32> = client.cluster().brokers.keys().copied().collect();
            for id in ids {
                loggers(id, all, client, output).await?;
            }
            Ok(())
        }
        Entity::BrokerDefaults => defaults(all, client, output).await,
        Entity::Brokers => {
            client.describe_topics(Some(&[])).await?;
            let ids: Vec<i32> = client.cluster().brokers.keys().copied().collect();
            for id in ids {
                broker(id, all, client, output).await?;
            }
            defaults(all, client, output).await
        }
        Entity::Groups(name) => groups(name.as_deref(), all, client, output).await,
        Entity::ClientMetrics(name) => client_metrics(name.as_deref(), all, client, output).await,
    }
}

/// Groups that are there, and those that have settings before they are.
async fn groups(
    name: Option<&str>,
    all: bool,
    client: &mut Client,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut known = match client.list_groups_with_configs().await {
        Err(ClientError::Unsupported { .. }) => Vec::new(),
        outcome => outcome?,
    };
    known.extend(client.list_groups().await?.into_iter().map(|listing| listing.group));
    known.sort_unstable();
    known.dedup();
    for name in wanted("group", name, known, output)? {
        output.line(format!("{} configs for group {name} are:", if all { "All" } else { "Dynamic" }))?;
        let configs = client.describe_configs(&ConfigResource::Group(name), None).await?;
        print(configs, (!all).then_some(ConfigSource::DynamicGroup), output)?;
    }
    Ok(())
}

async fn client_metrics(
    name: Option<&str>,
    all: bool,
    client: &mut Client,
    output: &mut Output,
) -> Result<(), Failure> {
    let known = client.list_client_metrics().await?;
    for name in wanted("client-metric", name, known, output)? {
        output
            .line(format!("{} configs for client-metric {name} are:", if all { "All" } else { "Dynamic" }))?;
        let configs = client.describe_configs(&ConfigResource::ClientMetrics(name), None).await?;
        print(configs, (!all).then_some(ConfigSource::DynamicClientMetrics), output)?;
    }
    Ok(())
}

/// The one that was asked for, if it is there, or all.
fn wanted(
    kind: &str,
    name: Option<&str>,
    known: Vec<String>,
    output: &mut Output,
) -> Result<Vec<String>, Failure> {
    match name {
        None => Ok(known),
        Some(name) if known.iter().any(|one| one == name) => Ok(vec![name.to_owned()]),
        Some(name) => {
            output.line(format!("The {kind} '{name}' doesn't exist and doesn't have dynamic config."))?;
            output.flush()?;
            Err(Failure::Said)
        }
    }
}

async fn topic(name: &str, all: bool, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
    output.line(format!("{} configs for topic {name} are:", if all { "All" } else { "Dynamic" }))?;
    let configs = client.describe_configs(&ConfigResource::Topic(name.to_owned()), None).await?;
    print(configs, (!all).then_some(ConfigSource::DynamicTopic), output)
}

async fn broker(id: i32, all: bool, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
    output.line(format!("{} configs for broker {id} are:", if all { "All" } else { "Dynamic" }))?;
    let configs = client.describe_configs(&ConfigResource::Broker(Some(id)), None).await?;
    print(configs, (!all).then_some(ConfigSource::DynamicBroker), output)
}

async fn loggers(id: i32, all: bool, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
    output.line(format!("{} configs for broker-logger {id} are:", if all { "All" } else { "Dynamic" }))?;
    let levels = client.describe_configs(&ConfigResource::BrokerLogger(id), None).await?;
    print(levels, None, output)
}

/// A broker that is not there has neither settings nor loggers.
async fn is_there(kind: &str, id: i32, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
    client.describe_topics(Some(&[])).await?;
    if client.cluster().brokers.contains_key(&id) {
        return Ok(());
    }
    output.line(format!("The {kind} '{id}' doesn't exist and doesn't have dynamic config."))?;
    output.flush()?;
    Err(Failure::Said)
}

async fn defaults(all: bool, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
    output.line("Default configs for brokers in the cluster are:")?;
    let configs = client.describe_configs(&ConfigResource::Broker(None), None).await?;
    print(configs, (!all).then_some(ConfigSource::DynamicDefaultBroker), output)
}

fn print(
    mut configs: Vec<ConfigEntry>,
    only: Option<ConfigSource>,
    output: &mut Output,
) -> Result<(), Failure> {
    configs.retain(|config| only.is_none_or(|source| config.source == source));
    configs.sort_by(|one, other| one.name.cmp(&other.name));
    for config in configs {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
        let synonyms: Vec<_> = (config.synonyms.iter())
            .map(|synonym| format!("{}:{}={}", synonym.source.name(), synonym.name, shown(&synonym.value)))
            .collect();
        output.line(format!(
            "  {}={} sensitive={} synonyms={{{}}}",
            config.name,
            shown(&config.value),
            config.is_sensitive,
            synonyms.join(", ")
        ))?;
    }
    Ok(())
}

//! `--alter`: sets settings and takes them back.

use millstream_client::{Client, ConfigResource};

use super::{Configs, Entity};
use crate::bootstrap::{is_no_topic, read_file, topic_missing};
use crate::failure::Failure;
use crate::output::Output;

/// What is to be changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    set: Vec<(String, String)>,
    delete: Vec<String>,
}

impl Change {
    pub(super) fn of(command: &Configs) -> Result<Self, Failure> {
        let mut set = command.add_config_file.as_deref().map(read_file).transpose()?.unwrap_or_default();
        if let Some(text) = &command.add_config {
            set.extend(pairs(text)?);
        }
        let delete: Vec<_> = command.delete_config.iter().map(|name| name.trim().to_owned()).collect();
        let is_name = |name: &str| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '$'))
        };
        if let Some((name, _)) = set.iter().find(|(name, _)| !is_name(name)) {
            return Err(Failure::new(format!("Invalid character found for config key: {name}")));
        }
        if set.is_empty() && delete.is_empty() {
            return Err(Failure::new(
                "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
            ));
        }
        Ok(Self { set, delete })
    }
}

pub(super) async fn run(
    entity: &Entity,
    change: &Change,
    client: &mut Client,
    output: &mut Output,
) -> Result<(), Failure> {
    let resource = entity.resource().ok_or_else(|| no_name(entity))?;
    if let Entity::BrokerLoggers(_) = entity {
        known_loggers(&resource, change, client).await?;
    }
    match (client.alter_configs(&resource, &change.set, &change.delete).await, entity) {
        (Err(error), Entity::Topics(Some(name))) if is_no_topic(&error) => {
            return Err(topic_missing(client, name, format!("The topic '{name}' does not exist.")).await);
        }
        (outcome, _) => outcome?,
    }
    output.line(match entity {
        Entity::Topics(name) => {
            format!("Completed updating config for topic {}.", name.as_deref().unwrap_or_default())
        }
        Entity::Broker(id) => format!("Completed updating config for broker {id}."),
        Entity::BrokerLoggers(id) => {
            format!("Completed updating config for broker-logger {}.", id.unwrap_or_default())
        }
        Entity::BrokerDefaults | Entity::Brokers => {
            "Completed updating default config for brokers in the cluster.".to_owned()
        }
        Entity::Groups(name) => {
            format!("Completed updating config for group {}.", name.as_deref().unwrap_or_default())
        }
        Entity::ClientMetrics(name) => {
            format!("Completed updating config for client-metric {}.", name.as_deref().unwrap_or_default())
        }
    })?;
    Ok(())
}

/// Kafka's command looks itself whether the loggers are there.
async fn known_loggers(
    resource: &ConfigResource,
    change: &Change,
    client: &mut Client,
) -> Result<(), Failure> {
    let there = client.describe_configs(resource, None).await?;
    let named = change.delete.iter().chain(change.set.iter().map(|(name, _)| name));
    let missing: Vec<&str> =
        named.filter(|name| there.iter().all(|one| one.name != **name)).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Invalid broker logger(s): {}", missing.join(","));
    Err(Failure::with_way_out(message, "--describe shows those that there are."))
}

fn no_name(entity: &Entity) -> Failure {
    let (kind, way_out) = match entity {
        Entity::Topics(_) => ("topics", "Name it: --entity-name NAME."),
        Entity::Groups(_) => ("groups", "Name it: --entity-name NAME."),
        Entity::BrokerLoggers(_) => ("broker-loggers", "Name the broker: --entity-name ID."),
        Entity::ClientMetrics(_) => ("client-metrics", "Name it: --entity-name NAME."),
        Entity::Broker(_) | Entity::BrokerDefaults | Entity::Brokers => {
            ("brokers", "Name it: --entity-name ID, or --entity-default for all of them.")
        }
    };
    Failure::with_way_out(format!("An entity name must be specified with --alter of {kind}"), way_out)
}

/// `k1=v1,k2=[v1,v2]`: commas within brackets do not part.
fn pairs(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut parts = vec![String::new()];
    let mut is_in_brackets = false;
    for c in text.chars() {
        match c {
            '[' => is_in_brackets = true,
            ']' => is_in_brackets = false,
            ',' if !is_in_brackets => parts.push(String::new()),
            c => parts.last_mut().into_iter().for_each(|part| part.push(c)),
        }
    }
    let pair = |part: &String| match part.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        None => Err(Failure::new(format!(
            "--add-config {text}: settings are written as key=value, or key=[v1,v2] where a value has commas"
        ))),
    };
    parts.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_brackets_do_not_part() {
        let table = [
            ("a=1", "a=1"),
            ("a=1,b = 2", "a=1 b=2"),
            ("cleanup.policy=[compact,delete],b=2", "cleanup.policy=compact,delete b=2"),
            ("a=", "a="),
            ("a=b=c", "a=b=c"),
        ];
        for (text, expected) in table {
            let found: Vec<_> =
                pairs(text).unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(found.join(" "), expected);
        }
        assert!(pairs("a").is_err());
    }
}

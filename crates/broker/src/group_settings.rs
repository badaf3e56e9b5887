//! The settings of consumer groups (KIP-848), by Kafka's names.

use std::collections::BTreeMap;

use millstream_cluster::config::{BROKER_CONFIGS, ConfigDefinition};
use millstream_coordinator::{ASSIGNORS, Config, Migration};

/// What members of consumer groups go by; each field's config is `group.consumer.` and its name.
///
/// Those that differ from Kafka's defaults: an assignment is computed at once (`assignment.interval.ms` is 0), as an
/// empty classic group does not wait either, and a group has at most 10,000 members.
#[derive(Debug, Clone)]
pub(crate) struct ConsumerGroupSettings {
    given: BTreeMap<&'static str, String>,
}

const PREFIX: &str = "group.consumer.";

impl Default for ConsumerGroupSettings {
    fn default() -> Self {
        let given = [("group.consumer.assignment.interval.ms", "0"), ("group.consumer.max.size", "10000")];
        Self { given: given.into_iter().map(|(name, value)| (name, value.to_owned())).collect() }
    }
}

/// The setting of that name, if it is one of these.
pub(crate) fn definition(name: &str) -> Option<&'static ConfigDefinition> {
    BROKER_CONFIGS.iter().find(|config| config.name == name && config.name.starts_with(PREFIX))
}

impl ConsumerGroupSettings {
    /// Takes a value that its definition has found to be right.
    ///
    /// # Errors
    /// An assignor is not known here.
    pub(crate) fn set(&mut self, config: &'static ConfigDefinition, value: &str) -> Result<(), String> {
        if config.name.ends_with(".assignors") {
            let unknown = list(value).into_iter().find(|name| !ASSIGNORS.contains(&name.as_str()));
            if let Some(unknown) = unknown {
                let known = ASSIGNORS.join(", ");
                return Err(format!(
                    "{} cannot name '{unknown}': the assignors here are {known}",
                    config.name
                ));
            }
        }
        self.given.insert(config.name, value.trim().to_owned());
        Ok(())
    }

    /// What was given, under broker config names.
    pub(crate) fn given(&self) -> impl Iterator<Item = (String, String)> {
        self.given.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))
    }

    /// Puts the settings into the coordinator's.
    pub(crate) fn configure(&self, config: &mut Config) {
        let value = |name: &str| self.given.get(format!("{PREFIX}{name}").as_str());
        let ms = |name: &str, place: &mut i32| {
            if let Some(value) = value(name).and_then(|value| value.parse().ok()) {
                *place = value;
            }
        };
        ms("session.timeout.ms", &mut config.consumer_session_timeout_ms);
        ms("heartbeat.interval.ms", &mut config.consumer_heartbeat_interval_ms);
        ms("assignment.interval.ms", &mut config.consumer_assignment_interval_ms);
        let number = |name: &str| value(name).and_then(|value| value.parse::<u32>().ok());
        if let Some(interval) = number("regex.refresh.interval.ms") {
            config.consumer_regex_refresh_interval_ms = interval.into();
        }
        if let Some(size) = number("max.size") {
            config.max_consumer_group_size = usize::try_from(size).unwrap_or(usize::MAX);
        }
        if let Some(names) = value("assignors").map(|names| list(names)).filter(|names| !names.is_empty()) {
            config.consumer_assignors = names;
        }
        if let Some(policy) = value("migration.policy").and_then(|policy| Migration::parse(policy)) {
            config.migration = policy;
        }
    }
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

//! The configs of client metrics subscriptions (KIP-714; `ConfigResource` CLIENT_METRICS) of Kafka 4.3. They are kept
//! and told as they are; a broker without a receiver of metrics, as this one and Kafka without a plugin, asks no client
//! for any.

use std::collections::BTreeMap;

use super::definition::{Check, ConfigDefinition, ConfigType};

const INTERVAL: &str = "interval.ms";
const MATCH: &str = "match";
/// What a client can be told apart by.
const PARAMETERS: [&str; 6] = [
    "client_instance_id",
    "client_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
];

const fn config(name: &'static str, kind: ConfigType, default: &'static str) -> ConfigDefinition {
    ConfigDefinition { name, kind, default: Some(default), check: Check::Any, synonyms: &[] }
}

/// Every config of a subscription, sorted by name.
pub static CLIENT_METRICS_CONFIGS: &[ConfigDefinition] = &[
    config(INTERVAL, ConfigType::Int, "300000"),
    config(MATCH, ConfigType::List, ""),
    config("metrics", ConfigType::List, ""),
];

/// Why a subscription cannot be as it was asked for, in Kafka's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientMetricsError {
    /// The request makes no sense.
    Request(String),
    /// A value is no value of its config.
    Config(String),
}

/// Checks all configs that a subscription would have.
///
/// # Errors
/// Which of them is wrong, and why.
pub fn check_client_metrics(configs: &BTreeMap<String, String>) -> Result<(), ClientMetricsError> {
    for (name, value) in configs {
        let definition = CLIENT_METRICS_CONFIGS.iter().find(|config| config.name == name);
        let unknown = || ClientMetricsError::Request(format!("Unknown client metrics configuration: {name}"));
        definition.ok_or_else(unknown)?.validate(value).map_err(ClientMetricsError::Config)?;
    }
    if let Some(interval) = configs.get(INTERVAL).map(|value| value.trim())
        && !interval.parse::<i64>().is_ok_and(|ms| (100..=3_600_000).contains(&ms))
    {
        return Err(ClientMetricsError::Request(format!(
            "Invalid value {interval} for {INTERVAL}, interval must be between 100 and 3600000 (1 hour)"
        )));
    }
    let patterns = configs.get(MATCH).map(String::as_str).unwrap_or_default();
    patterns.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()).try_for_each(check_pattern)
}

/// `client_id=REGEX` and the like.
fn check_pattern(pattern: &str) -> Result<(), ClientMetricsError> {
    let is_right = pattern.split_once('=').is_some_and(|(parameter, value)| {
        PARAMETERS.contains(&parameter.trim()) && !value.is_empty() && !value.contains('=')
    });
    let wrong = || ClientMetricsError::Config(format!("Illegal client matching pattern: {pattern}"));
    is_right.then_some(()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_that_can_be_and_that_cannot() {
        for (name, value, expected) in [
            ("interval.ms", "15000", None),
            ("interval.ms", "50", Some("interval must be between")),
            ("interval.ms", "soon", Some("Not a number of type INT")),
            ("metrics", "org.apache.kafka.producer.,*", None),
            ("match", "client_id=lab.*,client_software_name=python", None),
            ("match", "", None),
            ("match", "nonsense=1", Some("Illegal client matching pattern: nonsense=1")),
            ("match", "client_id=", Some("Illegal client matching pattern")),
            ("match", "client_id=a=b", Some("Illegal client matching pattern")),
            ("nonsense", "1", Some("Unknown client metrics configuration: nonsense")),
        ] {
            let said = check_client_metrics(&[(name.to_owned(), value.to_owned())].into());
            match (said, expected) {
                (Ok(()), None) => {}
                (
                    Err(ClientMetricsError::Request(said) | ClientMetricsError::Config(said)),
                    Some(expected),
                ) => assert!(said.contains(expected), "{name}={value}: {said}"),
                (said, _) => panic!("{name}={value}: {said:?}"),
            }
        }
    }
}

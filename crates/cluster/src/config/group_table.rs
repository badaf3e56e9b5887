//! The configs of groups (`ConfigResource` GROUP) of Kafka 4.3, by name: those of consumer groups. Share groups and
//! Kafka Streams' groups are not there, so their configs are refused by name.

use std::collections::BTreeMap;

use super::BROKER_CONFIGS;
use super::definition::{Check, ConfigDefinition, ConfigType, Synonym, Unit};

const fn config(
    name: &'static str,
    kind: ConfigType,
    default: &'static str,
    check: Check,
    synonyms: &'static [Synonym],
) -> ConfigDefinition {
    ConfigDefinition { name, kind, default: Some(default), check, synonyms }
}

const fn same(name: &'static str) -> Synonym {
    Synonym { name, unit: Unit::Same }
}

/// Every config of a group, sorted by name.
#[rustfmt::skip]
pub static GROUP_CONFIGS: &[ConfigDefinition] = &[
    config("consumer.assignment.interval.ms", ConfigType::Int, "1000", Check::AtLeast(0), &[same("group.consumer.assignment.interval.ms")]),
    config("consumer.heartbeat.interval.ms", ConfigType::Int, "5000", Check::AtLeast(1), &[same("group.consumer.heartbeat.interval.ms")]),
    config("consumer.session.timeout.ms", ConfigType::Int, "45000", Check::AtLeast(1), &[same("group.consumer.session.timeout.ms")]),
];

/// Checks a group's configs against the broker's bounds; `start` is what the broker was started with.
///
/// # Errors
/// Kafka's text: which config is out of which bound.
pub fn check_group_configs(
    configs: &BTreeMap<String, String>,
    start: &BTreeMap<String, String>,
) -> Result<(), String> {
    let broker = |name: &str| {
        let default =
            BROKER_CONFIGS.iter().find(|config| config.name == name).and_then(|config| config.default);
        start.get(name).map(String::as_str).or(default).and_then(|value| value.trim().parse::<i64>().ok())
    };
    let own = |name: &str| configs.get(name).and_then(|value| value.trim().parse::<i64>().ok());
    for what in ["heartbeat.interval.ms", "session.timeout.ms", "assignment.interval.ms"] {
        let name = format!("consumer.{what}");
        let Some(value) = own(&name) else { continue };
        let (min, max) = (format!("group.consumer.min.{what}"), format!("group.consumer.max.{what}"));
        if broker(&min).is_some_and(|min| value < min) {
            return Err(format!("{name} must be greater than or equal to {min}"));
        }
        if broker(&max).is_some_and(|max| value > max) {
            return Err(format!("{name} must be less than or equal to {max}"));
        }
    }
    let effective =
        |what: &str| own(&format!("consumer.{what}")).or(broker(&format!("group.consumer.{what}")));
    match (effective("session.timeout.ms"), effective("heartbeat.interval.ms")) {
        (Some(session), Some(heartbeat)) if session <= heartbeat => {
            Err("consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms".to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_the_brokers() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        for (configs, start, expected) in [
            (map(&[]), map(&[]), Ok(())),
            (map(&[("consumer.session.timeout.ms", "50000")]), map(&[]), Ok(())),
            (
                map(&[("consumer.session.timeout.ms", "1000")]),
                map(&[]),
                Err("consumer.session.timeout.ms must be greater than or equal to \
                     group.consumer.min.session.timeout.ms"),
            ),
            (
                map(&[("consumer.heartbeat.interval.ms", "20000")]),
                map(&[]),
                Err("consumer.heartbeat.interval.ms must be less than or equal to \
                     group.consumer.max.heartbeat.interval.ms"),
            ),
            (
                map(&[("consumer.session.timeout.ms", "5000")]),
                map(&[("group.consumer.min.session.timeout.ms", "1000")]),
                Err("consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms"),
            ),
        ] {
            assert_eq!(check_group_configs(&configs, &start), expected.map_err(str::to_owned), "{configs:?}");
        }
    }
}

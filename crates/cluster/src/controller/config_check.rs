//! What a topic's configs may be, taken together.

use std::collections::BTreeMap;

use super::ControllerError;
use crate::config::{ConfigDefinition, TOPIC_CONFIGS};

/// Longest value that Kafka stores.
const MAX_VALUE: usize = i16::MAX as usize;

/// The definition of a topic config.
pub(super) fn topic_config(name: &str) -> Result<&'static ConfigDefinition, ControllerError> {
    let found = TOPIC_CONFIGS.iter().find(|config| config.name == name);
    found.ok_or_else(|| ControllerError::InvalidConfig(format!("Unknown topic config name: {name}")))
}

/// Checks all configs that a topic would have.
pub(super) fn check_topic_configs<'a>(
    configs: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), ControllerError> {
    let configs: BTreeMap<&str, &str> = configs.collect();
    for (name, value) in &configs {
        let definition = topic_config(name)?;
        check_length(value)?;
        definition.validate(value).map_err(ControllerError::InvalidConfig)?;
    }
    let number = |name: &str, default: i64| {
        configs.get(name).and_then(|value| value.trim().parse().ok()).unwrap_or(default)
    };
    let (least, most) = (number("min.compaction.lag.ms", 0), number("max.compaction.lag.ms", i64::MAX));
    if least > most {
        return Err(ControllerError::InvalidConfig(format!(
            "conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})"
        )));
    }
    if configs.get("remote.storage.enable").is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        let error = "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote \
                     log storage.";
        return Err(ControllerError::InvalidConfig(error.to_owned()));
    }
    Ok(())
}

/// Checks one value's length.
pub(super) fn check_length(value: &str) -> Result<(), ControllerError> {
    if value.encode_utf16().count() <= MAX_VALUE {
        return Ok(());
    }
    let error = format!(
        "The configuration value cannot be added because it exceeds the maximum value size of {MAX_VALUE} bytes."
    );
    Err(ControllerError::InvalidConfig(error))
}

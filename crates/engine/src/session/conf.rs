//! A session's configuration: what was set, and Spark's defaults for what the engine looks at.

use std::collections::BTreeMap;

use arrow::array::timezone::Tz;

use crate::EngineError;

const TIME_ZONE: &str = "spark.sql.session.timeZone";

/// Settings with defaults that programs ask for or the engine uses.
const DEFAULTS: [(&str, &str); 7] = [
    ("spark.sql.shuffle.partitions", "200"),
    ("spark.sql.ansi.enabled", "true"),
    ("spark.sql.streaming.multipleWatermarkPolicy", "min"),
    ("spark.sql.streaming.noDataMicroBatches.enabled", "true"),
    ("spark.sql.streaming.minBatchesToRetain", "100"),
    ("spark.sql.streaming.numRecentProgressUpdates", "100"),
    ("spark.sql.streaming.schemaInference", "false"),
];

/// Values by key.
#[derive(Debug, Default)]
pub(super) struct Conf {
    values: BTreeMap<String, String>,
}

impl Conf {
    pub(super) fn get(&self, key: &str) -> Option<String> {
        if let Some(value) = self.values.get(key) {
            return Some(value.clone());
        }
        if key == TIME_ZONE {
            return Some(self.time_zone());
        }
        DEFAULTS.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned())
    }

    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<(), EngineError> {
        let allowed: bool = match key {
            TIME_ZONE => value.parse::<Tz>().is_ok(),
            "spark.sql.streaming.multipleWatermarkPolicy" => {
                value.eq_ignore_ascii_case("min") || value.eq_ignore_ascii_case("max")
            }
            "spark.sql.streaming.noDataMicroBatches.enabled" => {
                value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
            }
            _ => true,
        };
        if !allowed {
            return Err(EngineError::illegal_argument(format!(
                "[INVALID_CONF_VALUE] The value '{value}' in the config \"{key}\" is invalid. SQLSTATE: 22022"
            )));
        }
        self.values.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    pub(super) fn unset(&mut self, key: &str) {
        self.values.remove(key);
    }

    pub(super) fn all(&self) -> Vec<(String, String)> {
        self.values.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The session's time zone.
    pub(super) fn time_zone(&self) -> String {
        self.values.get(TIME_ZONE).cloned().unwrap_or_else(machine_zone)
    }
}

/// The machine's zone: `TZ`, else where `/etc/localtime` points, else UTC.
fn machine_zone() -> String {
    let named = std::env::var("TZ").ok().map(|zone| zone.trim_start_matches(':').to_owned());
    let linked = || {
        let target = std::fs::read_link("/etc/localtime").ok()?;
        Some(target.to_str()?.split_once("zoneinfo/")?.1.to_owned())
    };
    named
        .filter(|zone| zone.parse::<Tz>().is_ok())
        .or_else(linked)
        .filter(|zone| zone.parse::<Tz>().is_ok())
        .unwrap_or_else(|| "UTC".to_owned())
}

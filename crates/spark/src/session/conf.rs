//! A session's runtime configuration: what the program set, over a table of defaults.
//!
//! Spark has hundreds of configs; the table holds those that a client asks for by itself, or whose default a program
//! can see. Keys that nobody knows may be set and read back, as with Spark; a value that would change results and is
//! not honoured here comes back with a warning, which PySpark shows.

use std::collections::BTreeMap;

use crate::error::{Kind, Result, SparkError, cannot_modify_config, sql_conf_not_found};

/// Keys one session may set.
const MAX_KEYS: usize = 4096;
/// Bytes of keys and values one session may set.
const MAX_BYTES: usize = 1 << 20;

/// Sorted by key. The plan-compression threshold below zero tells clients to send plans plain.
const DEFAULTS: &[(&str, &str)] = &[
    ("spark.connect.session.planCompression.defaultAlgorithm", "NONE"),
    ("spark.connect.session.planCompression.threshold", "-1"),
    ("spark.sql.ansi.enabled", "false"),
    ("spark.sql.caseSensitive", "false"),
    ("spark.sql.catalogImplementation", "in-memory"),
    ("spark.sql.connect.serverStacktrace.enabled", "false"),
    ("spark.sql.execution.arrow.maxRecordsPerBatch", "10000"),
    ("spark.sql.execution.arrow.pyspark.enabled", "true"),
    ("spark.sql.execution.arrow.pyspark.selfDestruct.enabled", "false"),
    ("spark.sql.execution.arrow.useLargeVarTypes", "false"),
    ("spark.sql.execution.pandas.convertToArrowArraySafely", "false"),
    ("spark.sql.execution.pandas.inferPandasDictAsMap", "false"),
    ("spark.sql.execution.pandas.structHandlingMode", "legacy"),
    ("spark.sql.execution.pyspark.binaryAsBytes", "true"),
    ("spark.sql.execution.pythonUDF.arrow.enabled", "true"),
    ("spark.sql.execution.pythonUDTF.arrow.enabled", "true"),
    ("spark.sql.pyspark.inferNestedDictAsStruct.enabled", "false"),
    ("spark.sql.pyspark.jvmStacktrace.enabled", "false"),
    ("spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled", "false"),
    ("spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled", "false"),
    ("spark.sql.repl.eagerEval.enabled", "false"),
    ("spark.sql.repl.eagerEval.maxNumRows", "20"),
    ("spark.sql.repl.eagerEval.truncate", "20"),
    ("spark.sql.session.localRelationBatchOfChunksSizeBytes", "1073741824"),
    ("spark.sql.session.localRelationCacheThreshold", "67108864"),
    ("spark.sql.session.localRelationChunkSizeBytes", "16777216"),
    ("spark.sql.session.localRelationChunkSizeRows", "10000"),
    ("spark.sql.session.localRelationSizeLimit", "67108864"),
    ("spark.sql.session.timeZone", ""),
    ("spark.sql.shuffle.partitions", "200"),
    ("spark.sql.sources.default", "parquet"),
    ("spark.sql.stackTracesInDataFrameContext", "1"),
    ("spark.sql.streaming.multipleWatermarkPolicy", "min"),
    ("spark.sql.streaming.noDataMicroBatches.enabled", "true"),
    ("spark.sql.streaming.numRecentProgressUpdates", "100"),
    ("spark.sql.streaming.stopTimeout", "0"),
    ("spark.sql.timestampType", "TIMESTAMP_LTZ"),
    ("spark.sql.warehouse.dir", "spark-warehouse"),
];

/// Readable, and fixed when the server starts.
const STATIC: &[&str] =
    &["spark.sql.catalogImplementation", "spark.sql.warehouse.dir", "spark.sql.extensions"];

/// Configs with one honoured value: setting another is answered with a warning.
const FIXED: &[&str] = &["spark.sql.ansi.enabled", "spark.sql.caseSensitive", "spark.sql.timestampType"];

/// The key that programs set most: the zone in which timestamps are shown and read.
pub(crate) const TIME_ZONE: &str = "spark.sql.session.timeZone";

/// What the program set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conf {
    values: BTreeMap<String, String>,
    bytes: usize,
    time_zone: String,
}

impl Conf {
    /// An empty configuration; `time_zone` is the server's own.
    pub(crate) fn new(time_zone: String) -> Self {
        Self { time_zone, ..Self::default() }
    }

    /// The value, set or by default.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str).or_else(|| self.default_of(key))
    }

    fn default_of(&self, key: &str) -> Option<&str> {
        if key == TIME_ZONE {
            return Some(&self.time_zone);
        }
        DEFAULTS
            .binary_search_by(|(known, _)| (*known).cmp(key))
            .ok()
            .and_then(|at| DEFAULTS.get(at))
            .map(|d| d.1)
    }

    /// The value, or Spark's error for a key that nobody knows.
    pub(crate) fn require(&self, key: &str) -> Result<&str> {
        self.get(key).ok_or_else(|| sql_conf_not_found(key))
    }

    /// A value from the program's start (`--conf`), where the static ones may still be chosen.
    pub(crate) fn preset(&mut self, key: &str, value: &str) -> Result<()> {
        if STATIC.contains(&key) {
            return self.insert(key, value);
        }
        self.set(key, value).map(drop)
    }

    /// Sets a value; the answer is a warning for the user when the value has no effect here.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<Option<String>> {
        if STATIC.contains(&key) {
            return Err(cannot_modify_config(key));
        }
        if key == TIME_ZONE {
            check_time_zone(value)?;
        }
        self.insert(key, value)?;
        let fixed =
            FIXED.contains(&key) && !self.default_of(key).is_some_and(|d| d.eq_ignore_ascii_case(value));
        Ok(fixed.then(|| format!("{key}={value} has no effect: Millstream works as with {key}'s default.")))
    }

    fn insert(&mut self, key: &str, value: &str) -> Result<()> {
        let freed = self.values.get(key).map_or(0, |old| key.len() + old.len());
        let bytes = self.bytes - freed + key.len() + value.len();
        if bytes > MAX_BYTES || (freed == 0 && self.values.len() >= MAX_KEYS) {
            let text = format!(
                "A session holds at most {MAX_KEYS} configs of {MAX_BYTES} bytes; {key} is too much."
            );
            return Err(SparkError::plain(Kind::IllegalArgument, text));
        }
        self.bytes = bytes;
        self.values.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// Back to the default.
    pub(crate) fn unset(&mut self, key: &str) -> Result<()> {
        if STATIC.contains(&key) {
            return Err(cannot_modify_config(key));
        }
        if let Some(old) = self.values.remove(key) {
            self.bytes -= key.len() + old.len();
        }
        Ok(())
    }

    /// Everything that has a value and begins with `prefix`.
    pub(crate) fn all(&self, prefix: &str) -> BTreeMap<String, String> {
        let defaults = DEFAULTS.iter().filter(|(key, _)| *key != TIME_ZONE).map(|&(k, v)| (k, v));
        let own = self.values.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        defaults
            .chain([(TIME_ZONE, self.time_zone.as_str())])
            .chain(own)
            .filter(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    /// Whether `set` can change what the key stands for.
    pub(crate) fn is_modifiable(&self, key: &str) -> bool {
        key.starts_with("spark.sql.") && !STATIC.contains(&key)
    }
}

/// Arrow reads zones by name or offset; a wrong one must fail here and not inside of a query.
fn check_time_zone(zone: &str) -> Result<()> {
    if zone.parse::<arrow::array::timezone::Tz>().is_ok() {
        return Ok(());
    }
    let text = format!(
        "The value '{zone}' in the config \"{TIME_ZONE}\" is invalid. Cannot resolve the given timezone."
    );
    Err(SparkError::new(Kind::IllegalArgument, "INVALID_CONF_VALUE.TIME_ZONE", "22022", text)
        .with("confName", TIME_ZONE)
        .with("confValue", zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sorted_so_that_the_search_finds_them() {
        assert!(DEFAULTS.is_sorted_by(|a, b| a.0 < b.0));
        let conf = Conf::new("UTC".to_owned());
        for (key, value) in DEFAULTS.iter().filter(|(key, _)| *key != TIME_ZONE) {
            assert_eq!(conf.get(key), Some(*value));
        }
        assert_eq!(conf.get(TIME_ZONE), Some("UTC"));
    }

    #[test]
    fn set_get_unset() {
        let mut conf = Conf::new("UTC".to_owned());
        assert_eq!(conf.set("spark.sql.shuffle.partitions", "4"), Ok(None));
        assert_eq!(conf.get("spark.sql.shuffle.partitions"), Some("4"));
        assert_eq!(conf.unset("spark.sql.shuffle.partitions"), Ok(()));
        assert_eq!(conf.get("spark.sql.shuffle.partitions"), Some("200"));
        assert_eq!(conf.require("no.such.key").unwrap_err().condition_name(), Some("SQL_CONF_NOT_FOUND"));
        assert!(conf.set("spark.sql.warehouse.dir", "/x").is_err());
        assert!(conf.set(TIME_ZONE, "Mars/Olympus").is_err());
        assert!(conf.set("spark.sql.ansi.enabled", "true").unwrap().is_some());
    }

    #[test]
    fn what_a_session_holds_is_bounded() {
        let mut conf = Conf::new("UTC".to_owned());
        let long = "x".repeat(MAX_BYTES / 2);
        assert!(conf.set("a", &long).is_ok());
        assert!(conf.set("a", &long).is_ok());
        assert!(conf.set("b", &long).is_err());
    }
}

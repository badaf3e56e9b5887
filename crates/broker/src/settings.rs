//! Broker settings by Kafka's names: what `--override KEY=VALUE` and `server.properties` may say.
//!
//! Three tables hold them: the one below (name -> setter), the configs that topics fall back to ([`topic_default`]), and
//! Kafka's other configs, which the cluster's table names and checks. Those that change nothing here are kept and shown,
//! and whoever starts the broker is told their names ([`BrokerConfig::without_effect`]); one that would weaken safety if
//! it were ignored is refused. So is a name that is in no table, and a value that does not fit, with what would be right.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use millstream_cluster::config::{BROKER_CONFIGS, CORDONED, asks_for, has_effect, topic_default};

use crate::config::{BrokerConfig, Endpoint};
use crate::group_settings;
use crate::listener;

/// Why a setting was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// No setting of this name is known.
    #[error("'{name}' is no setting of this broker; there are {known}")]
    Unknown {
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The value does not fit a config that topics fall back to; the text is Kafka's and names both.
    #[error("{0}")]
    Config(String),
    /// It must not be ignored, and cannot be done.
    #[error("{name}={value} asks for {what}, which this server does not have; it does not start without it")]
    Unsafe {
        /// The setting.
        name: String,
        /// The value given.
        value: String,
        /// What it asks for.
        what: &'static str,
    },
    /// The value does not fit.
    #[error("{name} cannot be '{value}': {expected} is expected")]
    Value {
        /// The setting.
        name: &'static str,
        /// The value given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
}

/// Takes one value into the configuration; `false` when it does not fit.
type Take = fn(&mut BrokerConfig, &str) -> bool;

/// What a broker is given in other ways: its directory, its doors, its roles.
const READ_ELSEWHERE: [&str; 3] = ["listeners", "log.dirs", "process.roles"];

/// Name, what is expected, and what to do with it.
const SETTINGS: &[(&str, &str, Take)] = &[
    ("advertised.listeners", "HOST:PORT, PLAINTEXT:// may stand before it", |config, value| {
        config.advertised = endpoint(value);
        config.advertised.is_some()
    }),
    ("auto.create.topics.enable", "true or false", |config, value| {
        put(&mut config.auto_create_topics, value)
    }),
    ("connections.max.idle.ms", "milliseconds", |config, value| {
        millis(&mut config.connections_max_idle, value)
    }),
    (CORDONED, "* or the directory of log.dirs", |config, value| {
        let is_ours = value.is_empty() || value == "*" || config.kafka_dir.as_os_str() == value;
        value.clone_into(&mut config.cordoned_log_dirs);
        is_ours
    }),
    ("delete.topic.enable", "true or false", |config, value| put(&mut config.delete_topics, value)),
    ("fetch.max.bytes", "bytes from 1024 on", |config, value| {
        at_least(&mut config.fetch_max_bytes, value, 1024)
    }),
    ("group.initial.rebalance.delay.ms", "milliseconds", |config, value| {
        millis(&mut config.group_initial_rebalance_delay, value)
    }),
    ("group.max.session.timeout.ms", "milliseconds", |config, value| {
        millis(&mut config.group_max_session_timeout, value)
    }),
    ("group.max.size", "a number from 1 on", |config, value| at_least(&mut config.group_max_size, value, 1)),
    ("group.min.session.timeout.ms", "milliseconds", |config, value| {
        millis(&mut config.group_min_session_timeout, value)
    }),
    ("log.cleaner.backoff.ms", "milliseconds", |config, value| millis(&mut config.cleaner_backoff, value)),
    ("log.cleaner.dedupe.buffer.size", "bytes from 1048576 on", |config, value| {
        at_least(&mut config.cleaner_dedupe_buffer_bytes, value, 1 << 20)
    }),
    ("log.cleaner.io.max.bytes.per.second", "bytes per second, more than 0", |config, value| {
        put(&mut config.cleaner_bytes_per_second, value) && config.cleaner_bytes_per_second > 0.0
    }),
    ("log.flush.offset.checkpoint.interval.ms", "milliseconds from 1 on", |config, value| {
        millis(&mut config.checkpoint_interval, value) && !config.checkpoint_interval.is_zero()
    }),
    ("log.retention.check.interval.ms", "milliseconds from 1 on", |config, value| {
        millis(&mut config.retention_check_interval, value) && !config.retention_check_interval.is_zero()
    }),
    ("max.connections", "a number from 1 on", |config, value| {
        at_least(&mut config.max_connections, value, 1)
    }),
    ("max.connections.per.ip", "a number from 1 on", |config, value| {
        at_least(&mut config.max_connections_per_ip, value, 1)
    }),
    ("max.connections.per.ip.overrides", "ADDRESS:COUNT, with commas between", |config, value| {
        value.clone_into(&mut config.max_connections_per_ip_overrides);
        listener::overrides(value).is_some()
    }),
    ("max.incremental.fetch.session.cache.slots", "a number from 0 on", |config, value| {
        at_least(&mut config.fetch_session_slots, value, 0)
    }),
    ("metadata.log.max.record.bytes.between.snapshots", "bytes from 1 on", |config, value| {
        at_least(&mut config.metadata_snapshot_bytes, value, 1)
    }),
    ("node.id", "a number from 0 on", |config, value| at_least(&mut config.node_id, value, 0)),
    ("num.partitions", "a number from 1 on", |config, value| at_least(&mut config.num_partitions, value, 1)),
    ("offset.metadata.max.bytes", "bytes from 0 on", |config, value| {
        at_least(&mut config.offset_metadata_max_bytes, value, 0)
    }),
    ("offsets.topic.num.partitions", "a number from 1 on", |config, value| {
        at_least(&mut config.offsets_topic_partitions, value, 1)
    }),
    ("offsets.retention.check.interval.ms", "milliseconds from 1 on", |config, value| {
        millis(&mut config.offsets_retention_check_interval, value)
            && !config.offsets_retention_check_interval.is_zero()
    }),
    ("offsets.retention.minutes", "minutes", |config, value| {
        let mut minutes = 0_u64;
        let taken = at_least(&mut minutes, value, 1);
        config.offsets_retention = Duration::from_secs(minutes.saturating_mul(60));
        taken
    }),
    ("offsets.topic.segment.bytes", "bytes from 1048576 on", |config, value| {
        at_least(&mut config.offsets_topic_segment_bytes, value, 1 << 20)
    }),
    ("producer.id.expiration.ms", "milliseconds from 1 on", |config, value| {
        millis(&mut config.producer_id_expiration, value) && !config.producer_id_expiration.is_zero()
    }),
    ("queued.max.request.bytes", "bytes from 1048576 on", |config, value| {
        at_least(&mut config.queued_max_request_bytes, value, 1 << 20)
    }),
    ("socket.listen.backlog.size", "a number from 1 on", |config, value| {
        at_least(&mut config.sockets.backlog, value, 1)
    }),
    ("socket.receive.buffer.bytes", "bytes, or -1 for the system's choice", |config, value| {
        at_least(&mut config.sockets.receive_buffer, value, -1)
    }),
    ("socket.send.buffer.bytes", "bytes, or -1 for the system's choice", |config, value| {
        at_least(&mut config.sockets.send_buffer, value, -1)
    }),
    ("socket.request.max.bytes", "bytes from 1024 on", |config, value| {
        at_least(&mut config.socket_request_max_bytes, value, 1024)
    }),
    ("socket.stall.timeout.ms", "milliseconds from 1 on", |config, value| {
        millis(&mut config.socket_stall_timeout, value) && !config.socket_stall_timeout.is_zero()
    }),
    ("transaction.max.timeout.ms", "milliseconds from 1 on", |config, value| {
        millis(&mut config.transaction_max_timeout, value) && !config.transaction_max_timeout.is_zero()
    }),
    ("transaction.partition.verification.enable", "true or false", |config, value| {
        put(&mut config.transaction_partition_verification, value)
    }),
    (
        "transaction.remove.expired.transaction.cleanup.interval.ms",
        "milliseconds from 1 on",
        |config, value| {
            millis(&mut config.transactional_id_check_interval, value)
                && !config.transactional_id_check_interval.is_zero()
        },
    ),
    ("transaction.state.log.num.partitions", "a number from 1 on", |config, value| {
        at_least(&mut config.transaction_topic_partitions, value, 1)
    }),
    ("transaction.state.log.segment.bytes", "bytes from 1048576 on", |config, value| {
        at_least(&mut config.transaction_topic_segment_bytes, value, 1 << 20)
    }),
    ("transactional.id.expiration.ms", "milliseconds from 1 on", |config, value| {
        millis(&mut config.transactional_id_expiration, value)
            && !config.transactional_id_expiration.is_zero()
    }),
];

impl BrokerConfig {
    /// Every name that [`BrokerConfig::set`] takes, sorted.
    pub fn setting_names() -> Vec<&'static str> {
        let of_kafka =
            BROKER_CONFIGS.iter().map(|config| config.name).filter(|name| !READ_ELSEWHERE.contains(name));
        let names: BTreeSet<_> = SETTINGS.iter().map(|(name, _, _)| *name).chain(of_kafka).collect();
        names.into_iter().collect()
    }

    /// Takes one setting by its Kafka name.
    ///
    /// # Errors
    /// When the name is not known or the value does not fit; the configuration is then as before.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        if let Some(definition) = topic_default(name) {
            definition.validate(value).map_err(SettingError::Config)?;
            self.topic_defaults.insert(name.to_owned(), value.trim().to_owned());
            return Ok(());
        }
        if let Some(definition) = group_settings::definition(name) {
            definition.validate(value).map_err(SettingError::Config)?;
            return self.consumer_groups.set(definition, value).map_err(SettingError::Config);
        }
        let Some((name, expected, take)) = SETTINGS.iter().find(|(known, _, _)| *known == name) else {
            return self.keep(name, value);
        };
        let mut changed = self.clone();
        if !take(&mut changed, value.trim()) {
            return Err(SettingError::Value { name, value: value.to_owned(), expected });
        }
        *self = changed;
        Ok(())
    }

    /// The settings that were given and change nothing here.
    pub fn without_effect(&self) -> impl Iterator<Item = &str> {
        let given = self.kept.keys().chain(self.topic_defaults.keys());
        given.map(String::as_str).filter(|name| !has_effect(name))
    }

    /// Keeps a setting of Kafka's that changes nothing here.
    fn keep(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        let known = BROKER_CONFIGS.iter().find(|config| config.name == name);
        let Some(definition) = known.filter(|_| !READ_ELSEWHERE.contains(&name)) else {
            let known = Self::setting_names().join(", ");
            return Err(SettingError::Unknown { name: name.to_owned(), known });
        };
        if let Some(what) = asks_for(name, value) {
            return Err(SettingError::Unsafe { name: name.to_owned(), value: value.to_owned(), what });
        }
        definition.validate(value).map_err(SettingError::Config)?;
        self.kept.insert(name.to_owned(), value.trim().to_owned());
        Ok(())
    }
}

fn put<T: FromStr>(place: &mut T, value: &str) -> bool {
    value.parse().map(|value| *place = value).is_ok()
}

fn at_least<T: FromStr + PartialOrd>(place: &mut T, value: &str, least: T) -> bool {
    value.parse().ok().filter(|value| *value >= least).map(|value| *place = value).is_some()
}

fn millis(place: &mut Duration, value: &str) -> bool {
    value.parse().map(|value| *place = Duration::from_millis(value)).is_ok()
}

fn endpoint(value: &str) -> Option<Endpoint> {
    let address = value.strip_prefix("PLAINTEXT://").unwrap_or(value);
    let (host, port) = address.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = port.parse().ok().filter(|port| *port > 0)?;
    (!host.is_empty() && !host.contains([',', '/'])).then(|| Endpoint { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_taken_or_refused_with_a_reason() {
        let table = [
            ("num.partitions", "3", true),
            ("num.partitions", "0", false),
            ("num.partitions", "three", false),
            ("auto.create.topics.enable", "false", true),
            ("auto.create.topics.enable", "no", false),
            ("advertised.listeners", "PLAINTEXT://kafka:9092", true),
            ("advertised.listeners", "kafka", false),
            ("advertised.listeners", "PLAINTEXT://a:1,PLAINTEXT://b:2", false),
            ("log.retention.ms", "-1", true),
            ("log.retention.hours", "168", true),
            ("log.segment.bytes", "1000", false),
            ("log.roll.ms", "60000", true),
            ("log.retention.check.interval.ms", "0", false),
            ("offsets.retention.minutes", "0", false),
            ("no.such", "1", false),
            ("num.io.threads", "16", true),
            ("num.io.threads", "many", false),
            ("listeners", "PLAINTEXT://:1", false),
            ("authorizer.class.name", "org.example.Authorizer", false),
            ("cordoned.log.dirs", "*", true),
            ("cordoned.log.dirs", "/elsewhere", false),
            ("max.connections.per.ip.overrides", "127.0.0.1:7,::1:8", true),
            ("max.connections.per.ip.overrides", "somewhere:7", false),
        ];
        for (name, value, taken) in table {
            let mut config = BrokerConfig::new("/nowhere");
            assert_eq!(config.set(name, value).is_ok(), taken, "{name}={value}");
        }
    }

    #[test]
    fn an_error_names_the_setting_the_value_and_the_way_out() {
        let error = BrokerConfig::new("/nowhere").set("num.partitions", "0").unwrap_err();
        assert_eq!(error.to_string(), "num.partitions cannot be '0': a number from 1 on is expected");
        let error = BrokerConfig::new("/nowhere").set("log.segment.bytes", "12").unwrap_err();
        let expected = "Invalid value 12 for configuration log.segment.bytes: Value must be at least 1048576";
        assert_eq!(error.to_string(), expected);
    }
}

//! Which broker configs can be changed while the broker runs, and what they were changed to.
//!
//! Kafka 4.3's list (`DynamicBrokerConfig`), but for listeners, TLS, who may come in (the SASL mechanisms and their
//! secrets), Java classes and `group.consumer.assignment.interval.ms`, which act here at the start only.

use super::{BROKER_CONFIGS, TOPIC_CONFIGS};
use crate::{ConfigResource, Image};

/// The limits of traffic between brokers and between directories: tools set them before they move partitions, and take
/// them back when all have arrived. Kafka shows them only while they are set.
pub(super) const THROTTLES: &[&str] = &[
    "follower.replication.throttled.rate",
    "leader.replication.throttled.rate",
    "replica.alter.log.dirs.io.max.bytes.per.second",
];

/// What Kafka has as an internal config of its own, and shows only while it is set.
pub(super) const INTERNAL: &[&str] = &["group.consumer.regex.refresh.interval.ms"];

/// The directories that get no new partitions (KIP-1066).
pub const CORDONED: &str = "cordoned.log.dirs";

/// Those that act here at once.
const EFFECTIVE: &[&str] = &[
    CORDONED,
    "log.cleaner.backoff.ms",
    "log.cleaner.dedupe.buffer.size",
    "log.cleaner.io.max.bytes.per.second",
    "max.connections",
    "max.connections.per.ip",
    "max.connections.per.ip.overrides",
    "producer.id.expiration.ms",
    "transaction.partition.verification.enable",
];

/// Numbers of threads: Kafka lets each be halved or doubled in one step.
const THREADS: &[&str] = &[
    "background.threads",
    "log.cleaner.threads",
    "num.io.threads",
    "num.network.threads",
    "num.recovery.threads.per.data.dir",
    "num.replica.fetchers",
];

/// Those that are kept and change nothing here.
const WITHOUT_EFFECT: &[&str] = &[
    "follower.fetch.last.tiered.offset.enable",
    "group.coordinator.cached.buffer.max.bytes",
    "group.share.assignment.interval.ms",
    "group.streams.assignment.interval.ms",
    "log.cleaner.io.buffer.load.factor",
    "log.cleaner.io.buffer.size",
    "max.connection.creation.rate",
    "remote.fetch.max.wait.ms",
    "remote.list.offsets.request.timeout.ms",
    "remote.log.index.file.cache.total.size.bytes",
    "remote.log.manager.copier.thread.pool.size",
    "remote.log.manager.copy.max.bytes.per.second",
    "remote.log.manager.expiration.thread.pool.size",
    "remote.log.manager.fetch.max.bytes.per.second",
    "remote.log.manager.follower.thread.pool.size",
    "remote.log.reader.threads",
    "share.coordinator.cached.buffer.max.bytes",
];

/// Those of them that are one broker's own: Kafka has them with its listeners. They are for Kerberos and for tokens,
/// which come later; they let nobody in or out, so that keeping them weakens nothing.
const OF_LISTENERS: &[&str] = &[
    "sasl.kerberos.kinit.cmd",
    "sasl.kerberos.min.time.before.relogin",
    "sasl.kerberos.service.name",
    "sasl.kerberos.ticket.renew.jitter",
    "sasl.kerberos.ticket.renew.window.factor",
    "sasl.login.refresh.buffer.seconds",
    "sasl.login.refresh.min.period.seconds",
    "sasl.login.refresh.window.factor",
    "sasl.login.refresh.window.jitter",
];

/// Whether a broker config can be changed while the broker runs. As with Kafka, of the names that stand for one topic
/// config only the strongest can: `log.retention.ms`, not `log.retention.hours`.
pub fn is_dynamic(name: &str) -> bool {
    [THROTTLES, EFFECTIVE, THREADS, WITHOUT_EFFECT, OF_LISTENERS].concat().contains(&name)
        || TOPIC_CONFIGS
            .iter()
            .filter_map(|config| config.synonyms.first())
            .any(|synonym| synonym.name == name)
}

/// What a broker config was changed to while brokers ran: the broker's own value, else that of all brokers.
pub fn changed_config<'a>(image: &'a Image, node_id: i32, name: &str) -> Option<&'a str> {
    [Some(node_id), None]
        .into_iter()
        .find_map(|broker| image.configs(&ConfigResource::Broker(broker))?.get(name).map(String::as_str))
}

/// Whether a broker config can be changed for all brokers at once; of the others, each broker has its own.
pub(crate) fn is_cluster_wide(name: &str) -> bool {
    name != CORDONED && !OF_LISTENERS.contains(&name)
}

/// Checks a number of threads against the number before.
///
/// # Errors
/// Kafka's text: more than twice, or less than half, of what there is.
pub(crate) fn check_threads(image: &Image, node_id: i32, name: &str, value: &str) -> Result<(), String> {
    let default = || BROKER_CONFIGS.iter().find(|config| config.name == name)?.default;
    let number = |text: &str| text.trim().parse::<i64>().ok();
    let before = changed_config(image, node_id, name).or_else(default).and_then(number);
    let (Some(before), Some(after), true) = (before, number(value), THREADS.contains(&name)) else {
        return Ok(());
    };
    let bound = if after < before / 2 {
        "at least half the current value"
    } else if after > before.saturating_mul(2) {
        "not be greater than double the current value"
    } else {
        return Ok(());
    };
    let be = if bound.starts_with("not") { "" } else { "be " };
    Err(format!(
        "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation failed \
         for {name}={after}, value should {be}{bound} {before} for configuration Invalid dynamic configuration"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dynamic_config_is_known() {
        for name in [THROTTLES, EFFECTIVE, THREADS, WITHOUT_EFFECT, OF_LISTENERS].concat() {
            assert!(BROKER_CONFIGS.iter().any(|config| config.name == name), "{name}");
        }
    }
}

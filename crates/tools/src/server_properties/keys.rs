//! Which keys there are, and what becomes of each.

use millstream_cluster::config::BROKER_CONFIGS;

/// Keys of Kafka 4.3 that it shows to nobody, one a line.
const INTERNAL: &str = include_str!("kafka_4_3_internal_keys.txt");
/// Keys that only versions before 4.0 had.
const BEFORE_4_0: &str = include_str!("keys_before_4_0.txt");

/// Keys that the file's reader itself understands.
const READ: [&str; 15] = [
    "advertised.listeners",
    "broker.id",
    "controller.listener.names",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "listeners",
    "log.dir",
    "log.dirs",
    "metadata.log.dir",
    "millstream.console.listener",
    "millstream.spark.listener",
    "node.id",
    "process.roles",
];

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// It is read here.
    Read,
    /// The broker may take it.
    Broker,
    /// It belongs to ZooKeeper.
    ZooKeeper,
    /// Nobody knows it.
    Unknown,
}

/// What becomes of this key.
pub(super) fn of(key: &str) -> Key {
    // Settings of one listener, and of what a user plugs in, carry names of the user's own.
    let own = ["listener.name.", "config.providers.", "ssl.", "sasl."];
    match key {
        _ if READ.contains(&key) => Key::Read,
        _ if key.starts_with("zookeeper.") => Key::ZooKeeper,
        _ if names().any(|name| name == key) => Key::Broker,
        _ if has(INTERNAL, key) || has(BEFORE_4_0, key) => Key::Broker,
        _ if own.iter().any(|beginning| key.starts_with(beginning)) => Key::Broker,
        _ => Key::Unknown,
    }
}

/// The key that was probably meant.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    crate::nearest::nearest(key, names().chain(READ))
}

/// The broker configs that can be asked for.
fn names() -> impl Iterator<Item = &'static str> {
    BROKER_CONFIGS.iter().map(|config| config.name)
}

fn has(keys: &str, key: &str) -> bool {
    keys.lines().any(|line| line == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_kafka_has_its_place() {
        let place = |key: &str| of(key);
        assert_eq!(names().filter(|key| place(key) == Key::Unknown).count(), 0);
        assert_eq!(place("log.initial.task.delay.ms"), Key::Broker);
        assert_eq!(place("log.retention.hours"), Key::Broker);
        assert_eq!(place("listener.name.external.ssl.keystore.location"), Key::Broker);
        assert_eq!(place("zookeeper.connect"), Key::ZooKeeper);
        assert_eq!(place("log.retentoin.hours"), Key::Unknown);
        assert_eq!(nearest("log.retentoin.hours"), Some("log.retention.hours"));
    }
}

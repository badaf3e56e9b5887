//! Which keys there are, and what becomes of each.

/// All keys of Kafka 4.3, one a line.
const KAFKA_4_3: &str = include_str!("kafka_4_3_keys.txt");
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

/// Keys without which the server would be less safe than the file says, and what they ask for.
const REFUSED: [(&str, &str); 4] = [
    ("alter.config.policy.class.name", "a policy over changes of settings"),
    ("authorizer.class.name", "authorization"),
    ("create.topic.policy.class.name", "a policy over new topics"),
    ("security.inter.broker.protocol", "encryption or authentication"),
];

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// It is read here.
    Read,
    /// The broker may take it.
    Broker,
    /// It must not be ignored.
    Refused(&'static str),
    /// It belongs to ZooKeeper.
    ZooKeeper,
    /// Nobody knows it.
    Unknown,
}

/// What becomes of this key.
pub(super) fn of(key: &str) -> Key {
    let refused = REFUSED.iter().find(|(name, _)| *name == key);
    match refused {
        Some((_, what)) => Key::Refused(what),
        None if READ.contains(&key) => Key::Read,
        None if key.starts_with("zookeeper.") => Key::ZooKeeper,
        None if has(KAFKA_4_3, key) || has(BEFORE_4_0, key) => Key::Broker,
        // Settings of one listener, and of what a user plugs in, carry names of the user's own.
        None if ["listener.name.", "config.providers.", "ssl.", "sasl."]
            .iter()
            .any(|p| key.starts_with(p)) =>
        {
            Key::Broker
        }
        None => Key::Unknown,
    }
}

/// Does the value of a key that must not be ignored ask for anything?
pub(super) fn is_set(key: &str, value: &str) -> bool {
    !(value.is_empty() || (key == "security.inter.broker.protocol" && value == "PLAINTEXT"))
}

/// The key that was probably meant.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    crate::nearest::nearest(key, KAFKA_4_3.lines().chain(READ))
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
        assert_eq!(KAFKA_4_3.lines().filter(|key| place(key) == Key::Unknown).count(), 0);
        assert_eq!(place("log.retention.hours"), Key::Broker);
        assert_eq!(place("listener.name.external.ssl.keystore.location"), Key::Broker);
        assert_eq!(place("zookeeper.connect"), Key::ZooKeeper);
        assert_eq!(place("log.retentoin.hours"), Key::Unknown);
        assert_eq!(nearest("log.retentoin.hours"), Some("log.retention.hours"));
    }
}

//! The order in which DescribeConfigs lists configs: that of Kafka's hash table.
//!
//! Kafka answers in the order of the table that it keeps them in, which is the same in every broker of a release. Clients
//! that keep the answer's order show it to their users, and some tests take the first of a topic's for a known one.

use super::EffectiveConfig;

/// Names that stand before others of their bucket, although the alphabet has them later: Kafka defines them earlier.
const DEFINED_EARLIER: &[&str] = &[
    "segment.bytes",
    "retention.ms",
    "flush.messages",
    "max.compaction.lag.ms",
    "retention.bytes",
    "remote.log.metadata.manager.listener.name",
    "group.consumer.max.session.timeout.ms",
    "num.recovery.threads.per.data.dir",
    "ssl.keystore.type",
    "metadata.log.segment.bytes",
    "fetch.purgatory.purge.interval.requests",
    "group.streams.num.standby.replicas",
    "remote.log.manager.fetch.max.bytes.per.second",
    "remote.log.manager.copy.quota.window.size.seconds",
    "sasl.oauthbearer.scope",
    "group.consumer.max.size",
    "max.connections",
    "remote.fetch.max.wait.ms",
    "transaction.partition.verification.enable",
    "replica.fetch.response.max.bytes",
    "group.max.session.timeout.ms",
    "early.start.listeners",
    "log.message.timestamp.before.max.ms",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms",
    "log.cleaner.min.cleanable.ratio",
    "ssl.keystore.key",
    "remote.log.storage.manager.class.name",
    "socket.receive.buffer.bytes",
    "replica.fetch.min.bytes",
    "producer.purgatory.purge.interval.requests",
    "group.share.max.assignment.interval.ms",
    "num.io.threads",
    "sasl.mechanism.controller.protocol",
    "share.fetch.purgatory.purge.interval.requests",
    "log.cleaner.enable",
    "transaction.state.log.min.isr",
    "remote.log.metadata.manager.impl.prefix",
    "replica.fetch.backoff.ms",
    "socket.connection.setup.timeout.ms",
    "remote.log.manager.expiration.thread.pool.size",
    "ssl.keymanager.algorithm",
    "share.coordinator.threads",
    "metadata.log.max.snapshot.interval.ms",
    "compression.lz4.level",
    "log.roll.hours",
    "remote.log.metadata.manager.class.path",
    "group.share.max.size",
    "metadata.log.dir",
    "process.roles",
    "broker.id",
    "max.request.partition.size.limit",
    "offsets.topic.compression.codec",
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms",
];

/// Puts the configs of a topic in the order of Kafka's answer.
pub fn in_topics_order(configs: Vec<EffectiveConfig>) -> Vec<EffectiveConfig> {
    in_order(configs, 64)
}

/// Puts the configs of a broker in the order of Kafka's answer; those that Kafka does not have stand where it would have them.
pub fn in_brokers_order(configs: Vec<EffectiveConfig>) -> Vec<EffectiveConfig> {
    in_order(configs, 512)
}

/// Puts the configs of a group in the order of Kafka's answer, which has 17 of them.
pub fn in_groups_order(configs: Vec<EffectiveConfig>) -> Vec<EffectiveConfig> {
    in_order(configs, 32)
}

/// Sorts as a table of `buckets` does: a power of two which Kafka's configs fill to less than three quarters.
fn in_order(mut configs: Vec<EffectiveConfig>, buckets: u32) -> Vec<EffectiveConfig> {
    configs.sort_by_cached_key(|config| {
        let earlier = DEFINED_EARLIER.iter().position(|name| *name == config.name);
        (hash(&config.name) % buckets, earlier.unwrap_or(DEFINED_EARLIER.len()), config.name.clone())
    });
    configs
}

/// Java's hash of a string, as its hash table spreads it.
fn hash(name: &str) -> u32 {
    let hash = name.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{broker_configs, group_configs, topic_configs};
    use super::*;
    use crate::Image;

    fn names(configs: Vec<EffectiveConfig>) -> Vec<String> {
        configs.into_iter().map(|config| config.name).collect()
    }

    #[test]
    fn a_topics_configs_come_as_from_apache_kafka_4_3() {
        let configs = names(in_topics_order(topic_configs(&Image::default(), "t", 1, &BTreeMap::new())));
        assert_eq!(configs.join(" "), TOPIC);
    }

    #[test]
    fn a_groups_and_a_brokers_too() {
        let configs = names(in_groups_order(group_configs(&Image::default(), "g", 1, &BTreeMap::new())));
        assert_eq!(configs.join(" "), GROUP);
        let configs = names(in_brokers_order(broker_configs(&Image::default(), 1, &BTreeMap::new())));
        let kafkas: Vec<_> = configs.into_iter().filter(|name| name != "socket.stall.timeout.ms").collect();
        assert!(kafkas.join(" ").starts_with(BROKER), "{kafkas:?}");
    }

    const TOPIC: &str = "compression.type remote.log.delete.on.disable leader.replication.throttled.replicas \
        remote.storage.enable min.insync.replicas segment.jitter.ms remote.log.copy.disable \
        local.retention.ms cleanup.policy flush.ms follower.replication.throttled.replicas \
        compression.lz4.level segment.bytes retention.ms compression.gzip.level flush.messages \
        compression.zstd.level max.compaction.lag.ms file.delete.delay.ms max.message.bytes \
        min.compaction.lag.ms message.timestamp.type local.retention.bytes preallocate index.interval.bytes \
        min.cleanable.dirty.ratio unclean.leader.election.enable retention.bytes delete.retention.ms \
        message.timestamp.after.max.ms message.timestamp.before.max.ms segment.ms segment.index.bytes";
    const GROUP: &str =
        "consumer.session.timeout.ms consumer.assignment.interval.ms consumer.heartbeat.interval.ms";
    const BROKER: &str = "log.cleaner.min.compaction.lag.ms offsets.topic.num.partitions \
        sasl.oauthbearer.jwks.endpoint.refresh.ms remote.log.metadata.manager.listener.name \
        log.flush.interval.messages controller.socket.timeout.ms log.flush.interval.ms \
        principal.builder.class controller.quorum.request.timeout.ms min.insync.replicas \
        sasl.oauthbearer.expected.audience remote.log.manager.thread.pool.size \
        group.consumer.max.session.timeout.ms num.recovery.threads.per.data.dir ssl.keystore.type \
        sasl.oauthbearer.assertion.private.key.file share.coordinator.state.topic.replication.factor \
        controller.quorum.bootstrap.servers sasl.mechanism.inter.broker.protocol metadata.log.segment.bytes \
        fetch.purgatory.purge.interval.requests group.streams.num.standby.replicas \
        group.share.record.lock.duration.ms ssl.endpoint.identification.algorithm replica.socket.timeout.ms \
        message.max.bytes share.coordinator.state.topic.segment.bytes \
        remote.log.manager.fetch.max.bytes.per.second group.share.session.timeout.ms \
        max.connection.creation.rate sasl.oauthbearer.assertion.claim.exp.seconds connections.max.reauth.ms \
        share.coordinator.state.topic.min.isr remote.log.manager.copy.quota.window.size.seconds \
        log.flush.offset.checkpoint.interval.ms sasl.oauthbearer.assertion.claim.aud quota.window.num \
        sasl.oauthbearer.clock.skew.seconds group.share.min.assignment.interval.ms \
        group.consumer.min.session.timeout.ms";
}

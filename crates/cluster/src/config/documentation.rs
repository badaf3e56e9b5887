//! What a config does here, in a sentence, for DescribeConfigs. Configs that Kafka has and that change nothing here are
//! kept, so that programs that set them run, and say so.

use super::{ConfigDefinition, TOPIC_CONFIGS};

/// The beginning of what is said of a config that changes nothing here.
pub(super) const NO_EFFECT: &str = "Kept, without effect here: ";

const ONE_REPLICA: &str = "every partition has one replica.";
const NO_TIERS: &str = "there is no remote storage.";
const CODEC_DEFAULTS: &str = "records that are compressed anew take the codec's default level.";

#[rustfmt::skip]
const TOPICS: &[(&str, &str)] = &[
    ("cleanup.policy", "What happens to old segments: delete lets them go by retention.ms and retention.bytes; compact keeps the newest record of each key, and wants keys."),
    ("compression.type", "The codec that batches are stored in; producer keeps the one they come in."),
    ("delete.retention.ms", "How long compaction keeps the mark of a deleted key, and of an ended transaction."),
    ("file.delete.delay.ms", "How long the files of a segment that went stay, renamed to .deleted, before they are removed."),
    ("flush.messages", "1: a record is acknowledged when it is on disk. More: when the page cache has it, with a sync after so many records."),
    ("index.interval.bytes", "Bytes of log between two entries of the indexes."),
    ("max.compaction.lag.ms", "A record is compacted after this long at the latest."),
    ("max.message.bytes", "The largest record batch that is taken, in bytes."),
    ("message.timestamp.after.max.ms", "How far a record's timestamp may be ahead of the broker's clock."),
    ("message.timestamp.before.max.ms", "How far a record's timestamp may be behind the broker's clock."),
    ("message.timestamp.type", "CreateTime keeps the producer's timestamps, LogAppendTime puts the broker's in their place."),
    ("min.cleanable.dirty.ratio", "A compacted partition is cleaned when this share of it was written since the last time."),
    ("min.compaction.lag.ms", "A record is not compacted before it is this old."),
    ("retention.bytes", "The oldest segments go while a partition is at least this large without them; -1: no limit."),
    ("retention.ms", "A segment goes when its newest record is older than this; -1: never."),
    ("segment.bytes", "A new segment is begun before one grows beyond this."),
    ("segment.index.bytes", "A new segment is begun when an index has grown to this."),
    ("segment.jitter.ms", "Segments are rolled up to this much earlier than segment.ms, each by another part of it."),
    ("segment.ms", "A new segment is begun by a record that is this much younger than the segment's first."),
];

#[rustfmt::skip]
const TOPICS_WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("compression.gzip.level", CODEC_DEFAULTS),
    ("compression.lz4.level", CODEC_DEFAULTS),
    ("compression.zstd.level", CODEC_DEFAULTS),
    ("flush.ms", "with flush.messages=1 every acknowledged record is on disk."),
    ("follower.replication.throttled.replicas", ONE_REPLICA),
    ("leader.replication.throttled.replicas", ONE_REPLICA),
    ("local.retention.bytes", NO_TIERS),
    ("local.retention.ms", NO_TIERS),
    ("min.insync.replicas", ONE_REPLICA),
    ("preallocate", "segments grow as they are written."),
    ("remote.log.copy.disable", NO_TIERS),
    ("remote.log.delete.on.disable", NO_TIERS),
    ("remote.storage.enable", NO_TIERS),
    ("unclean.leader.election.enable", ONE_REPLICA),
];

#[rustfmt::skip]
const BROKERS: &[(&str, &str)] = &[
    ("advertised.listeners", "The address that clients are told; without it the one that they have dialled."),
    ("auto.create.topics.enable", "A topic that somebody asks for is made."),
    ("connections.max.idle.ms", "A connection that is silent for this long is closed."),
    ("delete.topic.enable", "Topics can be deleted."),
    ("fetch.max.bytes", "Bytes of records in one answer to a fetch, about."),
    ("group.initial.rebalance.delay.ms", "How long the first rebalance of a group waits for more members."),
    ("group.max.session.timeout.ms", "The longest session timeout that a member may ask for."),
    ("group.max.size", "Members of one group."),
    ("group.consumer.assignment.interval.ms", "The least time between two assignments of a consumer group; 0: none."),
    ("group.consumer.assignors", "The assignors that members of consumer groups may ask for; the first one is the default."),
    ("group.consumer.heartbeat.interval.ms", "How often members of consumer groups send heartbeats."),
    ("group.consumer.max.assignment.interval.ms", "The most that a group may set consumer.assignment.interval.ms to."),
    ("group.consumer.max.heartbeat.interval.ms", "The most that a group may set consumer.heartbeat.interval.ms to."),
    ("group.consumer.max.session.timeout.ms", "The most that a group may set consumer.session.timeout.ms to."),
    ("group.consumer.max.size", "Members that a consumer group may have."),
    ("group.consumer.migration.policy", "Whether groups pass from the classic protocol to the new one (upgrade), back (downgrade), both or neither."),
    ("group.consumer.min.assignment.interval.ms", "The least that a group may set consumer.assignment.interval.ms to."),
    ("group.consumer.min.heartbeat.interval.ms", "The least that a group may set consumer.heartbeat.interval.ms to."),
    ("group.consumer.min.session.timeout.ms", "The least that a group may set consumer.session.timeout.ms to."),
    ("group.consumer.regex.refresh.interval.ms", "How often the topics of regular expressions are looked up when no topic was created."),
    ("group.consumer.session.timeout.ms", "How long a member of a consumer group may be silent before it is out."),
    ("group.min.session.timeout.ms", "The shortest session timeout that a member may ask for."),
    ("listeners", "Where the Kafka door listens."),
    ("log.cleaner.backoff.ms", "How often the cleaner looks for something to compact."),
    ("log.cleaner.dedupe.buffer.size", "Memory for the keys of one round of compaction."),
    ("log.cleaner.io.max.bytes.per.second", "Bytes that compaction reads in a second at most."),
    ("log.dirs", "The directory with Kafka's files."),
    ("log.retention.check.interval.ms", "How often old segments are looked for."),
    ("max.connections", "Open connections."),
    ("max.connections.per.ip", "Open connections from one address."),
    ("max.incremental.fetch.session.cache.slots", "Fetch sessions that are kept; a client without one sends whole requests."),
    ("node.id", "This broker's id."),
    ("num.partitions", "Partitions of a topic that does not say how many."),
    ("offset.metadata.max.bytes", "Bytes of the note beside a committed offset."),
    ("offsets.retention.check.interval.ms", "How often old committed offsets are looked for."),
    ("offsets.retention.minutes", "Committed offsets that nobody renews for this long are forgotten."),
    ("offsets.topic.num.partitions", "Partitions of __consumer_offsets."),
    ("process.roles", "Broker and controller are one process."),
    ("producer.id.expiration.ms", "An idempotent producer that is silent for this long is forgotten."),
    ("queued.max.request.bytes", "Memory for requests and answers in flight."),
    ("socket.request.max.bytes", "A longer request closes its connection."),
    ("transaction.max.timeout.ms", "A producer that asks for more time for its transactions is refused."),
    ("transaction.partition.verification.enable", "Whether the coordinator is asked before an old client's transaction reaches a partition."),
    ("transaction.remove.expired.transaction.cleanup.interval.ms", "How often transactional ids that nobody uses are looked for."),
    ("transaction.state.log.num.partitions", "Partitions of __transaction_state when it is made."),
    ("transactional.id.expiration.ms", "A transactional id that nobody has used for this long is forgotten."),
];

/// What is said of a topic's config.
pub(super) fn of_topic(name: &str) -> Option<String> {
    let found = |table: &[(&str, &'static str)]| {
        table.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    };
    let without_effect = || found(TOPICS_WITHOUT_EFFECT).map(|why| format!("{NO_EFFECT}{why}"));
    found(TOPICS).map(str::to_owned).or_else(without_effect)
}

/// What is said of a group's config.
pub(super) fn of_group(config: &ConfigDefinition) -> Option<String> {
    of_broker(config.synonyms.first()?.name)
}

/// What is said of a broker's config.
pub(super) fn of_broker(name: &str) -> Option<String> {
    let stands_for = |config: &&ConfigDefinition| config.synonyms.iter().any(|synonym| synonym.name == name);
    if let Some(topic) = TOPIC_CONFIGS.iter().find(stands_for) {
        let text = of_topic(topic.name)?;
        return Some(format!("{} of topics that do not set it. {text}", topic.name));
    }
    let known = BROKERS.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    let why = match name {
        name if name.starts_with("remote.") => NO_TIERS,
        name if name.ends_with(".threads") || name.starts_with("num.re") => {
            "threads are as many as there is work for."
        }
        "max.connection.creation.rate" | "max.connections.per.ip.overrides" => "this limit is not there yet.",
        name if name.contains("share") || name.contains("streams") => "there are no such groups yet.",
        name if name.contains("buffer") => "buffers are as large as what lies in them.",
        _ => "one broker needs no such setting.",
    };
    Some(known.unwrap_or_else(|| format!("{NO_EFFECT}{why}")))
}

#[cfg(test)]
mod tests {
    use super::super::BROKER_CONFIGS;
    use super::*;

    #[test]
    fn every_config_says_what_it_does() {
        for config in TOPIC_CONFIGS {
            assert!(of_topic(config.name).is_some(), "{}", config.name);
        }
        for config in BROKER_CONFIGS {
            assert!(of_broker(config.name).is_some(), "{}", config.name);
        }
        let tables = [TOPICS, TOPICS_WITHOUT_EFFECT].concat();
        assert_eq!(tables.len(), TOPIC_CONFIGS.len(), "a config that is not there, or in two tables");
        for (name, _) in BROKERS {
            assert!(BROKER_CONFIGS.iter().any(|config| config.name == *name), "{name}");
        }
        let text = of_broker("log.retention.hours").unwrap();
        assert!(text.starts_with("retention.ms of topics that do not set it. A segment goes"), "{text}");
    }
}

//! What a config does here, in a sentence, for DescribeConfigs. Configs that Kafka has and that change nothing here are
//! kept, so that programs that set them run, and say so.

use super::{ConfigDefinition, TOPIC_CONFIGS, broker_documentation};

/// The beginning of what is said of a config that changes nothing here.
pub(super) const NO_EFFECT: &str = "Kept, without effect here: ";

pub(super) const ONE_REPLICA: &str = "every partition has one replica.";
pub(super) const NO_TIERS: &str = "there is no remote storage.";
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
    broker_documentation::of(name)
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
        let text = of_broker("log.retention.hours").unwrap();
        assert!(text.starts_with("retention.ms of topics that do not set it. A segment goes"), "{text}");
    }
}

//! Directories as `kafka-storage format` makes them: with the quorum in the log or in the configuration.

use millstream_log::disk::SimDisk;

use super::{DIR, endpoint, open, topic};
use crate::controller::{FeatureUpdate, UpgradeType};
use crate::{ConfigResource, Format, Image, Metadata, Topic, format_directory, initial_features};

fn formatted(has_dynamic_quorum: bool, features: Vec<(String, i16)>) -> SimDisk {
    let disk = SimDisk::new();
    let format = Format { node_id: 1, cluster_id: "lab".to_owned(), has_dynamic_quorum, features };
    format_directory(&disk, DIR.as_ref(), &format).unwrap();
    disk
}

fn upgrade(level: i16) -> FeatureUpdate {
    FeatureUpdate { feature: "kraft.version".to_owned(), level, upgrade_type: UpgradeType::Upgrade }
}

#[test]
fn the_quorum_is_in_the_log_or_not() {
    for (has_dynamic_quorum, level) in [(true, 1), (false, 0)] {
        let disk = formatted(has_dynamic_quorum, initial_features());
        for _ in 0..2 {
            let metadata = open(&disk);
            assert_eq!(metadata.image().kraft_version(), level);
            assert_eq!(metadata.quorum().directory_id.is_zero(), level == 0);
        }
    }
}

#[test]
fn a_quorum_of_the_configuration_comes_into_the_log() {
    let disk = formatted(false, initial_features());
    let mut metadata = open(&disk);
    metadata.update_features(&[upgrade(1)], true).unwrap().unwrap();
    assert_eq!(metadata.image().kraft_version(), 0);
    metadata.update_features(&[upgrade(1)], false).unwrap().unwrap();
    assert_eq!(metadata.image().kraft_version(), 1);
    metadata.update_features(&[upgrade(0)], false).unwrap().unwrap_err();
    drop(metadata);
    let metadata = open(&disk);
    assert_eq!(metadata.image().kraft_version(), 1);
    assert!(!metadata.quorum().directory_id.is_zero());
}

#[test]
fn a_cluster_begins_with_the_features_of_its_format() {
    let features = vec![("metadata.version".to_owned(), 30), ("transaction.version".to_owned(), 1)];
    let disk = formatted(true, features.clone());
    let image = open(&disk).image();
    assert_eq!(image.features().clone(), features.into_iter().collect());
    // Without eligible leader replicas nothing is set for all brokers.
    assert!(image.configs(&crate::ConfigResource::Broker(None)).is_none());
}

/// What the records of a level cannot hold is not in the image either, so that a restart finds the same.
#[test]
fn a_restart_finds_the_same_at_every_level() {
    for level in 7..=30 {
        let disk = formatted(true, vec![("metadata.version".to_owned(), level)]);
        let mut metadata = open(&disk);
        metadata.register_broker(&[endpoint()], true).unwrap();
        let created = metadata.create_topics(&[topic("clicks")], false).unwrap().remove(0);
        assert_eq!(created.is_ok(), level < 30, "cordoned directories are known from 4.3 on");
        metadata.allocate_producer_ids().unwrap().unwrap();
        let before = metadata.image();
        drop(metadata);
        let after = open(&disk).image();
        let parts = |image: &Image| {
            let brokers: Vec<_> = image.brokers().cloned().collect();
            let topics: Vec<_> = image.topics().map(|topic| Topic::clone(topic)).collect();
            (brokers, topics, image.features().clone(), image.next_producer_id())
        };
        assert_eq!(parts(&after), parts(&before), "level {level}");
        let broker = before.broker(1).unwrap();
        assert_eq!((broker.log_dirs.len(), broker.is_cordoned()), (usize::from(level >= 17), level >= 30));
        let directories = before.topic("clicks").map(|topic| topic.partitions[&0].directories.len());
        assert!(directories.is_none_or(|count| count == usize::from(level >= 17)), "level {level}");
    }
}

#[test]
fn what_a_level_could_not_hold_is_told_when_it_rises() {
    let disk = formatted(true, vec![("metadata.version".to_owned(), 7)]);
    let mut metadata = open(&disk);
    metadata.register_broker(&[endpoint()], true).unwrap();
    metadata.create_topics(&[topic("clicks")], false).unwrap().remove(0).unwrap();
    let to = |name: &str, level| FeatureUpdate {
        feature: name.to_owned(),
        level,
        upgrade_type: UpgradeType::Upgrade,
    };
    let told = |metadata: &Metadata| {
        let image = metadata.image();
        let broker = image.broker(1).unwrap();
        let partition = &image.topic("clicks").unwrap().partitions[&0];
        (broker.log_dirs.len(), broker.is_cordoned(), partition.directories.len())
    };
    for (level, expected) in [(16, (0, false, 0)), (17, (1, false, 0)), (30, (1, true, 0))] {
        metadata.update_features(&[to("metadata.version", level)], false).unwrap().unwrap();
        assert_eq!(told(&metadata), expected, "level {level}");
    }
    metadata.update_features(&[to("eligible.leader.replicas.version", 1)], false).unwrap().unwrap();
    let image = metadata.image();
    assert!(image.configs(&ConfigResource::Broker(None)).unwrap().contains_key("min.insync.replicas"));
    drop(metadata);
    let mut metadata = open(&disk);
    assert_eq!(told(&metadata), (1, true, 0));
    metadata.register_broker(&[endpoint()], false).unwrap();
    assert_eq!(told(&metadata), (1, false, 1), "a start places what has no directory yet");
}

//! Directories as `kafka-storage format` makes them: with the quorum in the log or in the configuration.

use millstream_log::disk::SimDisk;

use super::{DIR, open};
use crate::controller::{FeatureUpdate, UpgradeType};
use crate::{Format, format_directory, initial_features};

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

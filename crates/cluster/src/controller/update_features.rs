//! UpdateFeatures: the levels of features, all changes or none.
//!
//! Kafka's rules: a level must be supported here, may only rise unless a downgrade is asked for, and
//! `metadata.version` does not go back behind a change of the records. `kraft.version` is the metadata log's own
//! matter: it may rise, and who asked writes it down.

use std::collections::BTreeMap;

use millstream_wire::metadata::{FeatureLevelRecord, MetadataRecord};

use super::register_broker::completed;
use super::{ControllerError, Decision, FeatureUpdate, Node, UpgradeType, elr};
use crate::Image;
use crate::format::{ELR_VERSION, KRAFT_VERSION, METADATA_VERSION, SUPPORTED_FEATURES};
use crate::level::MetadataLevel;

/// The levels of `metadata.version` that changed what the records hold.
const CHANGES_OF_RECORDS: [i16; 9] = [7, 8, 11, 13, 14, 15, 17, 23, 30];

/// Feature, the level from which it wants another, and that one's feature and level.
const DEPENDENCIES: [(&str, i16, &str, i16); 1] = [(ELR_VERSION, 1, METADATA_VERSION, 23)];

/// Decides on all updates together; of a feature that is named twice, the last counts.
pub(crate) fn update_features(
    image: &Image,
    node: Node,
    updates: &[FeatureUpdate],
) -> Decision<Result<(), ControllerError>> {
    let asked: BTreeMap<&str, &FeatureUpdate> =
        updates.iter().map(|update| (update.feature.as_str(), update)).collect();
    let mut levels: BTreeMap<&str, i16> =
        image.features().iter().map(|(name, level)| (name.as_str(), *level)).collect();
    levels.insert(KRAFT_VERSION, image.kraft_version());
    let current = levels.clone();
    levels.extend(asked.iter().map(|(name, update)| (*name, update.level)));
    let mut records = Vec::new();
    if asked.get(ELR_VERSION).is_some_and(|update| update.level > 0) {
        records.extend(elr::safety_records(image));
    }
    for (name, update) in asked {
        let level = current.get(name).copied().unwrap_or(0);
        let invalid = |why| format!("Invalid update version {} for feature {name}. {why}", update.level);
        let checked = check(node, update, level, &levels).map_err(invalid);
        if let Err(error) = checked.and_then(|()| check_metadata_downgrade(level, update)) {
            return Decision {
                records: Vec::new(),
                answer: Err(ControllerError::InvalidUpdateVersion(error)),
            };
        }
        if name != KRAFT_VERSION && update.level != level {
            let record = FeatureLevelRecord { name: name.into(), feature_level: update.level };
            records.push(MetadataRecord::FeatureLevel(record));
        }
        if name == METADATA_VERSION {
            records.extend(completed(image, node, MetadataLevel::new(update.level)));
        }
    }
    Decision { records, answer: Ok(()) }
}

fn check(
    node: Node,
    update: &FeatureUpdate,
    current: i16,
    levels: &BTreeMap<&str, i16>,
) -> Result<(), String> {
    let FeatureUpdate { feature, level, upgrade_type } = update;
    if *upgrade_type == UpgradeType::Unknown {
        return Err("The controller does not support the given upgrade type.".to_owned());
    }
    if *level < 0 {
        return Err("A feature version cannot be less than 0.".to_owned());
    }
    let Some((_, min, max)) = SUPPORTED_FEATURES.iter().find(|(name, _, _)| name == feature) else {
        return if *level == 0 {
            Err(format!("Feature {feature} not found."))
        } else {
            Err(not_supported(node, "does not support this feature."))
        };
    };
    if !(min..=max).contains(&level) {
        return Err(not_supported(node, &format!("only supports versions {min}-{max}")));
    }
    if *level < current && *upgrade_type == UpgradeType::Upgrade {
        let way_out = "without setting the upgrade type to either safe or unsafe downgrade.";
        return Err(format!("Can't downgrade the version of this feature {way_out}"));
    }
    if *level > current && *upgrade_type != UpgradeType::Upgrade {
        return Err("Can't downgrade to a newer version.".to_owned());
    }
    match feature.as_str() {
        METADATA_VERSION => Ok(()),
        KRAFT_VERSION if *level < current => Err("Can't downgrade the version of this feature.".to_owned()),
        KRAFT_VERSION => Ok(()),
        _ => check_dependencies(feature, *level, levels),
    }
}

fn not_supported(node: Node, what: &str) -> String {
    format!("Local controller {} {what}", node.id)
}

fn check_metadata_downgrade(current: i16, update: &FeatureUpdate) -> Result<(), String> {
    let FeatureUpdate { feature, level, upgrade_type } = update;
    if feature != METADATA_VERSION {
        return Ok(());
    }
    let (level, upgrade_type) = (*level, *upgrade_type);
    if level >= current || !CHANGES_OF_RECORDS.iter().any(|changed| level < *changed && *changed <= current) {
        return Ok(());
    }
    let why = if upgrade_type == UpgradeType::UnsafeDowngrade {
        "Unsafe metadata downgrade is not supported in this version."
    } else {
        "Refusing to perform the requested downgrade because it might delete metadata information."
    };
    Err(format!("Unsupported metadata.version downgrade from {current} to {level}. {why}"))
}

fn check_dependencies(feature: &str, level: i16, levels: &BTreeMap<&str, i16>) -> Result<(), String> {
    for (name, from, needed, at_least) in DEPENDENCIES {
        if name == feature && level >= from && levels.get(needed).is_none_or(|have| *have < at_least) {
            let needed = format!("{needed} level {at_least}");
            return Err(format!("{feature} could not be set to {level} because it depends on {needed}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Image {
        let mut image = Image::default();
        image.set_kraft_version(1);
        for (name, level) in [(METADATA_VERSION, 30), ("group.version", 1), ("transaction.version", 2)] {
            let record = FeatureLevelRecord { name: name.into(), feature_level: level };
            image.apply(&MetadataRecord::FeatureLevel(record)).unwrap();
        }
        image
    }

    fn decide(updates: &[(&str, i16, UpgradeType)]) -> Result<usize, String> {
        let update = |(feature, level, upgrade_type): &(&str, i16, UpgradeType)| FeatureUpdate {
            feature: (*feature).to_owned(),
            level: *level,
            upgrade_type: *upgrade_type,
        };
        let updates: Vec<_> = updates.iter().map(update).collect();
        let node = Node::new(1, millstream_wire::Uuid::ZERO);
        let decision = update_features(&image(), node, &updates);
        let count = decision.records.len();
        decision.answer.map(|()| count).map_err(|error| error.to_string())
    }

    #[test]
    fn levels_that_can_be_had_and_that_cannot() {
        use UpgradeType::{SafeDowngrade, Unknown, UnsafeDowngrade, Upgrade};
        for (name, level, upgrade_type, expected) in [
            ("group.version", 1, Upgrade, Ok(0)),
            ("group.version", 0, SafeDowngrade, Ok(1)),
            ("group.version", 0, Upgrade, Err("without setting the upgrade type")),
            ("group.version", 2, Upgrade, Err("Local controller 1 only supports versions 0-1")),
            ("group.version", -1, Upgrade, Err("cannot be less than 0")),
            ("group.version", 1, Unknown, Err("does not support the given upgrade type")),
            ("eligible.leader.replicas.version", 1, Upgrade, Ok(2)),
            ("eligible.leader.replicas.version", 1, SafeDowngrade, Err("downgrade to a newer version")),
            ("no.such", 1, Upgrade, Err("Local controller 1 does not support this feature.")),
            (METADATA_VERSION, 30, Upgrade, Ok(0)),
            (METADATA_VERSION, 31, Upgrade, Err("only supports versions 7-30")),
            (METADATA_VERSION, 29, SafeDowngrade, Err("from 30 to 29. Refusing")),
            (METADATA_VERSION, 29, UnsafeDowngrade, Err("from 30 to 29. Unsafe")),
            (KRAFT_VERSION, 1, Upgrade, Ok(0)),
            (KRAFT_VERSION, 0, UnsafeDowngrade, Err("Can't downgrade the version of this feature.")),
        ] {
            let decided = decide(&[(name, level, upgrade_type)]);
            match (decided, expected) {
                (Ok(records), Ok(expected)) => assert_eq!(records, expected, "{name} {level}"),
                (Err(error), Err(expected)) => assert!(error.contains(expected), "{name} {level}: {error}"),
                (decided, _) => panic!("{name} {level} {upgrade_type:?}: {decided:?}"),
            }
        }
    }

    #[test]
    fn one_that_is_wrong_changes_none() {
        let updates =
            [("group.version", 0, UpgradeType::SafeDowngrade), ("no.such", 1, UpgradeType::Upgrade)];
        assert!(decide(&updates).is_err());
    }
}

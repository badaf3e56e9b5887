//! The features that a new cluster begins with, and what `kafka-storage` tells of features.

use std::collections::BTreeMap;

use crate::failure::Failure;
use crate::features::levels::{
    FEATURES, LATEST_LEVEL, METADATA_VERSION, Unknown, default_level, finished_level_of, known_levels,
    needed, needs, release, unknown_release,
};
use crate::features::name_and_level;
use crate::output::Output;

const KRAFT_VERSION: &str = "kraft.version";

/// The features that a directory is formatted for, by name; without those at level 0, which no record names, and without
/// that of the log itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FirstFeatures {
    /// The level of `metadata.version`.
    metadata: i16,
    others: BTreeMap<&'static str, i16>,
}

impl FirstFeatures {
    /// Those of the release, or of the newest, at other levels where `given` says so.
    pub(super) fn of(
        release_version: Option<&str>,
        given: &[String],
        has_dynamic_quorum: bool,
    ) -> Result<Self, Failure> {
        let release_level = release_version
            .map(|name| finished_level_of(name).ok_or_else(|| unknown_release(name, true)))
            .transpose()?;
        let given = given.iter().map(|text| name_and_level(text));
        let mut given: BTreeMap<&str, i16> = given.collect::<Result<_, _>>()?;
        let metadata = metadata_level(release_level, given.remove(METADATA_VERSION))?;
        if let Some(name) = given.keys().find(|name| FEATURES.iter().all(|(known, _)| known != *name)) {
            let mut known = FEATURES.map(|(name, _)| name);
            known.sort_unstable();
            let known = known.join(", ");
            return Err(Failure::new(format!(
                "Unsupported feature: {name}. Supported features are: {known}"
            )));
        }
        if let Some(level) = given.get(KRAFT_VERSION) {
            check_kraft(*level, has_dynamic_quorum)?;
        }
        let mut others = BTreeMap::new();
        for (name, levels) in FEATURES {
            let default = if name == KRAFT_VERSION { 0 } else { default_level(levels, metadata) };
            others.insert(name, given.get(name).copied().unwrap_or(default));
        }
        others.iter().try_for_each(|(name, level)| check(name, *level, metadata))?;
        others.retain(|name, level| *level > 0 && *name != KRAFT_VERSION);
        Ok(Self { metadata, others })
    }

    /// The release of the records.
    pub(super) fn release(&self) -> &'static str {
        release(self.metadata).unwrap_or_default()
    }

    /// The features in the order of their records.
    pub(super) fn levels(&self) -> Vec<(String, i16)> {
        let others = self.others.iter().map(|(name, level)| ((*name).to_owned(), *level));
        [(METADATA_VERSION.to_owned(), self.metadata)].into_iter().chain(others).collect()
    }
}

fn metadata_level(of_release: Option<i16>, given: Option<i16>) -> Result<i16, Failure> {
    let Some(given) = given else { return Ok(of_release.unwrap_or(LATEST_LEVEL)) };
    if of_release.is_some() {
        return Err(Failure::new(format!(
            "Use --release-version instead of --feature {METADATA_VERSION}=X to avoid ambiguity."
        )));
    }
    match release(given) {
        None => {
            let (oldest, newest) = known_levels();
            Err(Failure::new(format!(
                "No MetadataVersion with feature level {given}. Valid feature levels are from {oldest} to {newest}."
            )))
        }
        Some(name) if given > LATEST_LEVEL => {
            Err(Failure::new(format!("{METADATA_VERSION} {name} is not yet stable.")))
        }
        Some(_) => Ok(given),
    }
}

fn check(name: &str, level: i16, metadata: i16) -> Result<(), Failure> {
    let needed = needed(name, level)
        .map_err(|_| Failure::new(format!("No feature:{name} with feature level {level}")))?;
    match needed.filter(|needed| metadata < *needed) {
        None => Ok(()),
        Some(needed) => Err(Failure::new(format!(
            "{name} could not be set to {level} because it depends on {METADATA_VERSION} level {needed}"
        ))),
    }
}

/// Where the quorum is named settles this level.
fn check_kraft(level: i16, has_dynamic_quorum: bool) -> Result<(), Failure> {
    match (level, has_dynamic_quorum) {
        (0, true) => Err(Failure::new(
            "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags --standalone, \
             --initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, try removing \
             the --feature flag for kraft.version.",
        )),
        (1.., false) => Err(Failure::new(format!(
            "Cannot set kraft.version to {level} unless controller.quorum.voters is empty and one of the flags \
             --standalone, --initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, \
             try using one of --standalone, --initial-controllers, or --no-initial-controllers and removing \
             controller.quorum.voters."
        ))),
        _ => Ok(()),
    }
}

/// The first records, as Kafka's command shows them.
pub(super) fn bootstrap(features: &[(String, i16)]) -> String {
    let record = |(name, level): &(String, i16)| {
        format!("ApiMessageAndVersion(FeatureLevelRecord(name='{name}', featureLevel={level}) at version 0)")
    };
    let records: Vec<_> = features.iter().map(record).collect();
    let level = features.iter().find(|(name, _)| name == METADATA_VERSION).map_or(0, |(_, level)| *level);
    format!(
        "Bootstrap metadata: BootstrapMetadata(records=[{}], metadataVersionLevel={level}, source=format command)",
        records.join(", ")
    )
}

/// Tells what levels of features need.
pub(super) fn dependencies(given: &[String], output: &mut Output) -> Result<(), Failure> {
    for text in given {
        let (name, level) = text.split_once('=').ok_or_else(|| {
            Failure::new(format!(
                "Invalid feature format: {text}. Expected format: 'feature=version' (e.g. 'group.version=1')"
            ))
        })?;
        let (name, level) = (name.trim(), level.trim());
        let number: i16 = level
            .parse()
            .map_err(|_| Failure::new(format!("Invalid version format: {level} for feature {name}")))?;
        let lines = needs(name, number).map_err(|unknown| {
            Failure::new(match unknown {
                Unknown::Release => format!("Unknown {METADATA_VERSION} {number}"),
                Unknown::Feature => format!("Unknown feature: {name}"),
                Unknown::Level => format!("Feature level {number} is not supported for feature {name}"),
            })
        })?;
        lines.iter().try_for_each(|line| output.line(line))?;
    }
    Ok(())
}

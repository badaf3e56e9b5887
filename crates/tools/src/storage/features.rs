//! The features that a new cluster begins with, and what `kafka-storage` tells of features.

use millstream_cluster::initial_features;

use crate::failure::Failure;
use crate::features::levels::{
    FEATURES, METADATA_VERSION, Unknown, level_of, needs, release, unknown_release,
};
use crate::features::name_and_level;
use crate::output::Output;

/// What a directory is formatted for.
pub(super) const RELEASE: &str = "4.3-IV0";

const KRAFT_VERSION: &str = "kraft.version";

/// The features of the first records: those of the release, at other levels where `given` says so.
pub(super) fn first_features(
    release_version: Option<&str>,
    given: &[String],
    has_dynamic_quorum: bool,
) -> Result<Vec<(String, i16)>, Failure> {
    if let Some(name) = release_version {
        let level = level_of(name).ok_or_else(|| unknown_release(name, true))?;
        if release(level) != Some(RELEASE) {
            return Err(Failure::new(format!(
                "--release-version {name}: directories are formatted for {RELEASE}, in whose form this server writes"
            )));
        }
    }
    let mut features = initial_features();
    let given: Vec<_> = given.iter().map(|text| name_and_level(text)).collect::<Result<_, _>>()?;
    if release_version.is_some() && given.iter().any(|(name, _)| *name == METADATA_VERSION) {
        return Err(Failure::new(format!(
            "Use --release-version instead of --feature {METADATA_VERSION}=X to avoid ambiguity."
        )));
    }
    for (name, level) in given {
        check(name, level, has_dynamic_quorum)?;
        if let Some((_, first)) = features.iter_mut().find(|(feature, _)| feature == name) {
            *first = level;
        }
    }
    // Level 0 is that of a feature that no record names.
    features.retain(|(_, level)| *level > 0);
    Ok(features)
}

fn check(name: &str, level: i16, has_dynamic_quorum: bool) -> Result<(), Failure> {
    if name == METADATA_VERSION {
        let is_it = release(level) == Some(RELEASE);
        let why = format!("--feature {name}={level}: directories are formatted for {RELEASE}");
        return if is_it { Ok(()) } else { Err(Failure::new(why)) };
    }
    match needs(name, level) {
        Err(Unknown::Feature | Unknown::Release) => {
            let mut known: Vec<_> = FEATURES.iter().map(|(name, _)| *name).collect();
            known.sort_unstable();
            let known = known.join(", ");
            Err(Failure::new(format!("Unsupported feature: {name}. Supported features are: {known}")))
        }
        Err(Unknown::Level) => Err(Failure::new(format!("No feature:{name} with feature level {level}"))),
        Ok(_) if name == KRAFT_VERSION => check_kraft(level, has_dynamic_quorum),
        Ok(_) => Ok(()),
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

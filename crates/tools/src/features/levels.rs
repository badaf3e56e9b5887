//! The features of Kafka 4.3: their levels, what they need, and which of them a release brings.

use crate::failure::Failure;
use crate::output::Output;

/// The feature that releases of the metadata's format are levels of.
pub(crate) const METADATA_VERSION: &str = "metadata.version";
/// The newest release of the metadata's format that is finished, and its level.
pub(crate) const LATEST: &str = "4.3-IV0";
/// Its level.
pub(crate) const LATEST_LEVEL: i16 = 30;

/// The levels of `metadata.version`, from the oldest that Kafka 4 knows.
const RELEASES: [(i16, &str); 25] = [
    (7, "3.3-IV3"),
    (8, "3.4-IV0"),
    (9, "3.5-IV0"),
    (10, "3.5-IV1"),
    (11, "3.5-IV2"),
    (12, "3.6-IV0"),
    (13, "3.6-IV1"),
    (14, "3.6-IV2"),
    (15, "3.7-IV0"),
    (16, "3.7-IV1"),
    (17, "3.7-IV2"),
    (18, "3.7-IV3"),
    (19, "3.7-IV4"),
    (20, "3.8-IV0"),
    (21, "3.9-IV0"),
    (22, "4.0-IV0"),
    (23, "4.0-IV1"),
    (24, "4.0-IV2"),
    (25, "4.0-IV3"),
    (26, "4.1-IV0"),
    (27, "4.1-IV1"),
    (28, "4.2-IV0"),
    (29, "4.2-IV1"),
    (30, "4.3-IV0"),
    (31, "4.4-IV0"),
];

/// A level of a feature.
#[derive(Debug)]
pub(crate) struct Level {
    /// The level.
    pub(crate) level: i16,
    /// The release that brings it.
    pub(crate) since: i16,
    /// The level of `metadata.version` that it needs, if it needs one.
    pub(crate) needs: Option<i16>,
}

const fn level(level: i16, since: i16) -> Level {
    Level { level, since, needs: None }
}

/// The other features, in Kafka's order.
pub(crate) const FEATURES: [(&str, &[Level]); 6] = [
    ("kraft.version", &[level(0, 7), level(1, 21)]),
    ("transaction.version", &[level(0, 7), level(1, 24), level(2, 24)]),
    ("group.version", &[level(0, 7), level(1, 22)]),
    ("eligible.leader.replicas.version", &[level(0, 7), Level { level: 1, since: 26, needs: Some(23) }]),
    ("share.version", &[level(0, 7), level(1, 28)]),
    ("streams.version", &[level(0, 7), level(1, 29)]),
];

/// The release's name of a level of `metadata.version`.
pub(crate) fn release(level: i16) -> Option<&'static str> {
    RELEASES.iter().find(|(known, _)| *known == level).map(|(_, name)| *name)
}

/// The level of a release: `4.0-IV3`, or `4.0` and `4.0.1` for the newest of it that is finished.
pub(crate) fn level_of(release: &str) -> Option<i16> {
    let parts: Vec<&str> = release.trim_end_matches('.').split('.').collect();
    let short = match parts.as_slice() {
        [major, minor, _, ..] => &format!("{major}.{minor}"),
        _ => release,
    };
    let is_it = |level: i16, name: &str| {
        name == short || (level <= LATEST_LEVEL && name.split('-').next() == Some(short))
    };
    RELEASES.iter().rev().find(|(level, name)| is_it(*level, name)).map(|(level, _)| *level)
}

/// The level of a release that a directory can be formatted for.
pub(crate) fn finished_level_of(release: &str) -> Option<i16> {
    level_of(release).filter(|level| *level <= LATEST_LEVEL)
}

/// The oldest level of `metadata.version` that there is here, and the newest.
pub(crate) fn known_levels() -> (i16, i16) {
    let levels = RELEASES.map(|(level, _)| level);
    (levels.into_iter().min().unwrap_or_default(), levels.into_iter().max().unwrap_or_default())
}

/// Why a release was not found, with those that there are, or those that are finished.
pub(crate) fn unknown_release(name: &str, only_finished: bool) -> Failure {
    let there = RELEASES.iter().filter(|(level, _)| !only_finished || *level <= LATEST_LEVEL);
    let known: Vec<_> = there.map(|(_, name)| *name).collect();
    let known = known.join(", ");
    Failure::new(format!("Unknown metadata.version '{name}'. Supported metadata.version are: {known}"))
}

/// The level of a feature that a release sets.
pub(crate) fn default_level(levels: &[Level], release: i16) -> i16 {
    levels.iter().filter(|level| level.since <= release).map(|level| level.level).max().unwrap_or(0)
}

/// Tells which levels a release sets.
pub(crate) fn mapping(name: &str, output: &mut Output) -> Result<(), Failure> {
    let level = level_of(name).ok_or_else(|| unknown_release(name, false))?;
    output.line(format!("{METADATA_VERSION}={level} ({name})"))?;
    for (feature, levels) in FEATURES {
        output.line(format!("{feature}={}", default_level(levels, level)))?;
    }
    Ok(())
}

/// What of a feature's level is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// There is no such level of `metadata.version`.
    Release,
    /// There is no such feature.
    Feature,
    /// The feature has no such level.
    Level,
}

/// The level of `metadata.version` that a level of another feature needs, if it needs one.
pub(crate) fn needed(feature: &str, level: i16) -> Result<Option<i16>, Unknown> {
    let (_, levels) = FEATURES.iter().find(|(name, _)| *name == feature).ok_or(Unknown::Feature)?;
    levels.iter().find(|known| known.level == level).map(|known| known.needs).ok_or(Unknown::Level)
}

/// What a level of a feature needs, line by line.
pub(crate) fn needs(feature: &str, level: i16) -> Result<Vec<String>, Unknown> {
    if feature == METADATA_VERSION {
        let name = release(level).ok_or(Unknown::Release)?;
        return Ok(vec![format!("{feature}={level} ({name}) has no dependencies.")]);
    }
    Ok(match needed(feature, level)? {
        None => vec![format!("{feature}={level} has no dependencies.")],
        Some(needed) => vec![
            format!("{feature}={level} requires:"),
            format!("    {METADATA_VERSION}={needed} ({})", release(needed).unwrap_or_default()),
        ],
    })
}

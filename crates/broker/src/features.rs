//! The features that ApiVersions tells clients of: those of Kafka 4.3 that work here, at the levels that the metadata
//! has finalized.

use millstream_cluster::{Image, SUPPORTED_FEATURES};
use millstream_wire::messages::api_versions::{
    ApiVersionsResponse, FinalizedFeatureKey, SupportedFeatureKey,
};

/// What works here. A feature that is not listed is in the metadata all the same, so that Apache Kafka starts on the
/// directory, but no client is told of it.
const SERVED: &[&str] = &[
    "eligible.leader.replicas.version",
    "group.version",
    "kraft.version",
    "metadata.version",
    "transaction.version",
];

/// The first version whose clients understand a feature that may be at level 0 (KIP-1022); older ones are not told.
const KNOWS_LEVEL_0_FROM: i16 = 4;

/// Whether the cluster has consumer groups (KIP-848): level 1 of `group.version`.
pub(crate) fn has_consumer_groups(image: &Image) -> bool {
    image.features().get("group.version").is_some_and(|level| *level >= 1)
}

/// Adds the features to the answer.
pub(crate) fn tell(response: &mut ApiVersionsResponse, image: &Image, version: i16) {
    let knows = |min: i16| min > 0 || version >= KNOWS_LEVEL_0_FROM;
    let served = SUPPORTED_FEATURES.iter().filter(|(name, min, _)| SERVED.contains(name) && knows(*min));
    response.supported_features = served
        .map(|(name, min, max)| SupportedFeatureKey {
            name: (*name).into(),
            min_version: *min,
            max_version: *max,
        })
        .collect();
    let finalized = image.features().iter().map(|(name, level)| (name.as_str(), *level));
    // The log's own feature; level 0 is not told of.
    let kraft = Some(("kraft.version", image.kraft_version())).filter(|(_, level)| *level > 0);
    response.finalized_features = finalized
        .filter(|(name, _)| SERVED.contains(name))
        .chain(kraft)
        .map(|(name, level)| FinalizedFeatureKey {
            name: name.into(),
            max_version_level: level,
            min_version_level: level,
        })
        .collect();
    response.finalized_features_epoch = image.offset();
}

//! Making a new data directory, as `kafka-storage format --standalone` of Kafka 4.3 does.
//!
//! `meta.properties` comes last: a directory without it was not finished, and is made again.

use std::path::Path;

use millstream_log::disk::Disk;
use millstream_wire::metadata::{FeatureLevelRecord, MetadataRecord};

use crate::control;
use crate::controller::Node;
use crate::durable_file::{self, named};
use crate::meta_properties::{self, MetaProperties};
use crate::snapshot::{self, Contents};
use crate::{MetadataError, OpenOptions, random_id};

/// The directory of the metadata log.
pub(crate) const LOG_DIR: &str = "__cluster_metadata-0";

/// The features of Kafka 4.3 and their levels (name, lowest, highest), as brokers register them.
pub(crate) const SUPPORTED_FEATURES: &[(&str, i16, i16)] = &[
    ("group.version", 0, 1),
    ("kraft.version", 0, 1),
    (METADATA_VERSION, 7, MAX_METADATA_VERSION),
    ("share.version", 0, 1),
    ("streams.version", 0, 1),
    ("transaction.version", 0, 2),
    ("eligible.leader.replicas.version", 0, 1),
];

/// The feature whose level says how to read the records.
pub(crate) const METADATA_VERSION: &str = "metadata.version";
/// 4.3-IV0.
pub(crate) const MAX_METADATA_VERSION: i16 = 30;

/// The levels that a new cluster starts with, in Kafka's order.
const INITIAL_FEATURES: &[(&str, i16)] = &[
    (METADATA_VERSION, MAX_METADATA_VERSION),
    ("eligible.leader.replicas.version", 1),
    ("group.version", 1),
    ("share.version", 1),
    ("streams.version", 1),
    ("transaction.version", 2),
];

/// What the first leader writes into the empty log.
pub(crate) fn bootstrap_records() -> Vec<MetadataRecord> {
    let record = |(name, level): &(&str, i16)| {
        MetadataRecord::FeatureLevel(FeatureLevelRecord { name: (*name).into(), feature_level: *level })
    };
    INITIAL_FEATURES.iter().map(record).collect()
}

/// The directory's properties; a new directory is made.
pub(crate) fn load_or_format(
    disk: &dyn Disk,
    kafka_dir: &Path,
    options: &OpenOptions,
    now_ms: i64,
) -> Result<MetaProperties, MetadataError> {
    let Some(found) = MetaProperties::load(disk, kafka_dir)? else {
        return format(disk, kafka_dir, options, now_ms);
    };
    if found.node_id != options.node_id {
        let path = kafka_dir.to_path_buf();
        return Err(MetadataError::OtherNode { path, found: found.node_id, asked: options.node_id });
    }
    match &options.cluster_id {
        Some(asked) if *asked != found.cluster_id => Err(MetadataError::OtherCluster {
            path: kafka_dir.to_path_buf(),
            found: found.cluster_id,
            asked: asked.clone(),
        }),
        _ => Ok(found),
    }
}

fn format(
    disk: &dyn Disk,
    kafka_dir: &Path,
    options: &OpenOptions,
    now_ms: i64,
) -> Result<MetaProperties, MetadataError> {
    let log_dir = kafka_dir.join(LOG_DIR);
    disk.create_dir_all(&log_dir).map_err(named(&log_dir))?;
    refuse_foreign(disk, kafka_dir)?;
    let directory_id = random_id().ok_or(MetadataError::NoRandomness)?;
    let cluster_id = match &options.cluster_id {
        Some(cluster_id) => cluster_id.clone(),
        None => random_id().ok_or(MetadataError::NoRandomness)?.to_string(),
    };
    let node = Node { id: options.node_id, directory_id };
    let head = [control::snapshot_header(now_ms)?, control::kraft_version()?, control::voters(node)?];
    let quorum = Contents { epoch: 0, now_ms, head: &head, records: &[] };
    durable_file::replace(disk, &log_dir.join(snapshot::name(0, 0)), &quorum.to_bytes()?)?;
    let head = [control::snapshot_header(0)?];
    let bootstrap = Contents { epoch: 1, now_ms, head: &head, records: &bootstrap_records() };
    durable_file::replace(disk, &kafka_dir.join("bootstrap.checkpoint"), &bootstrap.to_bytes()?)?;
    let properties = MetaProperties { cluster_id, node_id: options.node_id, directory_id };
    properties.store(disk, kafka_dir)?;
    if let Some(parent) = kafka_dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        disk.sync_dir(parent).map_err(named(parent))?;
    }
    Ok(properties)
}

/// Something that is not the start of a data directory must not become one.
fn refuse_foreign(disk: &dyn Disk, kafka_dir: &Path) -> Result<(), MetadataError> {
    let ours = |name: &str| {
        let unfinished = ["bootstrap.checkpoint", LOG_DIR, meta_properties::FILE];
        name.starts_with('.') || name == "lost+found" || unfinished.contains(&name.trim_end_matches(".tmp"))
    };
    let entries = disk.list(kafka_dir).map_err(named(kafka_dir))?;
    match entries.into_iter().find(|entry| !ours(&entry.name)) {
        None => Ok(()),
        Some(entry) => Err(MetadataError::Damaged {
            path: kafka_dir.to_path_buf(),
            detail: format!(
                "it holds '{}' but no {}: take an empty directory, or put the file back",
                entry.name,
                meta_properties::FILE
            ),
        }),
    }
}

//! Making a new data directory, as `kafka-storage format --standalone` of Kafka 4.3 does.
//!
//! `meta.properties` comes last: a directory without it was not finished, and is made again.

use std::path::Path;

use millstream_log::disk::Disk;
use millstream_wire::Uuid;
use millstream_wire::metadata::{FeatureLevelRecord, MetadataRecord};

use crate::control;
use crate::controller::{Node, TopicDefaults};
use crate::durable_file::{self, named};
use crate::meta_properties::{self, MetaProperties};
use crate::metadata::now_ms;
use crate::snapshot::{self, Contents};
use crate::{MetadataError, OpenOptions, random_id};

/// The directory of the metadata log.
pub(crate) const LOG_DIR: &str = "__cluster_metadata-0";

/// What the first leader of a new cluster writes.
const BOOTSTRAP: &str = "bootstrap.checkpoint";

/// The features of Kafka 4.3 and their levels (name, lowest, highest), as brokers register them.
pub const SUPPORTED_FEATURES: &[(&str, i16, i16)] = &[
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

/// Whose directory it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryIdentity {
    /// The cluster that it belongs to.
    pub cluster_id: String,
    /// The node that it belongs to.
    pub node_id: i32,
    /// Its own id.
    pub directory_id: Uuid,
}

impl From<MetaProperties> for DirectoryIdentity {
    fn from(properties: MetaProperties) -> Self {
        let MetaProperties { cluster_id, node_id, directory_id } = properties;
        Self { cluster_id, node_id, directory_id }
    }
}

/// Whose directory this is; `None` if it is not there or not formatted.
///
/// # Errors
/// When `meta.properties` cannot be read or does not hold what it should.
pub fn directory_identity(
    disk: &dyn Disk,
    kafka_dir: &Path,
) -> Result<Option<DirectoryIdentity>, MetadataError> {
    Ok(MetaProperties::load(disk, kafka_dir)?.map(DirectoryIdentity::from))
}

/// Makes the directory of a new cluster. A server must not be running on it.
///
/// # Errors
/// When something else lies in it, it belongs to another cluster or node, or it cannot be written.
pub fn format_directory(
    disk: &dyn Disk,
    kafka_dir: &Path,
    node_id: i32,
    cluster_id: &str,
) -> Result<DirectoryIdentity, MetadataError> {
    let options = OpenOptions {
        node_id,
        cluster_id: Some(cluster_id.to_owned()),
        topic_defaults: TopicDefaults { partitions: 1 },
        snapshot_bytes: crate::SNAPSHOT_BYTES,
    };
    Ok(load_or_format(disk, kafka_dir, &options, now_ms())?.into())
}

/// The directory's properties; a new directory is made.
pub(crate) fn load_or_format(
    disk: &dyn Disk,
    kafka_dir: &Path,
    options: &OpenOptions,
    now_ms: i64,
) -> Result<MetaProperties, MetadataError> {
    let log_dir = kafka_dir.join(LOG_DIR);
    disk.create_dir_all(kafka_dir).map_err(named(kafka_dir))?;
    disk.create_dir_all(&log_dir).map_err(named(&log_dir))?;
    let found = MetaProperties::load(disk, kafka_dir)?;
    let is_new = found.is_none();
    let properties = match found {
        Some(found) => check(kafka_dir, options, found)?,
        None => {
            refuse_foreign(disk, kafka_dir)?;
            new_properties(options)?
        }
    };
    if is_new || !has_metadata(disk, &log_dir)? {
        refuse_partitions(disk, kafka_dir)?;
        let node = Node::new(properties.node_id, properties.directory_id);
        // The snapshot comes last: without it, all of this is done again.
        write_bootstrap(disk, kafka_dir, now_ms)?;
        properties.store(disk, kafka_dir)?;
        write_snapshot(disk, &log_dir, node, now_ms)?;
    }
    if is_new {
        sync_ancestors(disk, kafka_dir)?;
    }
    Ok(properties)
}

/// Makes the new directory's name survive, and those of directories above it that may be new too.
fn sync_ancestors(disk: &dyn Disk, kafka_dir: &Path) -> Result<(), MetadataError> {
    let mut above = kafka_dir.ancestors().skip(1).filter(|dir| !dir.as_os_str().is_empty());
    if let Some(parent) = above.next() {
        disk.sync_dir(parent).map_err(named(parent))?;
    }
    // Those that this user may not open were there before.
    above.try_for_each(|dir| disk.sync_dir(dir)).or(Ok(()))
}

fn check(
    kafka_dir: &Path,
    options: &OpenOptions,
    found: MetaProperties,
) -> Result<MetaProperties, MetadataError> {
    let path = kafka_dir.to_path_buf();
    if found.node_id != options.node_id {
        return Err(MetadataError::OtherNode { path, found: found.node_id, asked: options.node_id });
    }
    match &options.cluster_id {
        Some(asked) if *asked != found.cluster_id => {
            Err(MetadataError::OtherCluster { path, found: found.cluster_id, asked: asked.clone() })
        }
        _ => Ok(found),
    }
}

fn new_properties(options: &OpenOptions) -> Result<MetaProperties, MetadataError> {
    let directory_id = random_id().ok_or(MetadataError::NoRandomness)?;
    let cluster_id = match &options.cluster_id {
        Some(cluster_id) => cluster_id.clone(),
        None => random_id().ok_or(MetadataError::NoRandomness)?.to_string(),
    };
    Ok(MetaProperties { cluster_id, node_id: options.node_id, directory_id })
}

/// What a new cluster begins with. Its name survives with that of `meta.properties`.
fn write_bootstrap(disk: &dyn Disk, kafka_dir: &Path, now_ms: i64) -> Result<(), MetadataError> {
    let head = [control::snapshot_header(0)?];
    let bootstrap = Contents { epoch: 0, now_ms, head: &head, records: &bootstrap_records() };
    durable_file::place(disk, &kafka_dir.join(BOOTSTRAP), &bootstrap.to_bytes()?)
}

/// The quorum of one.
fn write_snapshot(disk: &dyn Disk, log_dir: &Path, node: Node, now_ms: i64) -> Result<(), MetadataError> {
    let head = [control::snapshot_header(now_ms)?, control::kraft_version()?, control::voters(node)?];
    let quorum = Contents { epoch: 0, now_ms, head: &head, records: &[] };
    durable_file::replace(disk, &log_dir.join(snapshot::name(0, 0)), &quorum.to_bytes()?)
}

/// Whether there is a metadata log, or a snapshot to begin one with.
fn has_metadata(disk: &dyn Disk, log_dir: &Path) -> Result<bool, MetadataError> {
    let entries = disk.list(log_dir).map_err(named(log_dir))?;
    Ok(entries
        .iter()
        .any(|entry| entry.name.ends_with(".log") || snapshot::parse_name(&entry.name).is_some()))
}

/// Something that is not the start of a data directory must not become one.
fn refuse_foreign(disk: &dyn Disk, kafka_dir: &Path) -> Result<(), MetadataError> {
    let ours = |name: &str| {
        let unfinished = [BOOTSTRAP, LOG_DIR, meta_properties::FILE];
        name.starts_with('.') || name == "lost+found" || unfinished.contains(&name.trim_end_matches(".tmp"))
    };
    let entries = disk.list(kafka_dir).map_err(named(kafka_dir))?;
    let other = entries.into_iter().find(|entry| !ours(&entry.name));
    let file = meta_properties::FILE;
    other.map_or(Ok(()), |entry| {
        let way_out = format!("but no {file}: take an empty directory, or put the file back");
        Err(damaged(kafka_dir, format!("it holds '{}' {way_out}", entry.name)))
    })
}

/// Partitions without metadata are those of a cluster whose metadata is lost: starting afresh would lose them too.
fn refuse_partitions(disk: &dyn Disk, kafka_dir: &Path) -> Result<(), MetadataError> {
    let entries = disk.list(kafka_dir).map_err(named(kafka_dir))?;
    let partition = entries.into_iter().find(|entry| {
        let number = entry.name.rsplit_once('-').and_then(|(_, number)| number.parse::<u32>().ok());
        entry.is_dir && entry.name != LOG_DIR && number.is_some()
    });
    partition.map_or(Ok(()), |entry| {
        let way_out = "is empty: put its files back, or take an empty directory";
        Err(damaged(kafka_dir, format!("it holds '{}', but {LOG_DIR} {way_out}", entry.name)))
    })
}

fn damaged(kafka_dir: &Path, detail: String) -> MetadataError {
    MetadataError::Damaged { path: kafka_dir.to_path_buf(), detail }
}

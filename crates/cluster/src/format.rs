//! Making a new data directory, as `kafka-storage format` of Kafka 4.3 does.
//!
//! `meta.properties` comes last: a directory without it was not finished, and is made again.

use std::path::Path;

use millstream_log::disk::Disk;
use millstream_wire::Uuid;
use millstream_wire::metadata::{FeatureLevelRecord, MetadataRecord};
use millstream_wire::records::Record;

use crate::control::{self, QuorumRecords};
use crate::controller::Node;
use crate::durable_file::{self, named};
use crate::meta_properties::{self, MetaProperties};
use crate::metadata::now_ms;
use crate::snapshot::{self, Contents};
use crate::{MetadataError, OpenOptions, random_id};

/// The directory of the metadata log.
pub(crate) const LOG_DIR: &str = "__cluster_metadata-0";

/// What the first leader of a new cluster writes.
const BOOTSTRAP: &str = "bootstrap.checkpoint";

/// The feature that says whether the log knows its voters.
pub(crate) const KRAFT_VERSION: &str = "kraft.version";
/// The feature of eligible leader replicas.
pub(crate) const ELR_VERSION: &str = "eligible.leader.replicas.version";

/// The features of Kafka 4.3 and their levels (name, lowest, highest), as brokers register them.
pub const SUPPORTED_FEATURES: &[(&str, i16, i16)] = &[
    ("group.version", 0, 1),
    (KRAFT_VERSION, 0, 1),
    (METADATA_VERSION, 7, MAX_METADATA_VERSION),
    ("share.version", 0, 1),
    ("streams.version", 0, 1),
    ("transaction.version", 0, 2),
    (ELR_VERSION, 0, 1),
];

/// The feature whose level says how to read the records.
pub(crate) const METADATA_VERSION: &str = "metadata.version";
/// 4.3-IV0.
pub(crate) const MAX_METADATA_VERSION: i16 = 30;

/// The levels that a new cluster starts with, in Kafka's order.
const INITIAL_FEATURES: &[(&str, i16)] = &[
    (METADATA_VERSION, MAX_METADATA_VERSION),
    (ELR_VERSION, 1),
    ("group.version", 1),
    ("share.version", 1),
    ("streams.version", 1),
    ("transaction.version", 2),
];

/// How a directory is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The node that it is for.
    pub node_id: i32,
    /// The cluster that it is for.
    pub cluster_id: String,
    /// Is the quorum in the log (`kraft.version` 1), as `--standalone` asks? Otherwise the configuration's
    /// `controller.quorum.voters` names it (`kraft.version` 0).
    pub has_dynamic_quorum: bool,
    /// The features that the cluster begins with, in the order of the records.
    pub features: Vec<(String, i16)>,
}

/// The features that a new cluster begins with if nobody says otherwise, and their levels.
pub fn initial_features() -> Vec<(String, i16)> {
    INITIAL_FEATURES.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect()
}

/// What the first leader writes into the empty log: what `bootstrap.checkpoint` says, or what a new cluster begins with.
pub(crate) fn first_records(disk: &dyn Disk, log_dir: &Path) -> Result<Vec<MetadataRecord>, MetadataError> {
    let path = log_dir.with_file_name(BOOTSTRAP);
    if durable_file::read(disk, &path)?.is_none() {
        return Ok(feature_records(&initial_features()));
    }
    let damaged = |detail: String| MetadataError::Damaged { path: path.clone(), detail };
    let records = snapshot::read(disk, &path, &mut QuorumRecords::default())?;
    let decode = |record: Record| MetadataRecord::decode(record.value.unwrap_or_default());
    let records: Result<Vec<_>, _> = records.into_iter().map(decode).collect();
    records.map_err(|error| damaged(error.to_string()))
}

fn feature_records(features: &[(String, i16)]) -> Vec<MetadataRecord> {
    let record = |(name, level): &(String, i16)| {
        MetadataRecord::FeatureLevel(FeatureLevelRecord { name: name.as_str().into(), feature_level: *level })
    };
    features.iter().map(record).collect()
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
    format: &Format,
) -> Result<DirectoryIdentity, MetadataError> {
    let log_dir = kafka_dir.join(LOG_DIR);
    make_dirs(disk, kafka_dir, &log_dir)?;
    if let Some(found) = MetaProperties::load(disk, kafka_dir)? {
        return Ok(check(kafka_dir, format.node_id, Some(&format.cluster_id), found)?.into());
    }
    make(disk, kafka_dir, format, now_ms()).map(DirectoryIdentity::from)
}

/// The directory's properties; a new directory is made, with the quorum in its log.
pub(crate) fn load_or_format(
    disk: &dyn Disk,
    kafka_dir: &Path,
    options: &OpenOptions,
    now_ms: i64,
) -> Result<MetaProperties, MetadataError> {
    let log_dir = kafka_dir.join(LOG_DIR);
    make_dirs(disk, kafka_dir, &log_dir)?;
    if let Some(found) = MetaProperties::load(disk, kafka_dir)? {
        let found = check(kafka_dir, options.node_id, options.cluster_id.as_deref(), found)?;
        if !has_metadata(disk, &log_dir)? {
            refuse_partitions(disk, kafka_dir)?;
        }
        return Ok(found);
    }
    let cluster_id = match &options.cluster_id {
        Some(cluster_id) => cluster_id.clone(),
        None => random_id().ok_or(MetadataError::NoRandomness)?.to_string(),
    };
    let format = Format {
        node_id: options.node_id,
        cluster_id,
        has_dynamic_quorum: true,
        features: initial_features(),
    };
    make(disk, kafka_dir, &format, now_ms)
}

fn make_dirs(disk: &dyn Disk, kafka_dir: &Path, log_dir: &Path) -> Result<(), MetadataError> {
    disk.create_dir_all(kafka_dir).map_err(named(kafka_dir))?;
    disk.create_dir_all(log_dir).map_err(named(log_dir))
}

/// Makes a new directory, in Kafka's order.
fn make(
    disk: &dyn Disk,
    kafka_dir: &Path,
    format: &Format,
    now_ms: i64,
) -> Result<MetaProperties, MetadataError> {
    refuse_foreign(disk, kafka_dir)?;
    refuse_partitions(disk, kafka_dir)?;
    let directory_id = random_id().ok_or(MetadataError::NoRandomness)?;
    let node = Node::new(format.node_id, directory_id);
    write_bootstrap(disk, kafka_dir, &format.features, now_ms)?;
    let log_dir = kafka_dir.join(LOG_DIR);
    if format.has_dynamic_quorum {
        write_snapshot(disk, &log_dir, node, now_ms)?;
    } else {
        remove_snapshot(disk, &log_dir)?;
    }
    let cluster_id = format.cluster_id.clone();
    let properties = MetaProperties { cluster_id, node_id: format.node_id, directory_id };
    properties.store(disk, kafka_dir)?;
    sync_ancestors(disk, kafka_dir)?;
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
    node_id: i32,
    cluster_id: Option<&str>,
    found: MetaProperties,
) -> Result<MetaProperties, MetadataError> {
    let path = kafka_dir.to_path_buf();
    if found.node_id != node_id {
        return Err(MetadataError::OtherNode { path, found: found.node_id, asked: node_id });
    }
    match cluster_id {
        Some(asked) if asked != found.cluster_id => {
            Err(MetadataError::OtherCluster { path, found: found.cluster_id, asked: asked.to_owned() })
        }
        _ => Ok(found),
    }
}

/// What a new cluster begins with. Its name survives with that of `meta.properties`.
fn write_bootstrap(
    disk: &dyn Disk,
    kafka_dir: &Path,
    features: &[(String, i16)],
    now_ms: i64,
) -> Result<(), MetadataError> {
    let head = [control::snapshot_header(0)?];
    let bootstrap = Contents { epoch: 0, now_ms, head: &head, records: &feature_records(features) };
    durable_file::place(disk, &kafka_dir.join(BOOTSTRAP), &bootstrap.to_bytes()?)
}

/// The quorum of one.
fn write_snapshot(disk: &dyn Disk, log_dir: &Path, node: Node, now_ms: i64) -> Result<(), MetadataError> {
    let head = [control::snapshot_header(now_ms)?, control::kraft_version()?, control::voters(node)?];
    let quorum = Contents { epoch: 0, now_ms, head: &head, records: &[] };
    durable_file::replace(disk, &log_dir.join(snapshot::name(0, 0)), &quorum.to_bytes()?)
}

/// The quorum of one that somebody began to make before.
fn remove_snapshot(disk: &dyn Disk, log_dir: &Path) -> Result<(), MetadataError> {
    let path = log_dir.join(snapshot::name(0, 0));
    match durable_file::read(disk, &path)? {
        Some(_) => disk.remove_file(&path).map_err(named(&path)),
        None => Ok(()),
    }
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

//! The driver: decides with [`controller`](crate::controller), makes the records durable, applies them, shows the image.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::BytesMut;
use millstream_log::disk::Disk;
use millstream_log::{AppendError, AppendOptions, Cleanup, Log, LogConfig, OpenError, Origin, WriteError};
use millstream_wire::Uuid;
use millstream_wire::metadata::{
    AbortTransactionRecord, BeginTransactionRecord, EndTransactionRecord, MetadataRecord,
};
use thiserror::Error;

use crate::control::{Control, QuorumRecords};
use crate::controller::{
    self, ControllerError, CreatedTopic, Decision, FeatureUpdate, MorePartitions, NewTopic, Node,
    ProducerIdBlock, Registration, ResourceAlteration, TopicDefaults, TopicRef,
};
use crate::format::{ELR_VERSION, KRAFT_VERSION, LOG_DIR, METADATA_VERSION, first_records, load_or_format};
use crate::level::MetadataLevel;
use crate::replay::{Replay, Replayed, check_integrity};
use crate::snapshot::BuildError;
use crate::snapshots::{self, SnapshotPolicy};
use crate::{ApplyError, BrokerEndpoint, Image, Topic, control, quorum_state, random_id, snapshot};

/// Records of a start that go into one batch: with more of them, it could outgrow the 8 MiB that Kafka's reader takes.
const RECORDS_PER_BATCH: usize = 10_000;

/// How to open a data directory.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// This node's id; written to `meta.properties`, and checked against what is there.
    pub node_id: i32,
    /// The cluster id of a new directory, any name; `None` makes a random one. A directory that has another is refused.
    pub cluster_id: Option<String>,
    /// What new topics get when they do not say.
    pub topic_defaults: TopicDefaults,
    /// Bytes of the metadata log after which there is a new snapshot: Kafka's
    /// `metadata.log.max.record.bytes.between.snapshots`, [`SNAPSHOT_BYTES`] by default.
    pub snapshot_bytes: u64,
}

/// Why the metadata could not be opened or changed.
#[derive(Debug, Error)]
pub enum MetadataError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} is damaged: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The records follow rules that this build does not know.
    #[error(
        "{} was written by a newer Kafka (metadata.version {level}, the newest known here is {}): start that one on it",
        path.display(),
        crate::format::MAX_METADATA_VERSION
    )]
    TooNew {
        /// The directory.
        path: PathBuf,
        /// Its `metadata.version`.
        level: i16,
    },
    /// The directory belongs to another cluster.
    #[error(
        "{} belongs to cluster '{found}', not to '{asked}': take another directory or leave out the cluster id",
        path.display()
    )]
    OtherCluster {
        /// The directory.
        path: PathBuf,
        /// Its cluster id.
        found: String,
        /// The asked one.
        asked: String,
    },
    /// The directory belongs to another node.
    #[error("{} belongs to node {found}, not to {asked}", path.display())]
    OtherNode {
        /// The directory.
        path: PathBuf,
        /// Its node id.
        found: i32,
        /// The asked one.
        asked: i32,
    },
    /// The metadata log could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The records could not be appended; nothing was changed, and another try may work.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The records could not be brought to the disk: nothing more is written until a restart.
    #[error(transparent)]
    Sync(#[from] WriteError),
    /// An earlier write failed, so nothing more is written until a restart.
    #[error("the metadata log failed before and takes no more writes; restart to recover")]
    Failed,
    /// The records are larger than the format allows; nothing was changed.
    #[error("the change cannot be written: {0}")]
    TooLarge(#[from] BuildError),
    /// A decision contradicts the image it was made from: a bug. Nothing was changed.
    #[error("the change contradicts the metadata: {0}")]
    Contradiction(#[from] ApplyError),
    /// The operating system gave no randomness.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
}

/// Who keeps the metadata log, and how far it is: what DescribeQuorum (key 55) tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quorum {
    /// The only voter, which leads.
    pub node_id: i32,
    /// The voter's data directory; zero where the log does not know it, which is `kraft.version` 0.
    pub directory_id: Uuid,
    /// The leader's epoch.
    pub epoch: i32,
    /// Records below it are agreed on.
    pub high_watermark: i64,
    /// One past the last record.
    pub log_end_offset: i64,
}

/// The metadata of this cluster: owns `meta.properties` and `__cluster_metadata-0`. All of it blocks on the disk.
#[derive(Debug)]
pub struct Metadata {
    cluster_id: String,
    node: Node,
    topic_defaults: TopicDefaults,
    disk: Arc<dyn Disk>,
    log_dir: PathBuf,
    log: Log,
    epoch: i32,
    image: Arc<Image>,
    deleted: HashSet<Uuid>,
    quorum: QuorumRecords,
    snapshots: SnapshotPolicy,
    /// Bytes of the log behind the newest snapshot; `None` when there can be none, as the log has records that the
    /// image does not hold.
    unsummed: Option<u64>,
    /// What is on disk may be more than what the image shows.
    failed: bool,
}

impl Metadata {
    /// Opens the data directory, formats it when it is new, recovers the log, replays it and starts a new epoch.
    ///
    /// The caller holds the directory's lock.
    ///
    /// # Errors
    /// The directory cannot be used; the text names the file and the way out.
    pub fn open(disk: Arc<dyn Disk>, kafka_dir: &Path, options: &OpenOptions) -> Result<Self, MetadataError> {
        Self::open_with(disk, kafka_dir, options, SnapshotPolicy::every(options.snapshot_bytes))
    }

    pub(crate) fn open_with(
        disk: Arc<dyn Disk>,
        kafka_dir: &Path,
        options: &OpenOptions,
        snapshots: SnapshotPolicy,
    ) -> Result<Self, MetadataError> {
        let now_ms = now_ms();
        let properties = load_or_format(&*disk, kafka_dir, options, now_ms)?;
        let log_dir = kafka_dir.join(LOG_DIR);
        check_integrity(&*disk, &log_dir, false)?;
        let open =
            millstream_log::OpenOptions { recovery_point: 0, log_start_offset: 0, clean: false, now_ms };
        let log = Log::open(Arc::clone(&disk), &log_dir, log_config(snapshots), open)?;
        let Replayed { image, deleted, in_transaction, quorum, has_unknown, bytes } =
            Replay::of(&*disk, &log_dir, &log)?.finish();
        let known = [quorum_state::load_epoch(&*disk, &log_dir)?, log.latest_epoch(), Some(image.epoch())];
        let epoch = known.into_iter().flatten().max().unwrap_or(0).max(0).saturating_add(1);
        quorum_state::store(&*disk, &log_dir, properties.node_id, epoch, image.kraft_version())?;
        let mut metadata = Self {
            cluster_id: properties.cluster_id,
            node: Node::new(properties.node_id, properties.directory_id),
            topic_defaults: options.topic_defaults.clone(),
            disk,
            log_dir,
            log,
            epoch,
            image: Arc::new(image),
            deleted,
            quorum,
            snapshots,
            unsummed: (!has_unknown).then_some(bytes),
            failed: false,
        };
        metadata.begin_epoch(in_transaction)?;
        metadata.sum_up_after(snapshots.start_bytes);
        Ok(metadata)
    }

    /// Checks that what was closed in order is whole to its last byte. To be asked before [`Metadata::open`], as long
    /// as the directory is marked as cleanly closed: afterwards, damage to the last records looks like a torn write,
    /// and they are cut off.
    ///
    /// # Errors
    /// [`MetadataError::Damaged`], and the disk's.
    pub fn check_closed(disk: &dyn Disk, kafka_dir: &Path) -> Result<(), MetadataError> {
        let log_dir = kafka_dir.join(LOG_DIR);
        // What is missing as a whole is another question, which opening answers.
        if disk.list(&log_dir).is_err() { Ok(()) } else { check_integrity(disk, &log_dir, true) }
    }

    /// What a new leader writes: that it leads; of an empty log, what a new cluster starts with. It comes to the disk with
    /// the first change, and is written again if it does not.
    fn begin_epoch(&mut self, in_transaction: bool) -> Result<(), MetadataError> {
        let mut head = vec![control::leader_change(self.node.id)?];
        if self.log.log_end_offset() == 0 && self.image.kraft_version() > 0 {
            head.extend([control::kraft_version()?, control::voters(self.node)?]);
        }
        self.begin_control(&head)?;
        if in_transaction {
            let reason = Some("Controller failover".into());
            self.begin(&[MetadataRecord::AbortTransaction(AbortTransactionRecord { reason })])?;
        }
        if self.image.features().contains_key(METADATA_VERSION) {
            return Ok(());
        }
        let begin = BeginTransactionRecord { name: Some("Bootstrap records".into()) };
        let first = first_records(&*self.disk, &self.log_dir)?;
        let has_transactions = MetadataLevel::set_by(&first).has_transactions();
        let mut records = Vec::new();
        records.extend(has_transactions.then_some(MetadataRecord::BeginTransaction(begin)));
        let has_elr = |record: &MetadataRecord| matches!(record, MetadataRecord::FeatureLevel(level) if level.name == ELR_VERSION && level.feature_level > 0);
        let with_elr = first.iter().any(has_elr);
        records.extend(first);
        // With eligible leader replicas, Kafka wants this one to be set for the whole cluster.
        records.extend(with_elr.then(controller::cluster_min_isr));
        let end = EndTransactionRecord::default();
        records.extend(has_transactions.then_some(MetadataRecord::EndTransaction(end)));
        self.begin(&records)
    }

    /// Appends what the log says of itself.
    fn begin_control(&mut self, records: &[Control]) -> Result<(), MetadataError> {
        self.append(control::batch(0, self.epoch, now_ms(), records)?)?;
        self.quorum.note_all(records);
        Arc::make_mut(&mut self.image).set_kraft_version(self.quorum.kraft_version());
        Ok(())
    }

    /// What the cluster is now. Cheap; take it again after a change.
    pub fn image(&self) -> Arc<Image> {
        Arc::clone(&self.image)
    }

    /// Topics that were deleted not long before this start: their directories may be there still.
    pub fn deleted_topics(&self) -> &HashSet<Uuid> {
        &self.deleted
    }

    /// This node's id.
    pub fn node_id(&self) -> i32 {
        self.node.id
    }

    /// The cluster's id.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The quorum that keeps this metadata, which is this node alone.
    pub fn quorum(&self) -> Quorum {
        Quorum {
            node_id: self.node.id,
            directory_id: if self.image.kraft_version() > 0 { self.node.directory_id } else { Uuid::ZERO },
            epoch: self.epoch,
            high_watermark: self.log.high_watermark(),
            log_end_offset: self.log.log_end_offset(),
        }
    }

    /// The id of this data directory.
    pub fn directory_id(&self) -> Uuid {
        self.node.directory_id
    }

    /// The epoch of this broker's registration, which a clean stop notes down; -1 before it.
    pub fn broker_epoch(&self) -> i64 {
        self.image.broker(self.node.id).map_or(-1, |broker| broker.epoch)
    }

    /// Tells the cluster where this broker listens, takes it into service and makes it the leader of its partitions.
    /// To be called once at each start, when the ports are known. `cordoned`: `cordoned.log.dirs` was given; what it was
    /// changed to while the broker ran stands above it.
    ///
    /// # Errors
    /// The records could not be written.
    pub fn register_broker(
        &mut self,
        endpoints: &[BrokerEndpoint],
        cordoned: bool,
    ) -> Result<(), MetadataError> {
        self.node.cordoned_at_start = cordoned;
        let incarnation_id = random_id().ok_or(MetadataError::NoRandomness)?;
        let registration = Registration { endpoints, incarnation_id, epoch: self.log.log_end_offset() };
        let records = controller::register_broker(&self.image, self.node, &registration);
        records.chunks(RECORDS_PER_BATCH).try_for_each(|records| self.begin(records))?;
        self.sync()
    }

    /// Creates topics, or with `validate_only` says what would happen. One result a topic, in order.
    ///
    /// # Errors
    /// The records could not be written: nothing was created.
    pub fn create_topics(
        &mut self,
        topics: &[NewTopic],
        validate_only: bool,
    ) -> Result<Vec<Result<CreatedTopic, ControllerError>>, MetadataError> {
        let ids: Option<Vec<Uuid>> = topics.iter().map(|_| random_id()).collect();
        let ids = ids.ok_or(MetadataError::NoRandomness)?;
        let decision = controller::create_topics(&self.image, self.node, &self.topic_defaults, topics, &ids);
        self.carry_out(decision, validate_only)
    }

    /// Deletes topics; each result is the topic as it was, whose directories are the caller's to remove.
    ///
    /// # Errors
    /// The records could not be written: nothing was deleted.
    pub fn delete_topics(
        &mut self,
        topics: &[TopicRef],
    ) -> Result<Vec<Result<Arc<Topic>, ControllerError>>, MetadataError> {
        let decision = controller::delete_topics(&self.image, topics);
        self.carry_out(decision, false)
    }

    /// Gives topics more partitions, or with `validate_only` says what would happen. One result a topic, in order.
    ///
    /// # Errors
    /// The records could not be written: nothing was changed.
    pub fn create_partitions(
        &mut self,
        topics: &[MorePartitions],
        validate_only: bool,
    ) -> Result<Vec<Result<(), ControllerError>>, MetadataError> {
        let decision = controller::create_partitions(&self.image, self.node, topics);
        self.carry_out(decision, validate_only)
    }

    /// Changes configs of topics or brokers. One result a resource, in order.
    ///
    /// # Errors
    /// The records could not be written: nothing was changed.
    pub fn alter_configs(
        &mut self,
        changes: &[ResourceAlteration],
        validate_only: bool,
    ) -> Result<Vec<Result<(), ControllerError>>, MetadataError> {
        let decision = controller::alter_configs(&self.image, self.node, changes);
        self.carry_out(decision, validate_only)
    }

    /// Reserves producer ids that nobody else will get, even after a crash.
    ///
    /// # Errors
    /// The record could not be written, or all ids are used up.
    pub fn allocate_producer_ids(
        &mut self,
    ) -> Result<Result<ProducerIdBlock, ControllerError>, MetadataError> {
        let decision = controller::allocate_producer_ids(&self.image, self.node);
        self.carry_out(decision, false)
    }

    /// Changes the levels of features, all or none, or with `validate_only` says what would happen.
    ///
    /// # Errors
    /// The records could not be written: nothing was changed.
    pub fn update_features(
        &mut self,
        updates: &[FeatureUpdate],
        validate_only: bool,
    ) -> Result<Result<(), ControllerError>, MetadataError> {
        let decision = controller::update_features(&self.image, self.node, updates);
        let raises = |update: &FeatureUpdate| {
            update.feature == KRAFT_VERSION && update.level > self.image.kraft_version()
        };
        if decision.answer.is_ok() && !validate_only && updates.iter().any(raises) {
            // From now on the log knows its voter, as that of a new cluster does from its first record on.
            self.begin_control(&[control::kraft_version()?, control::voters(self.node)?])?;
            self.sync()?;
        }
        self.carry_out(decision, validate_only)
    }

    /// Takes a broker out of the cluster.
    ///
    /// # Errors
    /// The record could not be written: nothing was changed.
    pub fn unregister_broker(&mut self, id: i32) -> Result<Result<(), ControllerError>, MetadataError> {
        let decision = controller::unregister_broker(&self.image, self.node, id);
        self.carry_out(decision, false)
    }

    /// Closes the log, so that the next start finds it in order. Nothing can be changed afterwards.
    ///
    /// # Errors
    /// The disk refuses; the next start recovers then.
    pub fn close(&mut self) -> Result<(), MetadataError> {
        self.failed = true;
        Ok(self.log.close()?)
    }

    fn carry_out<T>(&mut self, decision: Decision<T>, validate_only: bool) -> Result<T, MetadataError> {
        if !validate_only {
            self.write(&decision.records)?;
        }
        Ok(decision.answer)
    }

    /// Makes the records durable, all or none, then visible.
    fn write(&mut self, records: &[MetadataRecord]) -> Result<(), MetadataError> {
        self.change(records, |metadata, batch| {
            let last = metadata.append(batch)?;
            metadata.sync()?;
            Ok(last)
        })
    }

    /// Makes the records visible; nobody is told of them before the next change makes them durable too.
    fn begin(&mut self, records: &[MetadataRecord]) -> Result<(), MetadataError> {
        self.change(records, Self::append)
    }

    fn change(
        &mut self,
        records: &[MetadataRecord],
        append: fn(&mut Self, BytesMut) -> Result<i64, MetadataError>,
    ) -> Result<(), MetadataError> {
        if records.is_empty() {
            return Ok(());
        }
        let mut image = Image::clone(&self.image);
        let level = MetadataLevel::of(&image);
        let records = level.fitted(records);
        records.iter().try_for_each(|record| image.apply(record))?;
        let last = append(self, snapshot::batch(0, self.epoch, now_ms(), level, &records)?)?;
        image.advance(last, self.epoch);
        self.image = Arc::new(image);
        self.sum_up_after(self.snapshots.running_bytes);
        Ok(())
    }

    /// Writes a snapshot when there is so much log behind the last one, which has to be on disk before it. Without it nothing is lost but time at the
    /// next start, so a disk that refuses is no error.
    fn sum_up_after(&mut self, bytes: u64) {
        if self.unsummed.is_none_or(|unsummed| unsummed <= bytes) {
            return;
        }
        self.unsummed = Some(0);
        let Self { disk, log_dir, quorum, image, .. } = self;
        let synced = self.log.sync().map_err(MetadataError::from);
        let written = synced
            .and_then(|_| snapshots::write(&**disk, log_dir, quorum, image, now_ms()))
            .and_then(|()| snapshots::cut(&**disk, log_dir, &self.log, self.snapshots, now_ms()));
        if let Err(error) = written {
            tracing::warn!(%error, "the metadata could not be summed up; a later try may work");
        }
    }

    /// Appends a batch; gives its last offset.
    fn append(&mut self, mut batch: BytesMut) -> Result<i64, MetadataError> {
        if self.failed {
            return Err(MetadataError::Failed);
        }
        let options = AppendOptions { origin: Origin::Internal, leader_epoch: self.epoch, now_ms: now_ms() };
        let appended = self.log.append(&mut batch, options)?;
        self.unsummed = self.unsummed.map(|unsummed| unsummed + batch.len() as u64);
        Ok(appended.last_offset)
    }

    /// Waits for the disk to have all that was appended.
    fn sync(&mut self) -> Result<(), MetadataError> {
        // The records may come to be on disk, so the image must follow or nothing may.
        self.failed = true;
        self.log.sync()?;
        self.failed = false;
        Ok(())
    }
}

/// The metadata log is never cut by age or size: only a snapshot can stand in for what goes.
fn log_config(snapshots: SnapshotPolicy) -> LogConfig {
    LogConfig {
        segment_bytes: snapshots.segment_bytes,
        file_delete_delay_ms: 0,
        segment_ms: i64::MAX,
        retention_ms: -1,
        retention_bytes: -1,
        cleanup: Cleanup { delete: false, compact: false },
        flush_messages: 1,
        ..LogConfig::default()
    }
}

pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

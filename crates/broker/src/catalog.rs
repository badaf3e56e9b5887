//! The topics: what the metadata says, and the open logs that belong to it.
//!
//! Reading is a short shared lock over maps; changing is blocking work (the metadata log is synced, directories are
//! made), done one change at a time on Tokio's blocking threads. A topic is shown only when its logs are open, so a
//! client that has seen it can produce to it at once.

mod changes;
mod close;
#[cfg(test)]
pub(crate) mod fixture;
mod side_by_side;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use millstream_cluster::config::{TopicSettings, changed_config};
use millstream_cluster::controller::{ControllerError, CreatedTopic, FeatureUpdate, NewTopic, TopicRef};
use millstream_cluster::{Image, Metadata, MetadataError, Quorum, Topic};
use millstream_log::disk::Room;
use millstream_log::{Log, LogConfig, OpenError, OpenOptions};
use millstream_wire::Uuid;

use self::side_by_side::in_parts;
use crate::checkpoints::Checkpoints;
use crate::cleaned_to::CleanedTo;
use crate::data_dir::{DataDir, Left, Point, TopicPartition};
use crate::led_topic::{LedTopic, log_config, produce_rules};
use crate::partition::{Identity, Partition, Pulse, now_ms};
use crate::partition_dir;
use crate::traffic::TopicCounters;

/// Threads that open logs at the start (`num.recovery.threads.per.data.dir`).
const RECOVERY_THREADS: usize = 2;

/// One result a topic.
type DeletedTopics = Vec<Result<Arc<Topic>, ControllerError>>;

/// All topics of this broker.
#[derive(Debug)]
pub(crate) struct Catalog {
    metadata: Mutex<Metadata>,
    shown: RwLock<Shown>,
    directory: DataDir,
    checkpoints: Checkpoints,
    cleaned_to: CleanedTo,
    /// This broker's `node.id`.
    pub(crate) node_id: i32,
    static_configs: BTreeMap<String, String>,
    producer_id_expiration_ms: i64,
    pub(crate) pulse: Pulse,
}

/// What readers see.
#[derive(Debug)]
struct Shown {
    image: Arc<Image>,
    by_name: HashMap<Arc<str>, Arc<LedTopic>>,
    by_id: HashMap<Uuid, Arc<LedTopic>>,
}

impl Shown {
    fn add(&mut self, topic: Arc<LedTopic>) {
        self.by_id.insert(topic.id, Arc::clone(&topic));
        self.by_name.insert(Arc::clone(&topic.name), topic);
    }
}

impl Catalog {
    /// Opens every log that the metadata names. A partition whose log is damaged stays offline, and is named in a
    /// line of the process's log; the others are not concerned.
    pub(crate) fn open(
        metadata: Metadata,
        directory: DataDir,
        mut left: Left,
        static_configs: BTreeMap<String, String>,
        producer_id_expiration_ms: i64,
    ) -> io::Result<Self> {
        let image = metadata.image();
        let is_there = |topic: &str, partition: i32| image.has_partition(topic, partition);
        let shown = Shown { image: Arc::clone(&image), by_name: HashMap::new(), by_id: HashMap::new() };
        let catalog = Self {
            node_id: metadata.node_id(),
            metadata: Mutex::new(metadata),
            shown: RwLock::new(shown),
            cleaned_to: CleanedTo::load(&directory, is_there),
            directory,
            checkpoints: Checkpoints::new(&left),
            static_configs,
            producer_id_expiration_ms,
            pulse: Pulse::new(),
        };
        let DataDir { path, disk, .. } = &catalog.directory;
        left.claimed = partition_dir::sweep(&**disk, path, &image, catalog.metadata().deleted_topics())?;
        let topics: Vec<Arc<Topic>> = image.topics().cloned().collect();
        let part = topics.len().div_ceil(RECOVERY_THREADS).max(1);
        let open = |topics: &[Arc<Topic>]| {
            topics.iter().map(|topic| catalog.open_topic(&image, topic, &left)).collect::<Vec<_>>()
        };
        for topic in in_parts(&topics, part, open).into_iter().flatten() {
            catalog.shown_mut().add(Arc::new(topic));
        }
        Ok(catalog)
    }

    /// The metadata as it is now.
    pub(crate) fn image(&self) -> Arc<Image> {
        Arc::clone(&self.shown().image)
    }

    /// The topic of that name.
    pub(crate) fn topic(&self, name: &str) -> Option<Arc<LedTopic>> {
        self.shown().by_name.get(name).cloned()
    }

    /// The topic of that id.
    pub(crate) fn topic_by_id(&self, id: Uuid) -> Option<Arc<LedTopic>> {
        self.shown().by_id.get(&id).cloned()
    }

    /// Every topic, by name.
    pub(crate) fn topics(&self) -> Vec<Arc<LedTopic>> {
        let mut topics: Vec<_> = self.shown().by_name.values().cloned().collect();
        topics.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        topics
    }

    /// What the broker was started with, under broker config names.
    pub(crate) fn static_configs(&self) -> &BTreeMap<String, String> {
        &self.static_configs
    }

    /// The data directory.
    pub(crate) fn path(&self) -> &Path {
        &self.directory.path
    }

    /// The room where the data directory lies. Blocks.
    pub(crate) fn room(&self) -> io::Result<Room> {
        self.directory.disk.room(&self.directory.path)
    }

    /// Who keeps the metadata log, and how far it is.
    pub(crate) async fn quorum(self: &Arc<Self>) -> Result<Quorum, MetadataError> {
        let catalog = Arc::clone(self);
        blocking(move || Ok(catalog.metadata().quorum())).await
    }

    /// Changes the levels of features.
    pub(crate) async fn update_features(
        self: &Arc<Self>,
        updates: Vec<FeatureUpdate>,
        validate_only: bool,
    ) -> Result<Result<(), ControllerError>, MetadataError> {
        let catalog = Arc::clone(self);
        let update = move |metadata: &mut Metadata| metadata.update_features(&updates, validate_only);
        blocking(move || catalog.change_metadata(update)).await
    }

    /// Takes another broker out of the metadata.
    pub(crate) async fn unregister_broker(
        self: &Arc<Self>,
        id: i32,
    ) -> Result<Result<(), ControllerError>, MetadataError> {
        let catalog = Arc::clone(self);
        blocking(move || catalog.change_metadata(|metadata| metadata.unregister_broker(id))).await
    }

    /// The metadata's driver, for changes that touch no log. Blocks.
    pub(crate) fn change_metadata<T>(&self, change: impl FnOnce(&mut Metadata) -> T) -> T {
        let mut metadata = self.metadata();
        let changed = change(&mut metadata);
        self.shown_mut().image = metadata.image();
        changed
    }

    /// Creates topics, makes their logs, shows them. One result a topic.
    pub(crate) async fn create_topics(
        self: &Arc<Self>,
        topics: Vec<NewTopic>,
        validate_only: bool,
    ) -> Result<Vec<Result<CreatedTopic, ControllerError>>, MetadataError> {
        let catalog = Arc::clone(self);
        blocking(move || catalog.create_topics_now(&topics, validate_only)).await
    }

    fn create_topics_now(
        &self,
        topics: &[NewTopic],
        validate_only: bool,
    ) -> Result<Vec<Result<CreatedTopic, ControllerError>>, MetadataError> {
        let mut metadata = self.metadata();
        if validate_only {
            return metadata.create_topics(topics, true);
        }
        self.forget_deleted(&metadata.image(), topics)?;
        let results = metadata.create_topics(topics, false)?;
        let image = metadata.image();
        for created in results.iter().flatten() {
            let Some(topic) = image.topic(&created.name) else { continue };
            let led = self.open_topic(&image, topic, &Left::default());
            self.shown_mut().add(Arc::new(led));
        }
        self.shown_mut().image = image;
        self.pulse.beat();
        Ok(results)
    }

    /// Takes deleted topics out of the checkpoints before they are made again.
    fn forget_deleted(&self, image: &Image, topics: &[NewTopic]) -> Result<(), MetadataError> {
        let listed =
            |topic: &NewTopic| image.topic(&topic.name).is_none() && self.checkpoints.list(&topic.name);
        if !topics.iter().any(listed) {
            return Ok(());
        }
        let path = || self.directory.path.clone();
        self.checkpoint().map_err(|source| MetadataError::Io { path: path(), source })
    }

    /// Deletes topics and their records. One result a topic.
    pub(crate) async fn delete_topics(
        self: &Arc<Self>,
        topics: Vec<TopicRef>,
    ) -> Result<DeletedTopics, MetadataError> {
        let catalog = Arc::clone(self);
        let (results, directories) = blocking(move || catalog.delete_topics_now(&topics)).await?;
        let disk = Arc::clone(&self.directory.disk);
        // Nobody waits for the disk to forget many bytes; what a stop leaves, the next start removes.
        tokio::task::spawn_blocking(move || partition_dir::remove(&*disk, &directories));
        Ok(results)
    }

    /// Deletes topics; what is left of them lies in directories that are to be removed.
    fn delete_topics_now(&self, topics: &[TopicRef]) -> Result<(DeletedTopics, Vec<PathBuf>), MetadataError> {
        let mut metadata = self.metadata();
        let results = metadata.delete_topics(topics)?;
        let mut directories = Vec::new();
        for deleted in results.iter().flatten() {
            let led = {
                let mut shown = self.shown_mut();
                shown.by_id.remove(&deleted.id);
                shown.by_name.remove(deleted.name.as_str())
            };
            for partition in led.iter().flat_map(|led| led.online()) {
                partition.log.abandon();
                partition.close();
            }
            directories.extend(deleted.partitions.keys().filter_map(|index| self.set_aside(deleted, *index)));
            if let Err(error) = self.cleaned_to.forget(&self.directory, &deleted.name) {
                tracing::warn!(%error, "cleaner-offset-checkpoint could not be written");
            }
        }
        self.shown_mut().image = metadata.image();
        self.pulse.beat();
        Ok((results, directories))
    }

    fn set_aside(&self, topic: &Topic, index: i32) -> Option<PathBuf> {
        let DataDir { path: root, disk, .. } = &self.directory;
        let name = partition_dir::name(&topic.name, index);
        match partition_dir::set_aside(&**disk, root, &name, topic.id) {
            Ok(directory) => Some(directory),
            // Of a partition that could not be made.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(directory = name, %error, "a deleted partition's files could not be removed");
                None
            }
        }
    }

    /// Stops using a partition whose log turned out to be damaged.
    pub(crate) fn take_offline(&self, partition: &Partition) {
        let mut shown = self.shown_mut();
        let led = shown.by_id.get(&partition.topic_id).map(|led| LedTopic::clone(led));
        let Some(mut led) = led else { return };
        let index = usize::try_from(partition.index).ok();
        if let Some(slot) = index.and_then(|index| led.partitions.get_mut(index)) {
            *slot = None;
        }
        shown.add(Arc::new(led));
    }

    /// Closes every log, and writes down that everything is on disk.
    ///
    /// With a partition offline it does not: the next start has to look at its log again, not to trust it.
    pub(crate) fn close(&self) {
        let mut clean = self.topics().iter().all(|topic| topic.partitions.iter().all(Option::is_some));
        let broker_epoch = {
            let mut metadata = self.metadata();
            if let Err(error) = metadata.close() {
                clean = false;
                tracing::error!(%error, "the metadata log was not closed");
            }
            metadata.broker_epoch()
        };
        clean &= close::all(&self.partitions());
        let written = self.checkpoint();
        let written =
            if clean { written.and_then(|()| self.directory.mark_clean(broker_epoch)) } else { written };
        if let Err(error) = written {
            tracing::error!(%error, "the checkpoints could not be written; the next start scans the logs");
        }
    }

    /// Writes down how far every partition is.
    pub(crate) fn checkpoint(&self) -> io::Result<()> {
        let point = |partition: &Arc<Partition>| Point {
            recovery_point: partition.log.durable_offset(),
            log_start_offset: partition.log.log_start_offset(),
            high_watermark: partition.log.high_watermark(),
        };
        let points_of = |topic: &Arc<LedTopic>| {
            let points = (0..).zip(&topic.partitions);
            points
                .map(|(index, partition)| ((topic.name.to_string(), index), partition.as_ref().map(point)))
                .collect::<Vec<_>>()
        };
        self.checkpoints.write(&self.directory, || self.topics().iter().flat_map(points_of).collect())
    }

    /// How far a compacted partition is clean.
    pub(crate) fn cleaned_to(&self, partition: &TopicPartition) -> Option<i64> {
        self.cleaned_to.get(partition)
    }

    /// Notes that, and writes it down, unless the topic is gone.
    pub(crate) fn note_cleaned(&self, partition: &Partition, offset: i64) -> io::Result<()> {
        // No topic is deleted or made meanwhile.
        let _metadata = self.metadata();
        if self.topic_by_id(partition.topic_id).is_none() {
            return Ok(());
        }
        self.cleaned_to.note(&self.directory, partition.key(), offset)
    }

    /// `producer.id.expiration.ms`, as it was at the start or was changed since.
    fn producer_id_expiration_ms(&self, image: &Image) -> i64 {
        let changed = changed_config(image, self.node_id, "producer.id.expiration.ms");
        changed.and_then(|value| value.trim().parse().ok()).unwrap_or(self.producer_id_expiration_ms)
    }

    /// Every partition that is open.
    pub(crate) fn partitions(&self) -> Vec<Arc<Partition>> {
        self.topics().iter().flat_map(|topic| topic.online().cloned().collect::<Vec<_>>()).collect()
    }

    /// The topic with every log that can be opened.
    fn open_topic(&self, image: &Image, topic: &Topic, left: &Left) -> LedTopic {
        let mut led = self.offline(image, topic);
        self.open_partitions(&mut led, image, topic, left);
        led
    }

    /// Opens the logs of the partitions that `led` has no place for yet, and makes it.
    fn open_partitions(&self, led: &mut LedTopic, image: &Image, topic: &Topic, left: &Left) {
        let settings = TopicSettings::resolve(image, &topic.name, self.node_id, &self.static_configs);
        let config = log_config(&settings, self.producer_id_expiration_ms(image));
        let known = led.partitions.len();
        led.partitions.resize(topic.partitions.len().max(known), None);
        for (index, partition) in topic.partitions.iter().skip(known) {
            let identity = Identity {
                topic: Arc::clone(&led.name),
                topic_id: led.id,
                index: *index,
                leader_epoch: partition.leader_epoch,
            };
            let opened = self.open_partition(identity, config.clone(), left, &led.counters);
            let slot = usize::try_from(*index).ok().and_then(|at| led.partitions.get_mut(at));
            match (opened, slot) {
                (Ok(opened), Some(slot)) => *slot = Some(Arc::new(opened)),
                (Ok(_), None) => {}
                (Err(error), _) => {
                    tracing::error!(topic = topic.name, partition = index, "offline: {error}");
                }
            }
        }
    }

    fn open_partition(
        &self,
        identity: Identity,
        config: LogConfig,
        left: &Left,
        counters: &Arc<TopicCounters>,
    ) -> Result<Partition, OpenError> {
        let key = (identity.topic.to_string(), identity.index);
        let point = left.points.get(&key).copied().unwrap_or_default();
        let options = OpenOptions {
            recovery_point: point.recovery_point,
            log_start_offset: point.log_start_offset,
            clean: left.clean,
            now_ms: now_ms(),
        };
        let DataDir { path: root, disk, .. } = &self.directory;
        let name = partition_dir::name(&identity.topic, identity.index);
        let dir = root.join(&name);
        if !left.claimed.has(&name, identity.topic_id) {
            partition_dir::claim(&**disk, root, &name, identity.topic_id)
                .map_err(|source| OpenError::Io { path: dir.clone(), source })?;
        }
        let log = Log::open(Arc::clone(disk), &dir, config, options)?;
        Ok(Partition::new(identity, Arc::new(log), Arc::clone(counters), self.pulse.clone()))
    }

    /// The topic without its partitions.
    fn offline(&self, image: &Image, topic: &Topic) -> LedTopic {
        let settings = TopicSettings::resolve(image, &topic.name, self.node_id, &self.static_configs);
        LedTopic {
            name: topic.name.as_str().into(),
            id: topic.id,
            internal: topic.is_internal(),
            rules: produce_rules(&settings),
            counters: Arc::default(),
            partitions: Vec::new(),
        }
    }

    fn metadata(&self) -> MutexGuard<'_, Metadata> {
        self.metadata.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> std::sync::RwLockReadGuard<'_, Shown> {
        self.shown.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown_mut(&self) -> std::sync::RwLockWriteGuard<'_, Shown> {
        self.shown.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does blocking work on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MetadataError> + Send + 'static,
) -> Result<T, MetadataError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(MetadataError::Failed))
}

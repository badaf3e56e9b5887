//! Changes of topics that are there: more partitions, other settings, a later start. They hold when the answer goes out.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use millstream_cluster::config::TopicSettings;
use millstream_cluster::controller::{ControllerError, MorePartitions, ResourceAlteration};
use millstream_cluster::{ConfigResource, Image, MetadataError};

use super::{Catalog, Left, blocking};
use crate::led_topic::{LedTopic, log_config, produce_rules};

/// One result for each thing asked, in order.
type Results = Result<Vec<Result<(), ControllerError>>, MetadataError>;

impl Catalog {
    /// Gives topics more partitions, makes their logs, shows them.
    pub(crate) async fn create_partitions(
        self: &Arc<Self>,
        topics: Vec<MorePartitions>,
        validate_only: bool,
    ) -> Results {
        let catalog = Arc::clone(self);
        blocking(move || catalog.create_partitions_now(&topics, validate_only)).await
    }

    fn create_partitions_now(&self, topics: &[MorePartitions], validate_only: bool) -> Results {
        let mut metadata = self.metadata();
        let results = metadata.create_partitions(topics, validate_only)?;
        if validate_only {
            return Ok(results);
        }
        let image = metadata.image();
        for (more, _) in topics.iter().zip(&results).filter(|(_, result)| result.is_ok()) {
            self.grow(&image, &more.topic);
        }
        self.shown_mut().image = image;
        self.pulse.beat();
        Ok(results)
    }

    /// Opens the partitions that the image has and the topic not yet.
    fn grow(&self, image: &Image, topic: &str) {
        let (Some(topic), Some(shown)) = (image.topic(topic), self.topic(topic)) else { return };
        let mut grown = LedTopic::clone(&shown);
        self.open_partitions(&mut grown, image, topic, &Left::default());
        let mut shown = self.shown_mut();
        // Another may have gone offline meanwhile.
        let Some(mut led) = shown.by_id.get(&grown.id).map(|led| LedTopic::clone(led)) else { return };
        led.partitions.extend(grown.partitions.drain(led.partitions.len()..));
        shown.add(Arc::new(led));
    }

    /// Changes settings of topics, or of the broker that topics fall back to. The open logs obey at once.
    pub(crate) async fn alter_configs(
        self: &Arc<Self>,
        changes: Vec<ResourceAlteration>,
        validate_only: bool,
    ) -> Results {
        let catalog = Arc::clone(self);
        blocking(move || catalog.alter_configs_now(&changes, validate_only)).await
    }

    fn alter_configs_now(&self, changes: &[ResourceAlteration], validate_only: bool) -> Results {
        let mut metadata = self.metadata();
        let results = metadata.alter_configs(changes, validate_only)?;
        if validate_only {
            return Ok(results);
        }
        let image = metadata.image();
        self.shown_mut().image = Arc::clone(&image);
        let changed = changes.iter().zip(&results).filter(|(_, result)| result.is_ok());
        let mut topics = BTreeSet::new();
        for (change, _) in changed {
            match &change.resource {
                ConfigResource::Topic(name) => topics.extend(self.topic(name).map(|topic| topic.id)),
                _ => topics.extend(self.topics().iter().map(|topic| topic.id)),
            }
        }
        for led in topics.into_iter().filter_map(|id| self.topic_by_id(id)) {
            self.obey(&image, &led);
        }
        Ok(results)
    }

    /// Makes a topic and its logs follow the settings of the image.
    fn obey(&self, image: &Image, led: &LedTopic) {
        let settings = TopicSettings::resolve(image, &led.name, self.node_id, &self.static_configs);
        let config = log_config(&settings, self.producer_id_expiration_ms(image));
        for partition in led.online() {
            partition.log.set_config(config.clone());
        }
        let mut shown = self.shown_mut();
        let Some(mut led) = shown.by_id.get(&led.id).map(|led| LedTopic::clone(led)) else { return };
        led.rules = produce_rules(&settings);
        shown.add(Arc::new(led));
    }

    /// Writes down where the logs begin now, so that a crash does not bring back what a client has deleted.
    pub(crate) async fn keep_log_starts(self: &Arc<Self>) -> io::Result<()> {
        let catalog = Arc::clone(self);
        let written = tokio::task::spawn_blocking(move || catalog.checkpoint()).await;
        written.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

//! The driver: decides with [`controller`](crate::controller), makes the records durable, applies them, shows the image.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::controller::{
    ControllerError, CreatedTopic, NewTopic, ProducerIdBlock, ResourceAlteration, TopicDefaults, TopicRef,
};
use crate::{BrokerEndpoint, Image, Topic, Uuid};

/// How to open a data directory.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// This node's id; written to `meta.properties`, and checked against what is there.
    pub node_id: i32,
    /// The cluster id of a new directory, any name; `None` makes a random one. A directory that has another is refused.
    pub cluster_id: Option<String>,
    /// What new topics get when they do not say.
    pub topic_defaults: TopicDefaults,
}

/// Why the metadata could not be opened or changed.
#[derive(Debug, Error)]
pub enum MetadataError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path} is damaged: {detail}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The directory belongs to another cluster.
    #[error(
        "{path} belongs to cluster '{found}', not to '{asked}': take another directory or leave out the cluster id"
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
    #[error("{path} belongs to node {found}, not to {asked}")]
    OtherNode {
        /// The directory.
        path: PathBuf,
        /// Its node id.
        found: i32,
        /// The asked one.
        asked: i32,
    },
    /// An earlier write failed, so nothing more is written until a restart.
    #[error("the metadata log failed before and takes no more writes; restart to recover")]
    Poisoned,
    /// The operating system gave no randomness.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
}

/// The metadata of this cluster: owns `meta.properties` and `__cluster_metadata-0`. All of it blocks on the disk.
#[derive(Debug)]
pub struct Metadata {
    image: Arc<Image>,
}

impl Metadata {
    /// Opens the data directory, formats it when it is new, recovers the log, replays it and starts a new epoch.
    ///
    /// # Errors
    /// The directory cannot be used; the text names the file and the way out.
    pub fn open(kafka_dir: &Path, options: &OpenOptions) -> Result<Self, MetadataError> {
        let _ = (kafka_dir, options);
        todo!()
    }

    /// What the cluster is now. Cheap; take it again after a change.
    pub fn image(&self) -> Arc<Image> {
        Arc::clone(&self.image)
    }

    /// The cluster's id.
    pub fn cluster_id(&self) -> &str {
        todo!()
    }

    /// The id of this data directory.
    pub fn directory_id(&self) -> Uuid {
        todo!()
    }

    /// Tells the cluster where this broker listens, takes it into service and makes it the leader of its partitions.
    /// To be called once at each start, when the ports are known.
    ///
    /// # Errors
    /// The records could not be written.
    pub fn register_broker(&mut self, endpoints: &[BrokerEndpoint]) -> Result<(), MetadataError> {
        let _ = endpoints;
        todo!()
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
        let _ = (topics, validate_only);
        todo!()
    }

    /// Deletes topics; each result is the topic as it was, whose directories are the caller's to remove.
    ///
    /// # Errors
    /// The records could not be written: nothing was deleted.
    pub fn delete_topics(
        &mut self,
        topics: &[TopicRef],
    ) -> Result<Vec<Result<Arc<Topic>, ControllerError>>, MetadataError> {
        let _ = topics;
        todo!()
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
        let _ = (changes, validate_only);
        todo!()
    }

    /// Reserves producer ids that nobody else will get, even after a crash.
    ///
    /// # Errors
    /// The record could not be written, or all ids are used up.
    pub fn allocate_producer_ids(
        &mut self,
    ) -> Result<Result<ProducerIdBlock, ControllerError>, MetadataError> {
        todo!()
    }
}

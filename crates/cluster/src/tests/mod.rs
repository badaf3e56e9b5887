//! Whole stories: requests in, records and images out.

mod changes;
mod crashes;
mod formats;
mod kafka_directory;
mod snapshots;

use std::path::Path;
use std::sync::Arc;

use millstream_log::disk::SimDisk;

use crate::controller::{NewTopic, TopicDefaults};
use crate::{BrokerEndpoint, Metadata, MetadataError, OpenOptions};

const DIR: &str = "data/kafka";

fn options() -> OpenOptions {
    OpenOptions {
        node_id: 1,
        cluster_id: None,
        topic_defaults: TopicDefaults { partitions: 2 },
        snapshot_bytes: crate::SNAPSHOT_BYTES,
    }
}

fn try_open(disk: &SimDisk) -> Result<Metadata, MetadataError> {
    Metadata::open(Arc::new(disk.clone()), Path::new(DIR), &options())
}

fn open(disk: &SimDisk) -> Metadata {
    try_open(disk).unwrap()
}

fn endpoint() -> BrokerEndpoint {
    BrokerEndpoint { name: "PLAINTEXT".into(), host: "localhost".into(), port: 9092, security_protocol: 0 }
}

fn topic(name: &str) -> NewTopic {
    NewTopic::new(name)
}

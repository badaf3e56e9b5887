//! A catalog on a simulated disk, for tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use millstream_cluster::controller::TopicDefaults;
use millstream_cluster::{Metadata, OpenOptions};
use millstream_log::disk::SimDisk;

use super::Catalog;
use crate::data_dir::DataDir;

/// The catalog in the directory `name` of the disk, which is the test's own: a directory is held once in a process.
/// `start` is what the broker is started with.
pub(crate) fn open(disk: &SimDisk, name: &str, start: &[(&str, &str)]) -> Arc<Catalog> {
    let path = Path::new(name);
    let directory = DataDir::open(path, Arc::new(disk.clone())).unwrap();
    let mut left = directory.left().unwrap();
    let options = OpenOptions {
        node_id: 1,
        cluster_id: None,
        topic_defaults: TopicDefaults { partitions: 1 },
        snapshot_bytes: 1 << 20,
    };
    let metadata = Metadata::open(Arc::new(disk.clone()), path, &options).unwrap();
    let image = metadata.image();
    directory.take_points(&mut left, |topic, partition| image.has_partition(topic, partition)).unwrap();
    let start: BTreeMap<_, _> =
        start.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Arc::new(Catalog::open(metadata, directory, left, start, i64::MAX).unwrap())
}

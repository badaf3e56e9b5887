//! The cluster's metadata: `meta.properties`, the log of `__cluster_metadata-0`, its snapshots, `quorum-state`.
//!
//! What opens, opens again to the same image; an image is the replay of its own records.
//!
//! Memory: 4 x the files + 64 KiB.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use millstream_cluster::controller::{NewTopic, TopicDefaults};
use millstream_cluster::{
    BrokerEndpoint, Image, Metadata, MetadataError, OpenOptions, SNAPSHOT_BYTES, directory_identity,
};
use millstream_log::disk::SimDisk;

use super::directory::{self, Files};
use crate::target::{Target, Trial, ensure, scale, variant};

/// See the module.
pub const TARGET: Target = Target {
    name: "metadata",
    about: "meta.properties, __cluster_metadata's log and snapshots, quorum-state",
    seeds,
    run,
    longest: 512,
};

const DIR: &str = "data/kafka";

static FILES: LazyLock<Files> = LazyLock::new(|| files().unwrap_or_default());

fn open(disk: &SimDisk) -> Result<Metadata, MetadataError> {
    let options = OpenOptions {
        node_id: 1,
        cluster_id: None,
        topic_defaults: TopicDefaults { partitions: 2 },
        snapshot_bytes: SNAPSHOT_BYTES,
    };
    Metadata::open(Arc::new(disk.clone()), Path::new(DIR), &options)
}

/// A directory with a broker, topics, and a snapshot in the middle.
fn files() -> Option<Files> {
    let disk = SimDisk::new();
    let mut metadata = open(&disk).ok()?;
    let endpoint = BrokerEndpoint {
        name: "PLAINTEXT".into(),
        host: "localhost".into(),
        port: 9092,
        security_protocol: 0,
    };
    metadata.register_broker(&[endpoint], false).ok()?;
    for name in ["first", "second"] {
        let mut topic = NewTopic::new(name);
        topic.configs = vec![("retention.ms".into(), Some("60000".into()))];
        metadata.create_topics(&[topic], false).ok()?;
    }
    metadata.close().ok()?;
    drop(metadata);
    let mut metadata = open(&disk).ok()?;
    metadata.create_topics(&[NewTopic::new("third")], false).ok()?;
    metadata.allocate_producer_ids().ok();
    Some(directory::files(&disk, Path::new("data")))
}

fn seeds() -> Vec<Vec<u8>> {
    directory::seeds(&[], &FILES)
}

/// What shall be the same after another start.
fn shown(image: &Image) -> String {
    format!("{:?}", image.records())
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    ensure(FILES.len() > 2, || "the directory could not be made".to_owned())?;
    let mut files = FILES.clone();
    directory::damage(&mut files, input);
    let disk = directory::planted(&files);
    let size = directory::size(&files);
    let identity = directory_identity(&disk, &PathBuf::from(DIR));
    trial.feature(("identity", identity.is_ok()));
    let metadata = match trial.bounded("open", size, 0, || open(&disk))? {
        Ok(metadata) => metadata,
        Err(error) => {
            trial.feature((variant(&error), scale(error.to_string().len())));
            return Ok(());
        }
    };
    let image = metadata.image();
    trial.feature(("opened", image.topics().count(), image.brokers().count(), scale(image.records().len())));
    let mut replayed = Image::default();
    for record in image.records() {
        replayed
            .apply(&record)
            .map_err(|error| format!("the image's own record is refused: {error}: {record:?}"))?;
    }
    ensure(shown(&replayed) == shown(&image), || "the image is not the replay of its records".to_owned())?;
    drop(metadata);
    let again = open(&disk).map_err(|error| format!("opened once, and not again: {error}"))?;
    ensure(shown(&again.image()) == shown(&image), || {
        format!("{} became {}", shown(&image), shown(&again.image()))
    })
}

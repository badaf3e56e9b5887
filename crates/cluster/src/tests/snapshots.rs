//! Snapshots that we write: they say what the log before them said, whatever a crash leaves.

use std::path::Path;
use std::sync::Arc;

use millstream_log::disk::{Crash, Disk, SimDisk};

use super::{DIR, endpoint, options, topic};
use crate::controller::TopicRef;
use crate::snapshots::SnapshotPolicy;
use crate::{Metadata, MetadataError};

const NONE: SnapshotPolicy = SnapshotPolicy {
    running_bytes: u64::MAX,
    start_bytes: u64::MAX,
    segment_bytes: 1 << 20,
    retention_bytes: u64::MAX,
};
/// A snapshot for each change, and a log that is cut whenever it can be.
const MANY: SnapshotPolicy =
    SnapshotPolicy { running_bytes: 0, start_bytes: 0, segment_bytes: 1200, retention_bytes: 0 };

fn open(disk: &SimDisk, policy: SnapshotPolicy) -> Result<Metadata, MetadataError> {
    Metadata::open_with(Arc::new(disk.clone()), Path::new(DIR), &options(), policy)
}

fn files(disk: &SimDisk, suffix: &str) -> Vec<String> {
    let log_dir = Path::new(DIR).join("__cluster_metadata-0");
    let mut names: Vec<String> = disk.list(&log_dir).unwrap().into_iter().map(|entry| entry.name).collect();
    names.retain(|name| name.ends_with(suffix));
    names.sort();
    names
}

fn work(metadata: &mut Metadata, round: usize) -> Result<(), MetadataError> {
    metadata.register_broker(&[endpoint()], false)?;
    for number in 0..3 {
        metadata.create_topics(&[topic(&format!("t{round}-{number}"))], false)?.remove(0).unwrap();
    }
    let first = TopicRef::Name(format!("t{round}-0"));
    metadata.delete_topics(&[first])?.remove(0).unwrap();
    metadata.allocate_producer_ids()?.unwrap();
    Ok(())
}

#[test]
fn a_snapshot_says_what_the_log_before_it_has_said() {
    let disk = SimDisk::new();
    let mut metadata = open(&disk, NONE).unwrap();
    work(&mut metadata, 0).unwrap();
    assert_eq!(files(&disk, ".checkpoint"), ["00000000000000000000-0000000000.checkpoint"]);
    let image = metadata.image();
    drop(metadata);
    let metadata = open(&disk, SnapshotPolicy { start_bytes: 0, ..NONE }).unwrap();
    let snapshot = format!("{:020}-{:010}.checkpoint", image.offset() + 1, image.epoch());
    assert_eq!(files(&disk, ".checkpoint"), ["00000000000000000000-0000000000.checkpoint", &snapshot]);
    assert_eq!(metadata.image(), image);
    drop(metadata);
    // Without a word of the log before it.
    assert_eq!(open(&disk, NONE).unwrap().image().topics().count(), 2);
}

#[test]
fn the_log_is_cut_at_the_older_of_two_snapshots() {
    let disk = SimDisk::new();
    for round in 0..4 {
        let mut metadata = open(&disk, MANY).unwrap();
        work(&mut metadata, round).unwrap();
        let image = metadata.image();
        drop(metadata);
        let again = open(&disk, NONE).unwrap();
        assert_eq!(again.image().topics().count(), 2 * (round + 1));
        assert_eq!(again.image().records(), image.records());
    }
    assert_eq!(files(&disk, ".checkpoint").len(), 2);
    let segments = files(&disk, ".log");
    assert!(segments[0].as_str() > "00000000000000000000.log", "{segments:?}");
    // Who has lost both must not begin anew, nor in the middle.
    for snapshot in files(&disk, ".checkpoint") {
        disk.remove_file(&Path::new(DIR).join("__cluster_metadata-0").join(snapshot)).unwrap();
    }
    let error = open(&disk, NONE).unwrap_err().to_string();
    assert!(error.contains("one of its files is missing"), "{error}");
}

#[test]
fn any_step_may_be_the_last() {
    let run = |disk: &SimDisk| {
        let mut told = 0;
        for round in 0..2 {
            let Ok(mut metadata) = open(disk, MANY) else { break };
            if work(&mut metadata, round).is_err() {
                break;
            }
            told += 2;
        }
        told
    };
    let disk = SimDisk::new();
    run(&disk);
    for step in 0..disk.operations() {
        for crash in [Crash::LoseAll, Crash::Tear(step)] {
            let disk = SimDisk::new();
            disk.power_fails_at(step);
            let told = run(&disk);
            disk.crash(crash);
            let metadata = open(&disk, MANY).unwrap_or_else(|error| panic!("step {step} {crash:?}: {error}"));
            assert!(metadata.image().topics().count() >= told, "step {step} {crash:?}");
        }
    }
}

#[test]
fn a_disk_that_is_full_costs_the_snapshot_only() {
    let disk = SimDisk::new();
    let mut metadata = open(&disk, SnapshotPolicy { running_bytes: 2_000, ..NONE }).unwrap();
    let used: usize = 64 << 10;
    disk.set_capacity(Some(used as u64));
    let mut made = 0;
    for number in 0..2_000 {
        match metadata.create_topics(&[topic(&format!("t{number}"))], false) {
            Ok(_) => made += 1,
            Err(MetadataError::Append(_)) => break,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(metadata.image().topics().count(), made);
    drop(metadata);
    disk.set_capacity(None);
    assert_eq!(open(&disk, NONE).unwrap().image().topics().count(), made);
}

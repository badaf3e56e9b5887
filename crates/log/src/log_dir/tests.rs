//! A log directory over several lives.

use std::sync::Arc;

use super::*;
use crate::disk::{Crash, SimDisk};
use crate::fixture::{CLIENT, NOW, append, batch, offsets, read_all};
use crate::{AppendError, LogConfig};

const ROOT: &str = "data/kafka";
const TOPIC_ID: Id = Id([7; 16]);

fn meta() -> MetaProperties {
    MetaProperties { cluster_id: "a lab: the first".to_owned(), node_id: 1, directory_id: Id([9; 16]) }
}

fn take(disk: &SimDisk) -> Result<LogDir, LogDirError> {
    LogDir::open(Arc::new(disk.clone()), Path::new(ROOT), meta())
}

fn root_file(disk: &SimDisk, name: &str) -> Option<String> {
    disk.bytes(&Path::new(ROOT).join(name)).map(|bytes| String::from_utf8(bytes).unwrap())
}

fn a() -> TopicPartition {
    TopicPartition::new("a-topic", 0)
}

fn open(dir: &LogDir, partition: &TopicPartition) -> Arc<Log> {
    dir.open_log(partition, Some(TOPIC_ID), LogConfig::default(), NOW).unwrap()
}

#[test]
fn the_files_are_kafkas() {
    let disk = SimDisk::new();
    let dir = take(&disk).unwrap();
    let log = open(&dir, &a());
    append(&log, batch(3));
    log.sync().unwrap();
    log.delete_records(2).unwrap();
    append(&log, batch(1));
    dir.checkpoint().unwrap();
    let read = |name: &str| root_file(&disk, name).unwrap();
    assert_eq!(
        read("meta.properties"),
        "cluster.id=a lab\\: the first\ndirectory.id=CQkJCQkJCQkJCQkJCQkJCQ\nnode.id=1\nversion=1\n"
    );
    assert_eq!(read("a-topic-0/partition.metadata"), "version: 0\ntopic_id: BwcHBwcHBwcHBwcHBwcHBw");
    assert_eq!(read("recovery-point-offset-checkpoint"), "0\n1\na-topic 0 3\n");
    assert_eq!(read("log-start-offset-checkpoint"), "0\n1\na-topic 0 2\n");
    assert_eq!(read("replication-offset-checkpoint"), "0\n1\na-topic 0 3\n");
    assert_eq!(root_file(&disk, ".kafka_cleanshutdown"), None);
    dir.close(5).unwrap();
    assert_eq!(read(".kafka_cleanshutdown"), "{\"version\":0,\"brokerEpoch\":5}");
    assert_eq!(read("recovery-point-offset-checkpoint"), "0\n1\na-topic 0 4\n");
}

#[test]
fn a_clean_stop_is_known_once() {
    let disk = SimDisk::new();
    let dir = take(&disk).unwrap();
    append(&open(&dir, &a()), batch(3));
    dir.close(5).unwrap();
    drop(dir);
    disk.crash(Crash::LoseAll);
    let dir = take(&disk).unwrap();
    assert_eq!((dir.was_clean(), dir.last_broker_epoch()), (true, Some(5)));
    assert_eq!(dir.partitions().unwrap(), [(a(), Some(TOPIC_ID))]);
    let log = open(&dir, &a());
    assert_eq!(offsets(&read_all(&log)), [0]);
    dir.close(6).unwrap();
    drop(dir);
    disk.remove_file(&Path::new(ROOT).join(".kafka_cleanshutdown")).unwrap();
    assert!(!take(&disk).unwrap().was_clean());
}

#[test]
fn a_crash_keeps_what_was_synced_and_the_topic_id() {
    let disk = SimDisk::new();
    let dir = take(&disk).unwrap();
    let log = open(&dir, &a());
    append(&log, batch(3));
    log.sync().unwrap();
    append(&log, batch(1));
    drop((dir, log));
    disk.crash(Crash::LoseAll);
    let dir = take(&disk).unwrap();
    assert_eq!(dir.partitions().unwrap(), [(a(), Some(TOPIC_ID))]);
    assert_eq!(open(&dir, &a()).log_end_offset(), 3);
}

#[test]
fn only_one_broker_and_only_the_right_one() {
    let disk = SimDisk::new();
    let dir = take(&disk).unwrap();
    assert!(matches!(take(&disk), Err(LogDirError::Locked { .. })));
    drop(dir);
    let other = |meta| LogDir::open(Arc::new(disk.clone()), Path::new(ROOT), meta).unwrap_err().to_string();
    assert_eq!(
        other(MetaProperties { cluster_id: "b".to_owned(), ..meta() }),
        "data/kafka belongs to cluster.id a lab: the first, not to b; choose another directory, or that cluster.id"
    );
    assert_eq!(
        other(MetaProperties { node_id: 2, ..meta() }),
        "data/kafka belongs to node.id 1, not to 2; choose another directory, or that node.id"
    );
    let read = MetaProperties::read(&disk, Path::new(ROOT)).unwrap();
    assert_eq!(read, Some(meta()));
    assert_eq!(MetaProperties::read(&disk, Path::new("elsewhere")).unwrap(), None);
}

#[test]
fn damaged_files_are_named() {
    let table = [
        (
            "meta.properties",
            "version=0\nbroker.id=1\n",
            "data/kafka/meta.properties: version=0, 1 is the only one known",
        ),
        ("meta.properties", "version=1\nnode.id=1\n", "data/kafka/meta.properties: directory.id is missing"),
        (
            "recovery-point-offset-checkpoint",
            "0\n1\na 0 -4\n",
            "data/kafka/recovery-point-offset-checkpoint: line \"a 0 -4\" is not an entry. Without this file every log is \
             scanned from its start: remove it to have that done",
        ),
    ];
    for (name, text, expected) in table {
        let disk = SimDisk::new();
        drop(take(&disk).unwrap());
        disk.plant(&Path::new(ROOT).join(name), text.as_bytes());
        assert_eq!(take(&disk).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_left_over_of_another_topic_is_not_taken_for_this_one() {
    let disk = SimDisk::new();
    let dir = take(&disk).unwrap();
    append(&open(&dir, &a()), batch(3));
    drop(dir);
    let refused = take(&disk).unwrap().open_log(&a(), Some(Id([8; 16])), LogConfig::default(), NOW);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "data/kafka/a-topic-0 belongs to topic id BwcHBwcHBwcHBwcHBwcHBw, not to CAgICAgICAgICAgICAgICA; \
         move it out of the log directory"
    );
}

#[test]
fn a_deleted_partition_frees_its_name_at_once_and_for_good() {
    let disk = SimDisk::new();
    let dir = take(&disk).unwrap();
    let log = open(&dir, &a());
    append(&log, batch(3));
    log.sync().unwrap();
    dir.checkpoint().unwrap();
    dir.delete_log(&a(), TOPIC_ID).unwrap();
    assert!(matches!(log.append(&mut batch(1), CLIENT), Err(AppendError::Closed)));
    assert_eq!(dir.partitions().unwrap(), []);
    let again = open(&dir, &a());
    assert_eq!((again.log_start_offset(), again.log_end_offset()), (0, 0));
    drop((dir, log, again));
    disk.crash(Crash::LoseAll);
    let dir = take(&disk).unwrap();
    assert_eq!(
        open(&dir, &a()).log_end_offset(),
        0,
        "the old recovery point does not speak of the new topic"
    );
    let left: Vec<_> = disk.list(Path::new(ROOT)).unwrap().into_iter().filter(|entry| entry.is_dir).collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn an_offline_partition_keeps_its_recovery_point() {
    let disk = SimDisk::new();
    let dir = take(&disk).unwrap();
    append(&open(&dir, &a()), batch(3));
    open(&dir, &a()).sync().unwrap();
    dir.checkpoint().unwrap();
    drop(dir);
    disk.plant(&Path::new(ROOT).join("a-topic-0/00000000000000000000.log"), b"rubbish");
    for _ in 0..2 {
        let dir = take(&disk).unwrap();
        let refused = dir.open_log(&a(), None, LogConfig::default(), NOW);
        assert!(matches!(refused, Err(LogDirError::Open(OpenError::Damaged { .. }))));
        dir.close(1).unwrap();
    }
}

#[test]
fn two_processes_exclude_each_other_on_a_real_disk() {
    let home = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(crate::disk::RealDisk);
    let dir = LogDir::open(Arc::clone(&disk), home.path(), meta()).unwrap();
    let log = dir.open_log(&a(), Some(TOPIC_ID), LogConfig::default(), NOW).unwrap();
    append(&log, batch(3));
    dir.close(1).unwrap();
    drop((dir, log));
    let dir = LogDir::open(disk, home.path(), meta()).unwrap();
    assert!(dir.was_clean());
    assert_eq!(dir.open_log(&a(), None, LogConfig::default(), NOW).unwrap().log_end_offset(), 3);
}

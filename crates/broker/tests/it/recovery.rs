//! The table of what a start finds in the directory around the logs, and what it does about it. The table of what it
//! finds in a log stands at the top of the log crate's recovery; both are summed up in GUARANTEES.md.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use millstream_broker::{Broker, StartError};
use millstream_log::disk::{Crash, Disk, SimDisk};

use crate::client::{Client, batch, config, values};
use crate::restart::commit;

const DIR: &str = "recovery";

/// What a start makes of the damage.
#[derive(Clone, Copy)]
enum Outcome {
    /// It serves, and `t` and `compacted` hold what they held.
    Serves,
    /// It does not, with these words.
    Refuses(&'static str),
}

/// A damage, to the disk of a broker that was stopped in order.
type Damage = fn(&SimDisk);

fn at(name: &str) -> PathBuf {
    Path::new(DIR).join("kafka").join(name)
}

fn remove(disk: &SimDisk, name: &str) {
    disk.remove_file(&at(name)).unwrap();
}

/// The files of a directory under another name, as a move that was cut short leaves them.
fn copy(disk: &SimDisk, from: &str, to: &str) {
    disk.create_dir_all(&at(to)).unwrap();
    for entry in disk.list(&at(from)).unwrap() {
        let bytes = disk.bytes(&at(from).join(&entry.name)).unwrap();
        disk.plant(&at(to).join(&entry.name), &bytes);
    }
}

const GARBAGE: &[u8] = b"0\n2\nt 0\n";

use Outcome::{Refuses, Serves};

/// What is found; whether the stop before looks like a crash; what is done.
const TABLE: &[(&str, bool, Damage, Outcome)] = &[
    ("nothing", false, |_| {}, Serves),
    ("no mark of a clean stop", true, |_| {}, Serves),
    ("no recovery points", true, |disk| remove(disk, "recovery-point-offset-checkpoint"), Serves),
    (
        "no recovery points after a clean stop",
        false,
        |disk| remove(disk, "recovery-point-offset-checkpoint"),
        Serves,
    ),
    (
        "damaged recovery points",
        true,
        |disk| disk.plant(&at("recovery-point-offset-checkpoint"), GARBAGE),
        Refuses("without it every log is read from its start"),
    ),
    ("no log start offsets", true, |disk| remove(disk, "log-start-offset-checkpoint"), Serves),
    (
        "damaged log start offsets",
        true,
        |disk| disk.plant(&at("log-start-offset-checkpoint"), GARBAGE),
        Refuses("without it records come back"),
    ),
    ("no high watermarks", true, |disk| remove(disk, "replication-offset-checkpoint"), Serves),
    (
        "damaged high watermarks",
        true,
        |disk| disk.plant(&at("replication-offset-checkpoint"), GARBAGE),
        Serves,
    ),
    ("damaged cleaner offsets", true, |disk| disk.plant(&at("cleaner-offset-checkpoint"), GARBAGE), Serves),
    (
        "a half-written checkpoint",
        true,
        |disk| disk.plant(&at("recovery-point-offset-checkpoint.tmp"), b"0\n"),
        Serves,
    ),
    ("no leader epochs", true, |disk| remove(disk, "t-0/leader-epoch-checkpoint"), Serves),
    ("damaged leader epochs", true, |disk| disk.plant(&at("t-0/leader-epoch-checkpoint"), GARBAGE), Serves),
    ("no partition.metadata", true, |disk| remove(disk, "t-0/partition.metadata"), Serves),
    (
        "torn partition.metadata",
        true,
        |disk| disk.plant(&at("t-0/partition.metadata"), b"version: 0\ntop"),
        Serves,
    ),
    (
        "a half-deleted topic",
        true,
        |disk| copy(disk, "t-0", "gone-0.0123456789abcdef0123456789abcdef-delete"),
        Serves,
    ),
    (
        "a copy for another directory",
        true,
        |disk| copy(disk, "t-0", "t-0.0123456789abcdef0123456789abcdef-future"),
        Serves,
    ),
    ("a directory of nobody", true, |disk| disk.create_dir_all(&at("stranger-0")).unwrap(), Serves),
    (
        "no meta.properties",
        true,
        |disk| remove(disk, "meta.properties"),
        Refuses("but no meta.properties: take an empty directory, or put the file back"),
    ),
    (
        "another node's meta.properties",
        true,
        |disk| {
            let text = String::from_utf8(disk.bytes(&at("meta.properties")).unwrap()).unwrap();
            disk.plant(&at("meta.properties"), text.replace("node.id=1", "node.id=7").as_bytes());
        },
        Refuses("belongs to node 7, and this server is node 1"),
    ),
    (
        "no metadata",
        true,
        |disk| disk.remove_dir_all(&at("__cluster_metadata-0")).unwrap(),
        Refuses("but __cluster_metadata-0 is empty"),
    ),
    (
        "a half-written metadata snapshot",
        true,
        |disk| disk.plant(&at("__cluster_metadata-0/00000000000000000009-0000000001.checkpoint.tmp"), b"x"),
        Serves,
    ),
];

async fn start(disk: &SimDisk) -> Result<Broker, StartError> {
    let mut config = config(Path::new(DIR));
    config.offsets_topic_partitions = 1;
    loop {
        match Broker::start_on(config.clone(), Arc::new(disk.until_crash())).await {
            Err(StartError::DirectoryLocked { .. }) => tokio::task::yield_now().await,
            outcome => return outcome,
        }
    }
}

/// A disk with a broker's directory, stopped in order.
async fn stopped() -> SimDisk {
    let disk = SimDisk::new();
    let broker = start(&disk).await.unwrap();
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    for value in ["a", "b", "c"] {
        client.produce("t", batch(&[value]), 9).await;
    }
    commit(client, 2).await;
    broker.shutdown().await;
    disk
}

#[tokio::test]
async fn what_a_start_finds_around_the_logs() {
    for (what, is_unclean, damage, outcome) in TABLE {
        let disk = stopped().await;
        damage(&disk);
        if *is_unclean {
            remove(&disk, ".kafka_cleanshutdown");
        }
        disk.crash(Crash::Process);
        match (start(&disk).await, outcome) {
            (Ok(broker), Serves) => {
                let client = &mut Client::connect(&broker).await;
                let read: String =
                    values(&client.fetch("t", 0, 9).await).into_iter().map(|(_, value)| value).collect();
                assert_eq!(read, "abc", "{what}");
                assert_eq!(client.produce("t", batch(&["d"]), 9).await.base_offset, 3, "{what}");
                broker.shutdown().await;
                let names = disk.list(&at("")).unwrap().into_iter().map(|entry| entry.name);
                let left: Vec<String> = names.filter(|name| name.ends_with("-delete")).collect();
                assert_eq!(left, Vec::<String>::new(), "{what}");
            }
            (Err(error), Refuses(words)) => {
                assert!(error.to_string().contains(words), "{what}: {error}");
            }
            (Err(error), Serves) => panic!("{what}: {error}"),
            (Ok(_), Refuses(_)) => panic!("{what}: it serves"),
        }
    }
}

#[tokio::test]
async fn a_group_is_told_at_once_that_the_disk_is_full() {
    use millstream_wire::ErrorCode;
    use millstream_wire::messages::offset_commit::{
        OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
    };
    let disk = SimDisk::new();
    let mut config = config(Path::new("full"));
    config.offsets_topic_partitions = 1;
    // A segment a few commits: to finish one takes more room than to write into it.
    config.set("log.index.size.max.bytes", "24").unwrap();
    config.set("log.index.interval.bytes", "0").unwrap();
    let broker = Broker::start_on(config, Arc::new(disk.clone())).await.unwrap();
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    commit(client, 0).await;
    let used = disk.used();
    let mut refused = 0;
    for more in 0..60 {
        disk.set_capacity(Some(used + more * 20));
        let partition = OffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: i64::try_from(more).unwrap(),
            ..Default::default()
        };
        let topic =
            OffsetCommitRequestTopic { name: "t".into(), partitions: vec![partition], ..Default::default() };
        let request = OffsetCommitRequest {
            group_id: "g".into(),
            generation_id_or_member_epoch: -1,
            topics: vec![topic],
            ..Default::default()
        };
        let code = client.call(&request, 2).await.topics[0].partitions[0].error_code;
        assert!(
            [ErrorCode::NONE, ErrorCode::COORDINATOR_NOT_AVAILABLE, ErrorCode::NOT_COORDINATOR]
                .contains(&code),
            "{code:?}"
        );
        refused += u32::from(code != ErrorCode::NONE);
    }
    assert!(refused > 0);
    disk.set_capacity(None);
    commit(client, 99).await;
    broker.shutdown().await;
}

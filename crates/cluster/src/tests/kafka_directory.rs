//! A directory that Apache Kafka 4.3.1 wrote is understood, and ours is built like it.

use std::fmt::Write;
use std::path::Path;

use bytes::Bytes;
use expect_test::expect;
use millstream_log::disk::{Disk, SimDisk};
use millstream_wire::records::Batches;

use super::{DIR, endpoint, open, try_open};
use crate::snapshot::records_of;
use crate::{ConfigResource, Image};

macro_rules! golden {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../golden/kafka-4.3.1/", $name)).as_slice())
    };
}

const GOLDEN: &[(&str, &[u8])] = &[
    golden!("meta.properties"),
    golden!("bootstrap.checkpoint"),
    golden!("__cluster_metadata-0/00000000000000000000.log"),
    golden!("__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"),
    golden!("__cluster_metadata-0/00000000000000000091-0000000001.checkpoint"),
    golden!("__cluster_metadata-0/00000000000000000115-0000000001.checkpoint"),
    golden!("__cluster_metadata-0/quorum-state"),
    golden!("__cluster_metadata-0/leader-epoch-checkpoint"),
];

/// Kafka's directory, without the files whose names begin so.
fn kafkas(without: &[&str]) -> SimDisk {
    let disk = SimDisk::new();
    disk.create_dir_all(&Path::new(DIR).join("__cluster_metadata-0")).unwrap();
    for (name, bytes) in
        GOLDEN.iter().filter(|(name, _)| !without.iter().any(|prefix| name.starts_with(prefix)))
    {
        disk.plant(&Path::new(DIR).join(name), bytes);
    }
    disk
}

fn show(image: &Image) -> String {
    let mut out = String::new();
    for (name, level) in image.features() {
        writeln!(out, "feature {name} {level}").unwrap();
    }
    for broker in image.brokers() {
        let endpoints: Vec<String> =
            broker.endpoints.iter().map(|e| format!("{}://{}:{}", e.name, e.host, e.port)).collect();
        let fenced = if broker.fenced { " fenced" } else { "" };
        writeln!(out, "broker {} epoch {} {}{fenced}", broker.id, broker.epoch, endpoints.join(",")).unwrap();
    }
    for topic in image.topics() {
        let configs = image.configs(&ConfigResource::Topic(topic.name.clone()));
        let configs: Vec<String> = configs
            .into_iter()
            .flat_map(|configs| configs.iter())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        writeln!(out, "topic {} {}", topic.name, configs.join(",")).unwrap();
        for (id, p) in &topic.partitions {
            writeln!(
                out,
                "  {id} leader {} epochs {} {} replicas {:?} isr {:?} elr {:?} last {:?}",
                p.leader,
                p.leader_epoch,
                p.partition_epoch,
                p.replicas,
                p.isr,
                p.eligible_leader_replicas,
                p.last_known_elr
            )
            .unwrap();
        }
    }
    writeln!(out, "brokers' configs {:?}", image.configs(&ConfigResource::Broker(None))).unwrap();
    writeln!(
        out,
        "next producer id {}, offset {}, epoch {}",
        image.next_producer_id(),
        image.offset(),
        image.epoch()
    )
    .unwrap();
    out
}

#[test]
fn kafkas_directory_is_understood_and_taken_over() {
    let mut metadata = open(&kafkas(&[]));
    assert_eq!(metadata.cluster_id(), "MkU3OEVBNTcwNTJENDM2Qg");
    expect![[r#"
        feature eligible.leader.replicas.version 1
        feature group.version 1
        feature metadata.version 30
        feature share.version 1
        feature streams.version 1
        feature transaction.version 2
        broker 1 epoch 22 PLAINTEXT://127.0.0.1:29192 fenced
        topic __consumer_offsets cleanup.policy=compact,compression.type=producer,segment.bytes=104857600
          0 leader -1 epochs 1 1 replicas [1] isr [] elr [1] last [1]
        topic clicks retention.ms=1000
          0 leader -1 epochs 1 1 replicas [1] isr [] elr [1] last [1]
          1 leader -1 epochs 1 1 replicas [1] isr [] elr [1] last [1]
        topic late.one 
          0 leader -1 epochs 1 1 replicas [1] isr [] elr [1] last [1]
        brokers' configs Some({"min.insync.replicas": "1"})
        next producer id 1000, offset 117, epoch 1
    "#]]
    .assert_eq(&show(&metadata.image()));
    metadata.register_broker(&[endpoint()], false).unwrap();
    expect![[r#"
        feature eligible.leader.replicas.version 1
        feature group.version 1
        feature metadata.version 30
        feature share.version 1
        feature streams.version 1
        feature transaction.version 2
        broker 1 epoch 119 PLAINTEXT://localhost:9092
        topic __consumer_offsets cleanup.policy=compact,compression.type=producer,segment.bytes=104857600
          0 leader 1 epochs 2 2 replicas [1] isr [1] elr [] last []
        topic clicks retention.ms=1000
          0 leader 1 epochs 2 2 replicas [1] isr [1] elr [] last []
          1 leader 1 epochs 2 2 replicas [1] isr [1] elr [] last []
        topic late.one 
          0 leader 1 epochs 2 2 replicas [1] isr [1] elr [] last []
        brokers' configs Some({"min.insync.replicas": "1"})
        next producer id 1000, offset 124, epoch 2
    "#]]
    .assert_eq(&show(&metadata.image()));
}

#[test]
fn snapshot_and_tail_tell_what_the_whole_log_tells() {
    let whole = open(&kafkas(&[
        "__cluster_metadata-0/00000000000000000091",
        "__cluster_metadata-0/00000000000000000115",
    ]));
    for without in ["__cluster_metadata-0/00000000000000000091", "__cluster_metadata-0/00000000000000000115"]
    {
        assert_eq!(open(&kafkas(&[without])).image(), whole.image());
    }
}

#[test]
fn the_bootstrap_checkpoint_is_kafkas() {
    let records = |bytes: &[u8]| {
        let batches = Batches::verified(Bytes::copy_from_slice(bytes));
        let parts: Vec<_> = batches
            .map(|batch| {
                let batch = batch.unwrap();
                let header = &batch.header;
                let records: Vec<_> = records_of(&batch)
                    .unwrap()
                    .into_iter()
                    .map(|record| (record.offset, record.key, record.value))
                    .collect();
                (header.partition_leader_epoch, header.attributes.is_control(), records)
            })
            .collect();
        parts
    };
    let disk = SimDisk::new();
    open(&disk);
    let ours = disk.bytes(&Path::new(DIR).join("bootstrap.checkpoint")).unwrap();
    assert_eq!(records(&ours), records(GOLDEN[1].1));
}

#[test]
fn damage_is_told_and_nothing_is_changed() {
    let log = "__cluster_metadata-0/00000000000000000000.log";
    let snapshot = "__cluster_metadata-0/00000000000000000115-0000000001.checkpoint";
    let bytes = |name: &str| GOLDEN.iter().find(|(golden, _)| *golden == name).unwrap().1.to_vec();
    let mut flipped = bytes(log);
    flipped[700] ^= 1;
    let mut headless = bytes(log);
    headless[8] = 0x7f;
    // Neither the offset nor the epoch of a batch is under its checksum.
    let (mut elsewhere, mut later) = (bytes(log), bytes(log));
    elsewhere[6] ^= 1;
    later[14] ^= 1;
    // Of the last batch the epoch fell, or the offset is too large: behind it lies nothing, and it is no torn write.
    let (mut last_but_one, mut last) = (bytes(log), bytes(log));
    let positions: Vec<_> =
        Batches::new(bytes(log).into()).map(|batch| batch.map(|batch| batch.position).unwrap()).collect();
    last_but_one[positions[positions.len() - 2] + 13] ^= 1;
    last[positions[positions.len() - 1] + 4] ^= 1;
    let mut cut = bytes(snapshot);
    cut.truncate(1_000);
    let mut no_footer = bytes(snapshot);
    no_footer.truncate(no_footer.len() - 75);
    let table: [(&str, Vec<u8>, &str); 9] = [
        (log, last, "and is whole otherwise; nothing was changed"),
        (log, last_but_one, "and is whole otherwise; nothing was changed"),
        (log, flipped, "good records behind it"),
        (log, headless, "good records behind it"),
        (log, elsewhere, "good records behind it"),
        (log, later, "good records behind it"),
        (snapshot, cut, "is damaged: batch at byte"),
        (snapshot, no_footer, "it has no snapshot footer"),
        ("meta.properties", b"version=1\nnode.id=2\ncluster.id=c\n".to_vec(), "belongs to node 2, not to 1"),
    ];
    for (name, bytes, expected) in table {
        let disk = kafkas(&[]);
        let path = Path::new(DIR).join(name);
        disk.plant(&path, &bytes);
        let error = try_open(&disk).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
        if name != "meta.properties" {
            assert_eq!(disk.bytes(&path).unwrap(), bytes);
        }
    }
}

#[test]
fn metadata_that_is_lost_is_not_made_anew() {
    let table: [(&[&str], &str); 2] = [
        (&["__cluster_metadata-0/"], "it holds 'clicks-0', but __cluster_metadata-0 is empty"),
        (&["meta.properties"], "but no meta.properties: take an empty directory, or put the file back"),
    ];
    for (without, expected) in table {
        let disk = kafkas(without);
        disk.create_dir_all(&Path::new(DIR).join("clicks-0")).unwrap();
        let error = try_open(&disk).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

//! Retention through topic and broker settings, on a simulated disk and with a clock turned by hand.

use std::sync::Arc;

use millstream_cluster::ConfigResource;
use millstream_cluster::controller::{AlterConfig, AlterConfigOp, NewTopic, ResourceAlteration};
use millstream_log::disk::{Crash, SimDisk};
use millstream_log::{AppendOptions, Origin};
use millstream_wire::records::{BatchBuilder, Codec};

use super::*;
use crate::catalog::fixture::open;
use crate::retention::{self, Reason};

const NOW: i64 = 1_700_000_000_000;
const HOUR: i64 = 3_600_000;

/// A topic with a record an hour, ten of them, in segments of three hours.
async fn topic(catalog: &Arc<Catalog>, configs: &[(&str, &str)]) -> Arc<Partition> {
    let mut new = NewTopic::new("t");
    let own = configs.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())));
    new.configs = own.collect();
    new.configs.push(("segment.ms".to_owned(), Some((3 * HOUR - 1).to_string())));
    catalog.create_topics(vec![new], false).await.unwrap().remove(0).unwrap();
    let partition = catalog.topic("t").unwrap().partition(0).unwrap().clone();
    for hour in 0..10 {
        append(&partition, NOW + hour * HOUR);
    }
    partition
}

fn append(partition: &Partition, at: i64) {
    let mut batch = BatchBuilder::new(Codec::None);
    batch.append(at, None, Some(b"value"), &[]).unwrap();
    let options = AppendOptions { origin: Origin::Client, leader_epoch: 0, now_ms: at };
    partition.log.append(&mut batch.finish().unwrap(), options).unwrap();
    partition.log.sync().unwrap();
}

#[tokio::test]
async fn topic_and_broker_settings_let_segments_go() {
    let bytes = {
        let partition = topic(&open(&SimDisk::new(), "settings", &[]), &[]).await;
        partition.log.size_in_bytes()
    };
    let half = (bytes / 2).to_string();
    type Settings = &'static [(&'static str, &'static str)];
    type Row<'a> = (Settings, Vec<(&'a str, &'a str)>, i64, i64);
    let hours = |hours: i64| NOW + hours * HOUR;
    // What the broker was started with, what the topic says, now, and the log's start after a check.
    let table: [Row<'_>; 9] = [
        (&[], vec![], hours(9), 0),
        (&[], vec![("retention.ms", "18000000")], hours(7), 0),
        (&[], vec![("retention.ms", "18000000")], hours(8), 3),
        (&[], vec![("retention.bytes", &half)], hours(0), 3),
        (&[("log.retention.hours", "5")], vec![], hours(8), 3),
        (&[("log.retention.minutes", "300")], vec![], hours(11), 6),
        (&[("log.retention.ms", "18000000"), ("log.retention.hours", "1")], vec![], hours(8), 3),
        (&[("log.retention.ms", "1")], vec![("retention.ms", "-1")], hours(100), 0),
        (&[("log.retention.ms", "1")], vec![("cleanup.policy", "compact")], hours(100), 0),
    ];
    for (start, configs, now, expected) in table {
        let catalog = open(&SimDisk::new(), "settings", start);
        let partition = topic(&catalog, &configs).await;
        delete_old(&catalog, now);
        assert_eq!(partition.log.log_start_offset(), expected, "{start:?} {configs:?}");
    }
}

#[tokio::test]
async fn changed_settings_hold_at_once() {
    let catalog = open(&SimDisk::new(), "changed_settings_hold_at_once", &[]);
    let partition = topic(&catalog, &[]).await;
    let set = |resource, name: &str, value: &str| {
        let op = AlterConfigOp::Set(value.to_owned());
        let changes = vec![AlterConfig { name: name.to_owned(), op }];
        catalog.alter_configs(vec![ResourceAlteration { resource, changes, replaces: false }], false)
    };
    let of_topic = || ConfigResource::Topic("t".to_owned());
    let now = NOW + 10 * HOUR;
    set(ConfigResource::Broker(None), "log.retention.ms", "28000000").await.unwrap().remove(0).unwrap();
    assert_eq!(delete_old(&catalog, now).len(), 1);
    assert_eq!(partition.log.log_start_offset(), 3, "of all brokers");
    set(ConfigResource::Broker(Some(1)), "log.retention.ms", "17000000").await.unwrap().remove(0).unwrap();
    delete_old(&catalog, now);
    assert_eq!(partition.log.log_start_offset(), 6, "of this broker, which is stronger");
    set(of_topic(), "retention.ms", "1").await.unwrap().remove(0).unwrap();
    delete_old(&catalog, now);
    assert_eq!(partition.log.log_start_offset(), 10, "of the topic, which is stronger still");
    set(of_topic(), "max.message.bytes", "77").await.unwrap().remove(0).unwrap();
    assert_eq!(catalog.topic("t").unwrap().rules.max_message_bytes, 77);
    set(of_topic(), "segment.ms", "1").await.unwrap().remove(0).unwrap();
    [0, 10, 20].into_iter().for_each(|ms| append(&partition, now + ms));
    assert_eq!(partition.log.segments().len(), 3);
}

#[tokio::test]
async fn deleted_records_stay_deleted_after_a_crash() {
    let disk = SimDisk::new();
    let catalog = open(&disk, "deleted_records_stay_deleted_after_a_crash", &[]);
    let partition = topic(&catalog, &[]).await;
    partition.log.delete_records(4).unwrap();
    catalog.keep_log_starts().await.unwrap();
    drop((catalog, partition));
    disk.crash(Crash::LoseAll);
    let catalog = open(&disk, "deleted_records_stay_deleted_after_a_crash", &[]);
    let partition = catalog.topic("t").unwrap().partition(0).unwrap().clone();
    assert_eq!(partition.log.log_start_offset(), 4);
    assert_eq!(partition.log.segments()[0].0, 0, "the segment still holds something");
    delete_old(&catalog, NOW);
    assert_eq!(partition.log.segments()[0].0, 3);
}

#[tokio::test]
async fn the_page_is_told_what_goes_next() {
    let catalog = open(&SimDisk::new(), "the_page_is_told_what_goes_next", &[]);
    topic(&catalog, &[("retention.ms", "18000000")]).await;
    let led = catalog.topic("t").unwrap();
    let told = retention::of(&led, 10, NOW, Duration::from_secs(300)).unwrap();
    assert_eq!((told.retention_ms, told.retention_bytes, told.deletes), (18_000_000, -1, true));
    let partition = &told.partitions[0];
    let next = partition.next.unwrap();
    assert_eq!(next.reason, Reason::RetentionMs);
    // Five hours after the third record, with the check after that.
    assert_eq!(next.at_ms, NOW + 7 * HOUR + 300_000);
    let segments: Vec<_> = partition.segments.iter().map(|one| (one.base_offset, one.end_offset)).collect();
    assert_eq!(segments, [(0, 3), (3, 6), (6, 9), (9, 10)]);
    delete_old(&catalog, next.at_ms);
    let told = retention::of(&led, 10, NOW, Duration::from_secs(300)).unwrap();
    assert_eq!(told.partitions[0].segments[0].base_offset, 3);
}

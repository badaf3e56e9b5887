//! Compaction through topic settings, on a simulated disk and with a clock turned by hand.

use std::path::Path;

use millstream_cluster::controller::{NewTopic, TopicRef};
use millstream_log::disk::{Crash, Disk, SimDisk};
use millstream_log::{AppendOptions, Origin, ReadLimits};
use millstream_wire::records::{BatchBuilder, Batches, Budget, Codec};

use super::*;
use crate::catalog::fixture::open;
use crate::closing;

const NOW: i64 = 1_700_000_000_000;
const MEANS: Means = Means { dedupe_buffer_bytes: 1 << 20, bytes_per_second: f64::MAX };
const FILE: &str = "cleaner-offset-checkpoint";

/// A topic whose segments hold one batch each.
async fn topic(catalog: &Arc<Catalog>, name: &str, policy: &str) -> Arc<Partition> {
    let mut new = NewTopic::new(name);
    let set = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    new.configs = vec![set("cleanup.policy", policy), set("segment.ms", "1")];
    catalog.create_topics(vec![new], false).await.unwrap().remove(0).unwrap();
    catalog.topic(name).unwrap().partition(0).unwrap().clone()
}

fn append(partition: &Partition, records: &[(&str, &str)]) {
    for (key, value) in records {
        let at = NOW + partition.log.log_end_offset() * 10;
        let mut batch = BatchBuilder::new(Codec::None);
        batch.append(at, Some(key.as_bytes()), Some(value.as_bytes()), &[]).unwrap();
        let options = AppendOptions { origin: Origin::Client, leader_epoch: 0, now_ms: at };
        partition.log.append(&mut batch.finish().unwrap(), options).unwrap();
    }
    partition.log.sync().unwrap();
}

fn values(partition: &Partition) -> Vec<String> {
    let mut values = Vec::new();
    let mut from = 0;
    let limits = ReadLimits { max_bytes: 1 << 20, min_one_batch: true, upper_bound: i64::MAX };
    loop {
        let bytes = partition.log.read(from, limits).unwrap();
        if bytes.is_empty() {
            return values;
        }
        for batch in Batches::verified(bytes).map(Result::unwrap) {
            from = batch.header.next_offset();
            let records = batch.records(Budget::default()).unwrap().map(Result::unwrap);
            values.extend(records.map(|one| String::from_utf8(one.value.unwrap().to_vec()).unwrap()));
        }
    }
}

fn cleaner() -> Cleaner {
    Cleaner::default()
}

#[tokio::test]
async fn the_dirtiest_comes_first_and_each_is_written_down() {
    let disk = SimDisk::new();
    let name = "the_dirtiest_comes_first";
    let catalog = open(&disk, name, &[]);
    let (one, two) =
        (topic(&catalog, "one", "compact").await, topic(&catalog, "two", "compact,delete").await);
    let not = topic(&catalog, "not", "delete").await;
    for partition in [&one, &two, &not] {
        append(partition, &[("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")]);
    }
    let (_shutdown, closing) = closing::channel();
    let cleaner = cleaner();
    let mut cleaned = Vec::new();
    while let Some(partition) = cleaner.clean_next(&catalog, MEANS, &closing, NOW) {
        cleaned.push(partition.topic.to_string());
    }
    cleaned.sort();
    assert_eq!(cleaned, ["one", "two"]);
    for (partition, expected) in
        [(&one, vec!["2", "3", "4"]), (&two, vec!["2", "3", "4"]), (&not, vec!["1", "2", "3", "4"])]
    {
        assert_eq!(values(partition), expected, "{}", partition.topic);
    }
    let file = || String::from_utf8(disk.bytes(&Path::new(name).join(FILE)).unwrap()).unwrap();
    assert_eq!(file(), "0\n2\none 0 3\ntwo 0 3\n");
    append(&two, &[("b", "5"), ("c", "6"), ("d", "7"), ("d", "8")]);
    append(&one, &[("e", "5")]);
    let next = cleaner.clean_next(&catalog, MEANS, &closing, NOW).unwrap();
    assert_eq!(&*next.topic, "two", "of the other, less than half is dirty");
    assert_eq!(values(&two), ["4", "5", "6", "7", "8"]);
    assert_eq!(file(), "0\n2\none 0 3\ntwo 0 7\n");
    catalog.delete_topics(vec![TopicRef::Name("two".to_owned())]).await.unwrap().remove(0).unwrap();
    assert_eq!(file(), "0\n1\none 0 3\n", "who makes it again has nothing clean");
}

#[tokio::test]
async fn a_restart_goes_on_where_the_last_round_came_to() {
    let disk = SimDisk::new();
    let name = "a_restart_goes_on";
    let (_shutdown, closing) = closing::channel();
    {
        let catalog = open(&disk, name, &[]);
        let partition = topic(&catalog, "t", "compact").await;
        append(&partition, &[("a", "1"), ("a", "2"), ("a", "3")]);
        cleaner().clean_next(&catalog, MEANS, &closing, NOW).unwrap();
    }
    disk.crash(Crash::LoseAll);
    {
        let catalog = open(&disk, name, &[]);
        assert!(cleaner().clean_next(&catalog, MEANS, &closing, NOW).is_none());
        assert_eq!(values(catalog.topic("t").unwrap().partition(0).unwrap()), ["2", "3"]);
    }
    // Without the file, all is dirty again.
    disk.plant(&Path::new(name).join(FILE), b"not a checkpoint");
    let catalog = open(&disk, name, &[]);
    assert!(cleaner().clean_next(&catalog, MEANS, &closing, NOW).is_some());
    assert!(disk.open(&Path::new(name).join(FILE), millstream_log::disk::Open::Read).is_ok());
}

#[tokio::test]
async fn nothing_is_cleaned_while_the_broker_goes_down() {
    let disk = SimDisk::new();
    let catalog = open(&disk, "nothing_is_cleaned", &[]);
    let partition = topic(&catalog, "t", "compact").await;
    append(&partition, &[("a", "1"), ("a", "2"), ("a", "3")]);
    let (shutdown, closing) = closing::channel();
    shutdown.say();
    cleaner().clean_next(&catalog, MEANS, &closing, NOW);
    assert_eq!(values(&partition), ["1", "2", "3"]);
}

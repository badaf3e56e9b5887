//! Damaged files: a partition goes offline alone, the files that say what there is stop the start.

use std::fs;
use std::path::{Path, PathBuf};

use millstream_broker::{Broker, StartError, TopicError};
use millstream_wire::ErrorCode;
use millstream_wire::messages::delete_topics::DeleteTopicsRequest;
use millstream_wire::messages::find_coordinator::FindCoordinatorRequest;
use millstream_wire::messages::metadata::MetadataRequest;
use millstream_wire::messages::offset_fetch::{OffsetFetchRequest, OffsetFetchRequestTopic};

use crate::client::{Client, batch, broker, config, restarted, values};
use crate::restart::commit;

const SEGMENT: &str = "00000000000000000000.log";
const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";

fn kafka(dir: &Path) -> PathBuf {
    dir.join("kafka")
}

/// Turns one byte in the middle of a partition's first segment over, as a failing disk does. Doing it twice repairs it.
fn turn_a_byte(dir: &Path, partition: &str) {
    let path = kafka(dir).join(partition).join(SEGMENT);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&path, bytes).unwrap();
}

/// Makes the stop before look like a crash.
fn forget_the_clean_stop(dir: &Path) {
    fs::remove_file(kafka(dir).join(".kafka_cleanshutdown")).unwrap();
}

/// A broker that was stopped in order with three records in each of these topics.
async fn stopped_with(dir: &Path, topics: &[&str]) {
    let broker = broker(dir).await;
    let client = &mut Client::connect(&broker).await;
    for topic in topics {
        client.make_topic(topic).await;
        for value in ["a", "b", "c"] {
            client.produce(topic, batch(&[value]), 9).await;
        }
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn a_topic_made_again_is_not_measured_by_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    stopped_with(dir.path(), &["t"]).await;
    let listed = || fs::read_to_string(kafka(dir.path()).join(RECOVERY_POINTS)).unwrap();
    assert_eq!(listed(), "0\n1\nt 0 3\n");

    let second = broker(dir.path()).await;
    let client = &mut Client::connect(&second).await;
    let request = DeleteTopicsRequest { topic_names: vec!["t".into()], ..Default::default() };
    client.call(&request, 1).await;
    client.make_topic("t").await;
    assert_eq!(listed(), "0\n0\n");
    assert_eq!(client.produce("t", batch(&["new"]), 9).await.base_offset, 0);
    // A crash before the next checkpoint.
    drop(second);
    assert!(client.is_closed().await);

    let third = restarted(dir.path()).await;
    let client = &mut Client::connect(&third).await;
    assert_eq!(values(&client.fetch("t", 0, 9).await), [(0, "new".to_owned())]);
    third.shutdown().await;
}

/// What clients are told of partition 0: by Produce, Fetch and Metadata (with the leader).
async fn told(broker: &Broker, topic: &str) -> (ErrorCode, ErrorCode, ErrorCode, i32) {
    let client = &mut Client::connect(broker).await;
    let produced = client.produce(topic, batch(&["x"]), 9).await.error_code;
    let fetched = client.fetch(topic, 0, 9).await.error_code;
    let response = client.call(&MetadataRequest { topics: None, ..Default::default() }, 9).await;
    let topic = response.topics.iter().find(|found| found.name.as_deref() == Some(topic)).unwrap();
    let partition = &topic.partitions[0];
    (produced, fetched, partition.error_code, partition.leader_id)
}

const OFFLINE: (ErrorCode, ErrorCode, ErrorCode, i32) =
    (ErrorCode::KAFKA_STORAGE_ERROR, ErrorCode::KAFKA_STORAGE_ERROR, ErrorCode::LEADER_NOT_AVAILABLE, -1);
const ONLINE: (ErrorCode, ErrorCode, ErrorCode, i32) = (ErrorCode::NONE, ErrorCode::NONE, ErrorCode::NONE, 1);

#[tokio::test]
async fn a_damaged_partition_is_offline_alone_and_is_never_cut() {
    let dir = tempfile::tempdir().unwrap();
    stopped_with(dir.path(), &["bad", "good"]).await;
    forget_the_clean_stop(dir.path());
    turn_a_byte(dir.path(), "bad-0");
    let damaged = fs::read(kafka(dir.path()).join("bad-0").join(SEGMENT)).unwrap();
    for _ in 0..2 {
        let broker = broker(dir.path()).await;
        assert_eq!(told(&broker, "bad").await, OFFLINE);
        assert_eq!(told(&broker, "good").await, ONLINE);
        let read = broker.topics().read("bad", 0, 0, 1).await;
        assert!(matches!(read, Err(TopicError::Storage { .. })), "{read:?}");
        let shown = broker.topics().get("bad").unwrap().partitions;
        assert_eq!((shown.len(), shown[0].is_online), (1, false), "keys still go where they went");
        broker.shutdown().await;
        // The next start looks again, at least as closely.
        assert!(!kafka(dir.path()).join(".kafka_cleanshutdown").exists());
        let points = fs::read_to_string(kafka(dir.path()).join(RECOVERY_POINTS)).unwrap();
        assert!(points.contains("bad 0 3\n"), "{points}");
        assert_eq!(fs::read(kafka(dir.path()).join("bad-0").join(SEGMENT)).unwrap(), damaged);
    }
    turn_a_byte(dir.path(), "bad-0");
    let broker = broker(dir.path()).await;
    let records = values(&Client::connect(&broker).await.fetch("bad", 0, 9).await);
    assert_eq!(records.into_iter().map(|(_, value)| value).collect::<String>(), "abc");
    broker.shutdown().await;
}

#[tokio::test]
async fn a_wrong_offset_is_told_to_who_reads_there_and_to_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let first = broker(dir.path()).await;
    let client = &mut Client::connect(&first).await;
    client.make_topic("t").await;
    // Large enough for an index entry each, so that a start walks over the last one only, and for being sent from the file.
    let value = "v".repeat(20_000);
    for _ in 0..10 {
        client.produce("t", batch(&[&value]), 9).await;
    }
    first.shutdown().await;
    let path = kafka(dir.path()).join("t-0").join(SEGMENT);
    let mut bytes = fs::read(&path).unwrap();
    let size = bytes.len() / 10;
    bytes[2 * size..2 * size + 8].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let second = broker(dir.path()).await;
    let client = &mut Client::connect(&second).await;
    for (from, error, offsets) in [
        (0, ErrorCode::NONE, 0..2),
        (2, ErrorCode::CORRUPT_MESSAGE, 0..0),
        (3, ErrorCode::NONE, 3..10),
        (5, ErrorCode::NONE, 5..10),
    ] {
        let data = client.fetch("t", from, 9).await;
        assert_eq!(data.error_code, error, "{from}");
        let found: Vec<i64> = values(&data).into_iter().map(|(offset, _)| offset).collect();
        assert_eq!(found, offsets.collect::<Vec<_>>(), "{from}");
    }
    assert_eq!(told(&second, "t").await, ONLINE);
    second.shutdown().await;
}

#[tokio::test]
async fn a_damaged_topic_can_be_deleted_and_made_again() {
    let dir = tempfile::tempdir().unwrap();
    stopped_with(dir.path(), &["bad"]).await;
    forget_the_clean_stop(dir.path());
    turn_a_byte(dir.path(), "bad-0");
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let request = DeleteTopicsRequest { topic_names: vec!["bad".into()], ..Default::default() };
    assert_eq!(client.call(&request, 1).await.responses[0].error_code, ErrorCode::NONE);
    assert!(!kafka(dir.path()).join("bad-0").exists());
    client.make_topic("bad").await;
    assert_eq!(told(&broker, "bad").await, ONLINE);
    broker.shutdown().await;
    assert!(kafka(dir.path()).join(".kafka_cleanshutdown").exists());
}

#[tokio::test]
async fn groups_whose_offsets_are_damaged_wait_instead_of_starting_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.offsets_topic_partitions = 1;
    let first = Broker::start(config.clone()).await.unwrap();
    let client = &mut Client::connect(&first).await;
    client.make_topic("t").await;
    commit(client, 0).await;
    first.shutdown().await;
    turn_a_byte(dir.path(), "__consumer_offsets-0");

    let second = Broker::start(config).await.unwrap();
    let client = &mut Client::connect(&second).await;
    let find = FindCoordinatorRequest { key: "g".into(), ..Default::default() };
    assert_eq!(client.call(&find, 1).await.error_code, ErrorCode::COORDINATOR_NOT_AVAILABLE);
    let topic = OffsetFetchRequestTopic { name: "t".into(), partition_indexes: vec![0] };
    let fetch = OffsetFetchRequest { group_id: "g".into(), topics: Some(vec![topic]), ..Default::default() };
    let partition = &client.call(&fetch, 0).await.topics[0].partitions[0];
    assert_eq!(partition.error_code, ErrorCode::NOT_COORDINATOR);
    assert_eq!(client.call(&fetch, 2).await.error_code, ErrorCode::NOT_COORDINATOR);
    assert_eq!(told(&second, "t").await, ONLINE);
    second.shutdown().await;
}

/// The start must fail with this file's name.
async fn stops_at(dir: &Path, file: &str) {
    match Broker::start(config(dir)).await.unwrap_err() {
        StartError::Damaged { path, .. } => assert!(path.ends_with(file), "{}", path.display()),
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn damage_to_what_says_what_there_is_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    stopped_with(dir.path(), &["t"]).await;
    turn_a_byte(dir.path(), "__cluster_metadata-0");
    stops_at(dir.path(), SEGMENT).await;
    turn_a_byte(dir.path(), "__cluster_metadata-0");
    // The last record makes the topic. Asked twice: the first refusal leaves everything as it is.
    let path = kafka(dir.path()).join("__cluster_metadata-0").join(SEGMENT);
    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 0xff;
    fs::write(&path, &damaged).unwrap();
    stops_at(dir.path(), SEGMENT).await;
    stops_at(dir.path(), SEGMENT).await;
    assert_eq!(fs::read(&path).unwrap(), damaged);
    fs::write(&path, whole).unwrap();

    let path = kafka(dir.path()).join("meta.properties");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, "version=1\nnode.id=one\n").unwrap();
    stops_at(dir.path(), "meta.properties").await;
    fs::write(&path, whole).unwrap();
    let broker = broker(dir.path()).await;
    assert_eq!(told(&broker, "t").await, ONLINE);
    broker.shutdown().await;
}

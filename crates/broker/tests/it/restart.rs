//! What survives: a clean restart, and a broker that goes without a word.

use millstream_broker::ListenAddress;
use millstream_broker::{Broker, StartError};
use millstream_wire::messages::find_coordinator::FindCoordinatorRequest;
use millstream_wire::messages::metadata::MetadataRequest;
use millstream_wire::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use millstream_wire::messages::offset_fetch::{OffsetFetchRequest, OffsetFetchRequestTopic};
use millstream_wire::{ErrorCode, Str};

use crate::client::{Client, batch, broker, config, restarted, values};

pub(crate) async fn commit(client: &mut Client, offset: i64) {
    client.call(&FindCoordinatorRequest { key: "g".into(), ..Default::default() }, 1).await;
    let partition = OffsetCommitRequestPartition {
        partition_index: 0,
        committed_offset: offset,
        committed_metadata: Some(Str::from("note")),
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
    let response = client.call(&request, 2).await;
    assert_eq!(response.topics[0].partitions[0].error_code, ErrorCode::NONE);
}

async fn committed(client: &mut Client) -> i64 {
    let topic = OffsetFetchRequestTopic { name: "t".into(), partition_indexes: vec![0] };
    let request =
        OffsetFetchRequest { group_id: "g".into(), topics: Some(vec![topic]), ..Default::default() };
    client.call(&request, 1).await.topics[0].partitions[0].committed_offset
}

#[tokio::test]
async fn records_offsets_and_ids_survive() {
    let dir = tempfile::tempdir().unwrap();
    let first = broker(dir.path()).await;
    let cluster_id = first.cluster_id().to_owned();
    let client = &mut Client::connect(&first).await;
    let topic_id = client.make_topic("t").await.topics[0].topic_id;
    client.produce("t", batch(&["a", "b", "c"]), 9).await;
    commit(client, 2).await;
    first.shutdown().await;
    assert!(dir.path().join("kafka/.kafka_cleanshutdown").exists());

    let second = broker(dir.path()).await;
    assert_eq!(second.cluster_id(), cluster_id);
    assert!(!dir.path().join("kafka/.kafka_cleanshutdown").exists());
    let client = &mut Client::connect(&second).await;
    assert_eq!(client.make_topic("t").await.topics[0].topic_id, topic_id);
    assert_eq!(values(&client.fetch("t", 0, 9).await).len(), 3);
    assert_eq!(committed(client).await, 2);
    assert_eq!(client.produce("t", batch(&["d"]), 9).await.base_offset, 3);
    let groups = second.activity().groups();
    assert_eq!((groups[0].group.as_str(), groups[0].offsets[0].lag), ("g", 2));
    // Gone without a word: what was acknowledged is on disk.
    let connections = second.topics();
    drop(second);
    assert!(client.is_closed().await);
    drop(connections);

    let third = restarted(dir.path()).await;
    let client = &mut Client::connect(&third).await;
    assert_eq!(values(&client.fetch("t", 0, 9).await).len(), 4);
    assert_eq!(committed(client).await, 2);
    third.shutdown().await;
}

#[tokio::test]
async fn starts_that_must_fail_say_why() {
    let dir = tempfile::tempdir().unwrap();
    let first = broker(dir.path()).await;
    let port = first.addresses()[0].port();

    let mut taken = config(&dir.path().join("other"));
    taken.listen = Some(ListenAddress::new("localhost", port));
    let error = Broker::start(taken).await.unwrap_err();
    assert!(matches!(error, StartError::AddressTaken { .. }), "{error}");
    assert!(!dir.path().join("other").exists(), "nothing is left behind");

    let error = Broker::start(config(dir.path())).await.unwrap_err();
    assert!(matches!(error, StartError::DirectoryLocked { .. }), "{error}");
    let cluster_id = first.cluster_id().to_owned();
    first.shutdown().await;

    let mut other = config(dir.path());
    other.cluster_id = Some("another".to_owned());
    match Broker::start(other).await.unwrap_err() {
        StartError::OtherCluster { found, asked, .. } => {
            assert_eq!((found, asked.as_str()), (cluster_id, "another"));
        }
        error => panic!("{error}"),
    }

    std::fs::write(dir.path().join("kafka/recovery-point-offset-checkpoint"), "0\nnonsense\n").unwrap();
    match Broker::start(config(dir.path())).await.unwrap_err() {
        StartError::DamagedCheckpoint { path, .. } => {
            assert!(path.ends_with("recovery-point-offset-checkpoint"));
        }
        error => panic!("{error}"),
    }

    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Broker::start(config(&file)).await.unwrap_err();
    assert!(matches!(error, StartError::DirectoryUnwritable { .. }), "{error}");
}

#[tokio::test]
async fn a_cluster_can_have_any_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.cluster_id = Some("my cluster".to_owned());
    let broker = Broker::start(config).await.unwrap();
    let response = Client::connect(&broker).await.call(&MetadataRequest::default(), 9).await;
    assert_eq!(response.cluster_id, Some("my cluster".into()));
    broker.shutdown().await;
}

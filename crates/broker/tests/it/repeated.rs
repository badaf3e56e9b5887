//! What a request names twice is refused, once, and nothing is done to it.

use millstream_wire::messages::create_partitions::{CreatePartitionsRequest, CreatePartitionsTopic};
use millstream_wire::messages::delete_topics::{DeleteTopicState, DeleteTopicsRequest};
use millstream_wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use millstream_wire::messages::metadata::{MetadataRequest, MetadataRequestTopic};
use millstream_wire::{ErrorCode, Uuid};

use crate::client::{Client, broker, text};

#[tokio::test]
async fn topics_and_partitions_that_are_named_twice() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let id = client.make_topic("a").await.topics[0].topic_id;
    client.make_topic("b").await;

    let more = |name: &str| CreatePartitionsTopic { name: name.into(), count: 2, assignments: None };
    let request =
        CreatePartitionsRequest { topics: vec![more("a"), more("b"), more("a")], ..Default::default() };
    let rows = client.call(&request, 3).await.results;
    let said: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.error_code)).collect();
    assert_eq!(said, [("a", ErrorCode::INVALID_REQUEST), ("b", ErrorCode::NONE)]);

    let partition =
        |index| ListOffsetsPartition { partition_index: index, timestamp: -1, ..Default::default() };
    let topic =
        ListOffsetsTopic { name: "b".into(), partitions: vec![partition(0), partition(1), partition(0)] };
    let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
    let rows = &client.call(&request, 7).await.topics[0].partitions;
    let said: Vec<_> = rows.iter().map(|row| (row.partition_index, row.error_code)).collect();
    let twice = (0, ErrorCode::INVALID_REQUEST);
    assert_eq!(said, [twice, (1, ErrorCode::NONE)]);

    let named = |name: &str| DeleteTopicState { name: text(name), topic_id: Uuid::ZERO };
    let by_id = DeleteTopicState { name: None, topic_id: id };
    for twice in [vec![named("a"), named("a")], vec![by_id.clone(), by_id.clone()]] {
        let request = DeleteTopicsRequest { topics: twice, ..Default::default() };
        let rows = client.call(&request, 6).await.responses;
        assert_eq!(rows.iter().map(|row| row.error_code).collect::<Vec<_>>(), [ErrorCode::INVALID_REQUEST]);
    }
    let request = DeleteTopicsRequest { topics: vec![by_id], ..Default::default() };
    assert_eq!(client.call(&request, 6).await.responses[0].error_code, ErrorCode::NONE);
    broker.shutdown().await;
}

#[tokio::test]
async fn metadata_by_topic_id_before_its_version() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let topics = vec![MetadataRequestTopic { name: text("t"), topic_id: Uuid::from_bytes([1; 16]) }];
    let request = MetadataRequest { topics: Some(topics), ..Default::default() };
    for version in [10, 11] {
        let answer = client.call(&request, version).await;
        assert_eq!(answer.topics[0].error_code, ErrorCode::INVALID_REQUEST, "version {version}");
    }
    broker.shutdown().await;
}

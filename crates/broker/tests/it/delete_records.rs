//! DeleteRecords, and what a consumer sees whose position is gone.

use millstream_broker::Broker;
use millstream_wire::ErrorCode;
use millstream_wire::messages::create_topics::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};
use millstream_wire::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use millstream_wire::messages::find_coordinator::FindCoordinatorRequest;
use millstream_wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};

use crate::client::{Client, batch, broker, restarted, text, values};

async fn delete(client: &mut Client, topic: &str, partition_index: i32, offset: i64) -> (ErrorCode, i64) {
    let partitions = vec![DeleteRecordsPartition { partition_index, offset }];
    let topics = vec![DeleteRecordsTopic { name: topic.into(), partitions }];
    let response = client.call(&DeleteRecordsRequest { topics, timeout_ms: 1000 }, 2).await;
    let row = &response.topics[0].partitions[0];
    assert_eq!(row.partition_index, partition_index);
    (row.error_code, row.low_watermark)
}

async fn earliest(client: &mut Client) -> i64 {
    let partition = ListOffsetsPartition { partition_index: 0, timestamp: -2, ..Default::default() };
    let topics = vec![ListOffsetsTopic { name: "t".into(), partitions: vec![partition] }];
    let response = client.call(&ListOffsetsRequest { topics, ..Default::default() }, 5).await;
    response.topics[0].partitions[0].offset
}

async fn filled(broker: &Broker) -> Client {
    let mut client = Client::connect(broker).await;
    client.make_topic("t").await;
    for value in ["a", "b", "c", "d", "e"] {
        client.produce("t", batch(&[value]), 9).await;
    }
    client
}

#[tokio::test]
async fn answers_are_kafkas() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut filled(&broker).await;
    let compact = CreatableTopicConfig { name: "cleanup.policy".into(), value: text("compact") };
    let topic = CreatableTopic {
        name: "compacted".into(),
        num_partitions: 1,
        replication_factor: 1,
        configs: vec![compact],
        ..Default::default()
    };
    client.call(&CreateTopicsRequest { topics: vec![topic], ..Default::default() }, 7).await;
    client.call(&FindCoordinatorRequest { key: "g".into(), ..Default::default() }, 2).await;
    for (topic, partition, offset, code, low_watermark) in [
        ("t", 0, 0, ErrorCode::NONE, 0),
        ("t", 0, 2, ErrorCode::NONE, 2),
        ("t", 0, 1, ErrorCode::NONE, 2),
        ("t", 0, 6, ErrorCode::OFFSET_OUT_OF_RANGE, -1),
        ("t", 0, -2, ErrorCode::OFFSET_OUT_OF_RANGE, -1),
        ("t", 1, 2, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, -1),
        ("none", 0, 2, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, -1),
        ("compacted", 0, 0, ErrorCode::POLICY_VIOLATION, -1),
        ("__consumer_offsets", 0, 0, ErrorCode::INVALID_TOPIC_EXCEPTION, -1),
        ("t", 0, -1, ErrorCode::NONE, 5),
    ] {
        let said = delete(client, topic, partition, offset).await;
        assert_eq!(said, (code, low_watermark), "{topic}-{partition} up to {offset}");
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn a_reader_below_the_start_is_out_of_range_also_after_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let mut broker = broker(dir.path()).await;
    let mut client = filled(&broker).await;
    assert_eq!(delete(&mut client, "t", 0, 3).await, (ErrorCode::NONE, 3));
    for _ in 0..2 {
        assert_eq!(earliest(&mut client).await, 3);
        let gone = client.fetch("t", 2, 11).await;
        assert_eq!(gone.error_code, ErrorCode::OFFSET_OUT_OF_RANGE);
        let there = client.fetch("t", 3, 11).await;
        assert_eq!(values(&there), [(3, "d".to_owned()), (4, "e".to_owned())]);
        assert_eq!(there.log_start_offset, 3);
        drop((client, broker));
        broker = restarted(dir.path()).await;
        client = Client::connect(&broker).await;
    }
    broker.shutdown().await;
}

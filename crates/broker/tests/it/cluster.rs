//! What admin tools ask about the whole: more partitions, log directories, the quorum, leader epochs.

use millstream_wire::ErrorCode;
use millstream_wire::messages::create_partitions::{
    CreatePartitionsAssignment, CreatePartitionsRequest, CreatePartitionsTopic,
};
use millstream_wire::messages::describe_log_dirs::{DescribableLogDirTopic, DescribeLogDirsRequest};
use millstream_wire::messages::describe_quorum::{
    DescribeQuorumPartition, DescribeQuorumRequest, DescribeQuorumTopic,
};
use millstream_wire::messages::offset_for_leader_epoch::{
    OffsetForLeaderEpochRequest, OffsetForLeaderPartition, OffsetForLeaderTopic,
};

use crate::client::{Client, batch, broker, restarted};

fn more(name: &str, count: i32) -> CreatePartitionsTopic {
    CreatePartitionsTopic { name: name.into(), count, assignments: None }
}

#[tokio::test]
async fn a_topic_grows_and_keeps_its_records() {
    let dir = tempfile::tempdir().unwrap();
    let one = broker(dir.path()).await;
    let client = &mut Client::connect(&one).await;
    client.make_topic("t").await;
    client.produce("t", batch(&["kept"]), 9).await;
    let placed = |brokers: Vec<i32>| CreatePartitionsTopic {
        assignments: Some(vec![CreatePartitionsAssignment { broker_ids: brokers }]),
        ..more("t", 2)
    };
    for (topics, validate_only, expected) in [
        (
            vec![more("t", 1), more("none", 2)],
            false,
            vec![ErrorCode::INVALID_PARTITIONS, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION],
        ),
        (vec![more("t", 2), more("t", 3)], false, vec![ErrorCode::INVALID_REQUEST]),
        (vec![placed(vec![2])], false, vec![ErrorCode::INVALID_REPLICA_ASSIGNMENT]),
        (vec![more("t", 3)], true, vec![ErrorCode::NONE]),
        (vec![placed(vec![1])], false, vec![ErrorCode::NONE]),
        (vec![more("t", 4)], false, vec![ErrorCode::NONE]),
    ] {
        let request = CreatePartitionsRequest { topics, timeout_ms: 1000, validate_only };
        let response = client.call(&request, 3).await;
        let codes: Vec<_> = response.results.iter().map(|row| row.error_code).collect();
        assert_eq!(codes, expected, "{request:?}");
    }
    let grown = one.topics().get("t").unwrap();
    assert_eq!(grown.partitions.len(), 4);
    assert!(grown.partitions.iter().all(|partition| partition.is_online));
    assert_eq!(grown.partitions[0].high_watermark, 1);
    one.topics().append("t", 3, batch(&["new"])).await.unwrap();
    one.shutdown().await;
    let again = broker(dir.path()).await;
    let ends: Vec<_> = again.topics().get("t").unwrap().partitions.iter().map(|p| p.high_watermark).collect();
    assert_eq!(ends, [1, 0, 0, 1]);
    again.shutdown().await;
}

#[tokio::test]
async fn the_log_directory_tells_its_partitions_and_its_room() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    for topic in ["a", "b"] {
        client.make_topic(topic).await;
    }
    client.produce("a", batch(&["x"]), 9).await;
    let asked = |topic: &str, partitions: &[i32]| DescribableLogDirTopic {
        topic: topic.into(),
        partitions: partitions.to_vec(),
    };
    let size = i64::try_from(batch(&["x"]).len()).unwrap();
    for (topics, expected) in [
        (None, vec![("a", 0, size), ("b", 0, 0)]),
        (Some(vec![]), vec![]),
        (Some(vec![asked("a", &[0, 0, 7]), asked("none", &[0]), asked("a", &[0])]), vec![("a", 0, size)]),
    ] {
        let response = client.call(&DescribeLogDirsRequest { topics }, 5).await;
        let result = &response.results[0];
        assert_eq!(&*result.log_dir, dir.path().join("kafka").to_str().unwrap());
        assert!(result.total_bytes > result.usable_bytes && result.usable_bytes > 0, "{result:?}");
        let rows = result.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|one| (&*topic.name, one.partition_index, one.partition_size))
        });
        assert_eq!(rows.collect::<Vec<_>>(), expected);
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn the_quorum_is_this_node() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let ask = |topic: &str, partition_index| DescribeQuorumRequest {
        topics: vec![DescribeQuorumTopic {
            topic_name: topic.into(),
            partitions: vec![DescribeQuorumPartition { partition_index }],
        }],
    };
    for version in 0..=2 {
        let response = client.call(&ask("__cluster_metadata", 0), version).await;
        let partition = &response.topics[0].partitions[0];
        assert_eq!(
            (partition.error_code, partition.leader_id, partition.leader_epoch),
            (ErrorCode::NONE, 1, 1)
        );
        assert!(partition.high_watermark > 0 && partition.observers.is_empty());
        let voter = &partition.current_voters[0];
        assert_eq!((voter.replica_id, voter.log_end_offset), (1, partition.high_watermark));
        assert_eq!(
            (voter.replica_directory_id.is_zero(), response.nodes.len()),
            match version {
                2 => (false, 1),
                _ => (true, 0),
            }
        );
    }
    for other in [ask("__cluster_metadata", 1), ask("t", 0)] {
        let response = client.call(&other, 2).await;
        assert_eq!(response.topics[0].partitions[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    }
    broker.shutdown().await;
}

async fn epoch_end(
    client: &mut Client,
    topic: &str,
    wanted: OffsetForLeaderPartition,
) -> (ErrorCode, i32, i64) {
    let topics = vec![OffsetForLeaderTopic { topic: topic.into(), partitions: vec![wanted] }];
    let response = client.call(&OffsetForLeaderEpochRequest { topics, ..Default::default() }, 3).await;
    let row = &response.topics[0].partitions[0];
    (row.error_code, row.leader_epoch, row.end_offset)
}

#[tokio::test]
async fn leader_epochs_end_where_the_log_does() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    for records in 0..2 {
        for (topic, partition, current_leader_epoch, leader_epoch, expected) in [
            ("t", 0, -1, 0, (ErrorCode::NONE, 0, records)),
            ("t", 0, 0, 0, (ErrorCode::NONE, 0, records)),
            ("t", 0, -1, 5, (ErrorCode::NONE, -1, -1)),
            ("t", 0, -1, -1, (ErrorCode::NONE, -1, -1)),
            ("t", 0, 3, 0, (ErrorCode::UNKNOWN_LEADER_EPOCH, -1, -1)),
            ("t", 1, -1, 0, (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, -1, -1)),
            ("none", 0, -1, 0, (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, -1, -1)),
        ] {
            let wanted = OffsetForLeaderPartition { partition, current_leader_epoch, leader_epoch };
            assert_eq!(epoch_end(client, topic, wanted).await, expected, "{topic}-{partition}");
        }
        client.produce("t", batch(&["x"]), 9).await;
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn each_start_begins_a_leader_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let first = broker(dir.path()).await;
    let client = &mut Client::connect(&first).await;
    client.make_topic("t").await;
    client.produce("t", batch(&["a", "b"]), 9).await;
    first.shutdown().await;
    // This one leads without a record of its own, and ends without a word.
    drop(restarted(dir.path()).await);

    let third = restarted(dir.path()).await;
    let client = &mut Client::connect(&third).await;
    assert_eq!(client.make_topic("t").await.topics[0].partitions[0].leader_epoch, 2);
    client.produce("t", batch(&["c"]), 9).await;
    for (current_leader_epoch, leader_epoch, expected) in [
        (2, 0, (ErrorCode::NONE, 0, 2)),
        (2, 1, (ErrorCode::NONE, 0, 2)),
        (2, 2, (ErrorCode::NONE, 2, 3)),
        (1, 0, (ErrorCode::FENCED_LEADER_EPOCH, -1, -1)),
        (3, 0, (ErrorCode::UNKNOWN_LEADER_EPOCH, -1, -1)),
    ] {
        let wanted = OffsetForLeaderPartition { partition: 0, current_leader_epoch, leader_epoch };
        assert_eq!(epoch_end(client, "t", wanted).await, expected, "{current_leader_epoch} {leader_epoch}");
    }
    third.shutdown().await;
}

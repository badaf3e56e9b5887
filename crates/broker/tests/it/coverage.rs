//! Every API in every version that is advertised: the request is understood, and the answer can be read.

use expect_test::expect_file;
use millstream_broker::{ApiRow, api_table};
use millstream_wire::Request;
use millstream_wire::messages::add_offsets_to_txn::AddOffsetsToTxnRequest;
use millstream_wire::messages::add_partitions_to_txn::{
    AddPartitionsToTxnRequest, AddPartitionsToTxnTransaction,
};
use millstream_wire::messages::alter_configs::{self, AlterConfigsRequest};
use millstream_wire::messages::api_versions::ApiVersionsRequest;
use millstream_wire::messages::consumer_group_describe::ConsumerGroupDescribeRequest;
use millstream_wire::messages::consumer_group_heartbeat::ConsumerGroupHeartbeatRequest;
use millstream_wire::messages::create_partitions::{CreatePartitionsRequest, CreatePartitionsTopic};
use millstream_wire::messages::create_topics::CreateTopicsRequest;
use millstream_wire::messages::delete_groups::DeleteGroupsRequest;
use millstream_wire::messages::delete_records::{DeleteRecordsRequest, DeleteRecordsTopic};
use millstream_wire::messages::delete_topics::DeleteTopicsRequest;
use millstream_wire::messages::describe_cluster::DescribeClusterRequest;
use millstream_wire::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use millstream_wire::messages::describe_groups::DescribeGroupsRequest;
use millstream_wire::messages::describe_log_dirs::DescribeLogDirsRequest;
use millstream_wire::messages::describe_producers::DescribeProducersRequest;
use millstream_wire::messages::describe_quorum::DescribeQuorumRequest;
use millstream_wire::messages::describe_topic_partitions::DescribeTopicPartitionsRequest;
use millstream_wire::messages::describe_transactions::DescribeTransactionsRequest;
use millstream_wire::messages::end_txn::EndTxnRequest;
use millstream_wire::messages::find_coordinator::FindCoordinatorRequest;
use millstream_wire::messages::heartbeat::HeartbeatRequest;
use millstream_wire::messages::incremental_alter_configs::{self, IncrementalAlterConfigsRequest};
use millstream_wire::messages::init_producer_id::InitProducerIdRequest;
use millstream_wire::messages::join_group::JoinGroupRequest;
use millstream_wire::messages::leave_group::LeaveGroupRequest;
use millstream_wire::messages::list_groups::ListGroupsRequest;
use millstream_wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use millstream_wire::messages::list_transactions::ListTransactionsRequest;
use millstream_wire::messages::metadata::MetadataRequest;
use millstream_wire::messages::offset_commit::OffsetCommitRequest;
use millstream_wire::messages::offset_delete::OffsetDeleteRequest;
use millstream_wire::messages::offset_fetch::{OffsetFetchRequest, OffsetFetchRequestGroup};
use millstream_wire::messages::offset_for_leader_epoch::{OffsetForLeaderEpochRequest, OffsetForLeaderTopic};
use millstream_wire::messages::sync_group::SyncGroupRequest;
use millstream_wire::messages::txn_offset_commit::TxnOffsetCommitRequest;
use millstream_wire::messages::write_txn_markers::{WritableTxnMarker, WriteTxnMarkersRequest};

use crate::client::{Client, batch, broker, fetch_request, produce_request};

/// The file is written by hand but for the part between these lines.
const TABLE: [&str; 2] = ["<!-- apis -->\n", "<!-- /apis -->\n"];

#[test]
fn compatibility_says_the_table() {
    let file = expect_file!["../../../../COMPATIBILITY.md"];
    let text = file.data();
    let (head, rest) = text.split_once(TABLE[0]).unwrap();
    let (_, tail) = rest.split_once(TABLE[1]).unwrap();
    let row = |row: &ApiRow| {
        let (first, last) = (row.versions.min, row.versions.max);
        let versions = if first == last { first.to_string() } else { format!("{first} to {last}") };
        format!("| {} | {} | {versions} |\n", row.key, row.name)
    };
    let rows: String = api_table().iter().map(row).collect();
    let table = format!("| key | API | versions |\n|---|---|---|\n{rows}");
    file.assert_eq(&[head, TABLE[0], &table, TABLE[1], tail].concat());
}

#[tokio::test]
async fn api_versions_says_the_table() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let mut client = Client::connect(&broker).await;
    let response = client.call(&ApiVersionsRequest::default(), 0).await;
    let said: Vec<_> =
        response.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version)).collect();
    let table: Vec<_> = api_table().iter().map(|row| (row.key, row.versions.min, row.versions.max)).collect();
    assert_eq!(said, table);
    broker.shutdown().await;
}

/// Asks in every version. Requests are minimal: fields that a version lacks hold their defaults.
async fn every_version<R: Request>(client: &mut Client, make: impl Fn(i16) -> R) {
    let table = api_table();
    let row = table.iter().find(|row| row.key == R::KEY.code()).unwrap();
    for version in row.versions.iter() {
        client.call(&make(version), version).await;
    }
}

#[tokio::test]
async fn the_apis_of_records_answer_in_every_version() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let topic_id = client.make_topic("t").await.topics[0].topic_id;
    client.produce("t", batch(&["a"]), 12).await;

    every_version(client, |_| ApiVersionsRequest {
        client_software_name: "it".into(),
        client_software_version: "1".into(),
    })
    .await;
    every_version(client, |version| {
        let mut request = produce_request("t", batch(&["b"]));
        if version >= 13 {
            request.topic_data[0].name = Default::default();
            request.topic_data[0].topic_id = topic_id;
        }
        request
    })
    .await;
    every_version(client, |version| {
        let mut request = fetch_request("t", 0, 0);
        if version >= 13 {
            request.topics[0].topic = Default::default();
            request.topics[0].topic_id = topic_id;
        }
        request
    })
    .await;
    every_version(client, |_| {
        let partition = ListOffsetsPartition { partition_index: 0, timestamp: -1, ..Default::default() };
        let topic = ListOffsetsTopic { name: "t".into(), partitions: vec![partition] };
        ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() }
    })
    .await;
    broker.shutdown().await;
}

#[tokio::test]
async fn the_other_apis_answer_in_every_version() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    every_version(client, |_| MetadataRequest { topics: Some(Vec::new()), ..Default::default() }).await;
    every_version(client, |version| FindCoordinatorRequest {
        key: if version < 4 { "g".into() } else { Default::default() },
        coordinator_keys: if version < 4 { Vec::new() } else { vec!["g".into()] },
        ..Default::default()
    })
    .await;
    every_version(client, |_| OffsetCommitRequest { group_id: "g".into(), ..Default::default() }).await;
    every_version(client, |version| {
        let group = OffsetFetchRequestGroup { group_id: "g".into(), topics: None, ..Default::default() };
        OffsetFetchRequest {
            group_id: if version < 8 { "g".into() } else { Default::default() },
            topics: Some(Vec::new()),
            groups: if version < 8 { Vec::new() } else { vec![group] },
            ..Default::default()
        }
    })
    .await;
    every_version(client, |_| JoinGroupRequest { session_timeout_ms: 1, ..Default::default() }).await;
    every_version(client, |_| SyncGroupRequest { group_id: "g".into(), ..Default::default() }).await;
    every_version(client, |_| HeartbeatRequest { group_id: "g".into(), ..Default::default() }).await;
    every_version(client, |_| LeaveGroupRequest { group_id: "g".into(), ..Default::default() }).await;
    every_version(client, |_| ConsumerGroupHeartbeatRequest { group_id: "g".into(), ..Default::default() })
        .await;
    every_version(client, |_| {
        let group_ids = vec!["g".into()];
        ConsumerGroupDescribeRequest { group_ids, ..Default::default() }
    })
    .await;
    every_version(client, |_| DescribeGroupsRequest { groups: vec!["g".into()], ..Default::default() }).await;
    every_version(client, |_| ListGroupsRequest::default()).await;
    every_version(client, |_| DeleteGroupsRequest { groups_names: vec!["g".into()] }).await;
    every_version(client, |_| CreateTopicsRequest::default()).await;
    every_version(client, |_| DeleteTopicsRequest::default()).await;
    every_version(client, |_| InitProducerIdRequest { transactional_id: None, ..Default::default() }).await;
    every_version(client, |_| {
        let resource =
            DescribeConfigsResource { resource_type: 2, resource_name: "t".into(), configuration_keys: None };
        DescribeConfigsRequest { resources: vec![resource], ..Default::default() }
    })
    .await;
    every_version(client, |_| DescribeClusterRequest::default()).await;
    every_version(client, |_| DescribeTopicPartitionsRequest { cursor: None, ..Default::default() }).await;
    broker.shutdown().await;
}

#[tokio::test]
async fn the_apis_of_transactions_answer_in_every_version() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    every_version(client, |version| {
        let transactions = vec![AddPartitionsToTxnTransaction::default()];
        let transactions = if version < 4 { Vec::new() } else { transactions };
        AddPartitionsToTxnRequest { transactions, ..Default::default() }
    })
    .await;
    every_version(client, |_| AddOffsetsToTxnRequest::default()).await;
    every_version(client, |_| EndTxnRequest::default()).await;
    every_version(client, |_| WriteTxnMarkersRequest { markers: vec![WritableTxnMarker::default()] }).await;
    every_version(client, |_| TxnOffsetCommitRequest {
        generation_id: -1,
        group_instance_id: None,
        ..Default::default()
    })
    .await;
    every_version(client, |_| DescribeProducersRequest::default()).await;
    every_version(client, |_| DescribeTransactionsRequest { transactional_ids: vec!["t".into()] }).await;
    every_version(client, |_| ListTransactionsRequest {
        duration_filter: -1,
        transactional_id_pattern: None,
        ..Default::default()
    })
    .await;
    broker.shutdown().await;
}

#[tokio::test]
async fn the_admin_apis_answer_in_every_version() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    every_version(client, |_| {
        let topic = DeleteRecordsTopic { name: "t".into(), partitions: vec![Default::default()] };
        DeleteRecordsRequest { topics: vec![topic], ..Default::default() }
    })
    .await;
    every_version(client, |_| {
        let topic = OffsetForLeaderTopic { topic: "t".into(), partitions: vec![Default::default()] };
        OffsetForLeaderEpochRequest { topics: vec![topic], ..Default::default() }
    })
    .await;
    every_version(client, |_| {
        let resource = alter_configs::AlterConfigsResource { resource_type: 4, ..Default::default() };
        AlterConfigsRequest { resources: vec![resource], ..Default::default() }
    })
    .await;
    every_version(client, |_| DescribeLogDirsRequest { topics: None }).await;
    every_version(client, |_| {
        let topic = CreatePartitionsTopic { name: "t".into(), count: 1, assignments: None };
        CreatePartitionsRequest { topics: vec![topic], ..Default::default() }
    })
    .await;
    every_version(client, |_| {
        let resource =
            incremental_alter_configs::AlterConfigsResource { resource_type: 4, ..Default::default() };
        IncrementalAlterConfigsRequest { resources: vec![resource], ..Default::default() }
    })
    .await;
    every_version(client, |_| OffsetDeleteRequest { group_id: "g".into(), ..Default::default() }).await;
    every_version(client, |_| DescribeQuorumRequest::default()).await;
    broker.shutdown().await;
}

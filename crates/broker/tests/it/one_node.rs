//! What a cluster of one node answers to requests that move, elect and unregister.

use millstream_wire::messages::add_raft_voter::{AddRaftVoterRequest, Listener};
use millstream_wire::messages::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, ReassignablePartition, ReassignableTopic,
};
use millstream_wire::messages::alter_replica_log_dirs::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic, AlterReplicaLogDirsRequest,
};
use millstream_wire::messages::elect_leaders::{ElectLeadersRequest, TopicPartitions};
use millstream_wire::messages::list_config_resources::ListConfigResourcesRequest;
use millstream_wire::messages::list_partition_reassignments::ListPartitionReassignmentsRequest;
use millstream_wire::messages::remove_raft_voter::RemoveRaftVoterRequest;
use millstream_wire::messages::sasl_authenticate::SaslAuthenticateRequest;
use millstream_wire::messages::sasl_handshake::SaslHandshakeRequest;
use millstream_wire::messages::unregister_broker::UnregisterBrokerRequest;
use millstream_wire::messages::update_features::{FeatureUpdateKey, UpdateFeaturesRequest};
use millstream_wire::{ErrorCode, Uuid};

use crate::client::{Client, broker, config, text};

#[tokio::test]
async fn leaders_are_there_already() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    for (version, kind, topic, partition, whole, code) in [
        (0, 0, "t", 0, ErrorCode::NONE, ErrorCode::ELECTION_NOT_NEEDED),
        (1, 0, "t", 0, ErrorCode::NONE, ErrorCode::ELECTION_NOT_NEEDED),
        (2, 1, "t", 0, ErrorCode::NONE, ErrorCode::ELECTION_NOT_NEEDED),
        (2, 0, "t", 1, ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        (2, 0, "u", 0, ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        (2, 2, "t", 0, ErrorCode::INVALID_REQUEST, ErrorCode::INVALID_REQUEST),
    ] {
        let topics = vec![TopicPartitions { topic: topic.into(), partitions: vec![partition] }];
        let request =
            ElectLeadersRequest { election_type: kind, topic_partitions: Some(topics), ..Default::default() };
        let answer = client.call(&request, version).await;
        let row = &answer.replica_election_results[0].partition_result[0];
        let said = (answer.error_code, row.partition_id, row.error_code, row.error_message.is_some());
        assert_eq!(said, (whole, partition, code, true), "{topic}-{partition}, type {kind}");
    }
    let all = ElectLeadersRequest { topic_partitions: None, ..Default::default() };
    let answer = client.call(&all, 2).await;
    assert!(answer.replica_election_results.iter().all(|topic| topic.partition_result.is_empty()));
    broker.shutdown().await;
}

#[tokio::test]
async fn partitions_stay_where_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    for (topic, partition, replicas, may_change, code) in [
        ("t", 0, Some(vec![1]), true, ErrorCode::NONE),
        ("t", 0, Some(vec![1]), false, ErrorCode::NONE),
        ("t", 0, Some(vec![2]), true, ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        ("t", 0, Some(vec![1, 1]), true, ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        ("t", 0, Some(vec![1, 2]), false, ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        ("t", 0, Some(vec![]), true, ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        ("t", 0, None, true, ErrorCode::NO_REASSIGNMENT_IN_PROGRESS),
        ("t", 1, Some(vec![1]), true, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("u", 0, None, true, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
    ] {
        let label = format!("{topic}-{partition} to {replicas:?}");
        let partitions = vec![ReassignablePartition { partition_index: partition, replicas }];
        let request = AlterPartitionReassignmentsRequest {
            allow_replication_factor_change: may_change,
            topics: vec![ReassignableTopic { name: topic.into(), partitions }],
            ..Default::default()
        };
        let answer = client.call(&request, 1).await;
        let row = &answer.responses[0].partitions[0];
        let said = (answer.error_code, row.error_code, row.error_message.is_some());
        let explains = !matches!(code, ErrorCode::NONE | ErrorCode::NO_REASSIGNMENT_IN_PROGRESS);
        assert_eq!(said, (ErrorCode::NONE, code, explains), "{label}");
    }
    let going_on = client.call(&ListPartitionReassignmentsRequest::default(), 0).await;
    assert_eq!((going_on.error_code, going_on.topics), (ErrorCode::NONE, vec![]));
    broker.shutdown().await;
}

#[tokio::test]
async fn there_is_one_directory() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let ours = config(dir.path()).kafka_dir.display().to_string();
    for (path, topic, partition, code) in [
        (ours.as_str(), "t", 0, ErrorCode::NONE),
        (ours.as_str(), "t", 7, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        (ours.as_str(), "u", 0, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("/elsewhere", "t", 0, ErrorCode::LOG_DIR_NOT_FOUND),
        ("", "t", 0, ErrorCode::LOG_DIR_NOT_FOUND),
    ] {
        let topics = vec![AlterReplicaLogDirTopic { name: topic.into(), partitions: vec![partition] }];
        let request =
            AlterReplicaLogDirsRequest { dirs: vec![AlterReplicaLogDir { path: path.into(), topics }] };
        for version in 0..=2 {
            let answer = client.call(&request, version).await;
            let row = &answer.results[0].partitions[0];
            assert_eq!((row.partition_index, row.error_code), (partition, code), "{topic} in {path}");
        }
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn features_change_together_and_stay_changed() {
    let dir = tempfile::tempdir().unwrap();
    let broker = crate::client::broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let update = |feature: &str, level, upgrade_type| FeatureUpdateKey {
        feature: feature.into(),
        max_version_level: level,
        upgrade_type,
        ..Default::default()
    };
    let lower = vec![update("streams.version", 0, 2)];
    for (updates, validate_only, code, rows) in [
        (vec![update("group.version", 9, 1)], false, ErrorCode::INVALID_UPDATE_VERSION, 0),
        (vec![update("nonsense", 1, 1)], false, ErrorCode::INVALID_UPDATE_VERSION, 0),
        (lower.clone(), true, ErrorCode::NONE, 1),
        (vec![update("streams.version", 1, 1)], false, ErrorCode::NONE, 1),
        (lower, false, ErrorCode::NONE, 1),
        (vec![update("streams.version", 0, 1)], false, ErrorCode::NONE, 1),
        (vec![update("streams.version", 1, 3)], false, ErrorCode::INVALID_UPDATE_VERSION, 0),
        (vec![], false, ErrorCode::NONE, 0),
    ] {
        let request = UpdateFeaturesRequest { feature_updates: updates, validate_only, ..Default::default() };
        let answer = client.call(&request, 1).await;
        let said = (answer.error_code, answer.results.len(), answer.error_message.is_some());
        assert_eq!(said, (code, rows, !code.is_none()), "{request:?}");
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn the_node_is_not_sent_away() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    for (broker_id, code) in [
        (1, ErrorCode::INVALID_REQUEST),
        (2, ErrorCode::BROKER_ID_NOT_REGISTERED),
        (-1, ErrorCode::BROKER_ID_NOT_REGISTERED),
    ] {
        let answer = client.call(&UnregisterBrokerRequest { broker_id }, 0).await;
        assert_eq!((answer.error_code, answer.error_message.is_some()), (code, true), "{broker_id}");
    }
    let directory = Uuid::from_bytes([7; 16]);
    let cluster = text(broker.cluster_id());
    let listener = Listener { name: "CONTROLLER".into(), host: "h".into(), port: 1 };
    for (cluster_id, voter_id, directory, listeners, add, remove) in [
        (
            text("other"),
            2,
            directory,
            vec![],
            ErrorCode::INCONSISTENT_CLUSTER_ID,
            ErrorCode::INCONSISTENT_CLUSTER_ID,
        ),
        (None, -1, directory, vec![], ErrorCode::INVALID_REQUEST, ErrorCode::INVALID_REQUEST),
        (None, 2, Uuid::ZERO, vec![], ErrorCode::INVALID_REQUEST, ErrorCode::INVALID_REQUEST),
        (None, 2, directory, vec![], ErrorCode::INVALID_REQUEST, ErrorCode::VOTER_NOT_FOUND),
        (
            cluster.clone(),
            1,
            directory,
            vec![listener.clone()],
            ErrorCode::DUPLICATE_VOTER,
            ErrorCode::VOTER_NOT_FOUND,
        ),
        (cluster, 2, directory, vec![listener], ErrorCode::REQUEST_TIMED_OUT, ErrorCode::VOTER_NOT_FOUND),
    ] {
        let request = AddRaftVoterRequest {
            cluster_id: cluster_id.clone(),
            voter_id,
            voter_directory_id: directory,
            listeners,
            ..Default::default()
        };
        assert_eq!(client.call(&request, 1).await.error_code, add, "add {voter_id}");
        let request = RemoveRaftVoterRequest { cluster_id, voter_id, voter_directory_id: directory };
        assert_eq!(client.call(&request, 0).await.error_code, remove, "remove {voter_id}");
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn what_has_configs_is_listed() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    for (version, types, code, expected) in [
        (0, vec![], ErrorCode::NONE, vec![]),
        (1, vec![], ErrorCode::NONE, vec![(8, "1"), (4, "1"), (2, "t")]),
        (1, vec![2], ErrorCode::NONE, vec![(2, "t")]),
        (1, vec![16, 32, 8], ErrorCode::NONE, vec![(8, "1")]),
        (1, vec![2, 3], ErrorCode::UNSUPPORTED_VERSION, vec![]),
    ] {
        let request = ListConfigResourcesRequest { resource_types: types.clone() };
        let answer = client.call(&request, version).await;
        let listed: Vec<_> = answer
            .config_resources
            .iter()
            .map(|resource| (resource.resource_type, resource.resource_name.as_str()))
            .collect();
        assert_eq!((answer.error_code, listed), (code, expected), "{types:?}");
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn nobody_has_to_say_who_he_is() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    for version in 0..=1 {
        let answer = client.call(&SaslHandshakeRequest { mechanism: "PLAIN".into() }, version).await;
        assert_eq!(answer.error_code, ErrorCode::ILLEGAL_SASL_STATE);
    }
    for version in 0..=2 {
        let answer = client.call(&SaslAuthenticateRequest::default(), version).await;
        assert_eq!(answer.error_code, ErrorCode::ILLEGAL_SASL_STATE);
    }
    client.make_topic("still-served").await;
    broker.shutdown().await;
}

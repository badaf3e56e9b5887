//! Consumer groups (KIP-848) over the wire: two members share, a topic grows, the broker restarts, a group is described.

use millstream_broker::Broker;
use millstream_wire::messages::api_versions::ApiVersionsRequest;
use millstream_wire::messages::consumer_group_describe::ConsumerGroupDescribeRequest;
use millstream_wire::messages::consumer_group_heartbeat::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, TopicPartitions,
};
use millstream_wire::messages::create_partitions::{CreatePartitionsRequest, CreatePartitionsTopic};
use millstream_wire::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use millstream_wire::messages::describe_groups::DescribeGroupsRequest;
use millstream_wire::messages::find_coordinator::FindCoordinatorRequest;
use millstream_wire::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use millstream_wire::messages::list_groups::ListGroupsRequest;
use millstream_wire::messages::offset_fetch::{OffsetFetchRequest, OffsetFetchRequestGroup};
use millstream_wire::{ErrorCode, Uuid};

use crate::client::{Client, broker, text};

const GROUP: i8 = 32;

fn join(member_id: &str, topics: &[&str]) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest {
        group_id: "g".into(),
        member_id: member_id.into(),
        rebalance_timeout_ms: 60_000,
        subscribed_topic_names: Some(topics.iter().map(|topic| (*topic).into()).collect()),
        topic_partitions: Some(Vec::new()),
        ..Default::default()
    }
}

fn beat(member_id: &str, epoch: i32, owned: Option<(Uuid, &[i32])>) -> ConsumerGroupHeartbeatRequest {
    let topic = |(topic_id, partitions): (Uuid, &[i32])| TopicPartitions {
        topic_id,
        partitions: partitions.to_vec(),
    };
    ConsumerGroupHeartbeatRequest {
        group_id: "g".into(),
        member_id: member_id.into(),
        member_epoch: epoch,
        topic_partitions: owned.map(|owned| vec![topic(owned)]),
        ..Default::default()
    }
}

/// Error, epoch, and the partitions of the one topic, if they are told.
fn told(answer: &ConsumerGroupHeartbeatResponse) -> (i16, i32, Option<Vec<i32>>) {
    let partitions = answer.assignment.as_ref().map(|assignment| {
        assignment.topic_partitions.iter().flat_map(|topic| topic.partitions.iter().copied()).collect()
    });
    (answer.error_code.code(), answer.member_epoch, partitions)
}

async fn coordinated(broker: &Broker) -> Client {
    let mut client = Client::connect(broker).await;
    client.call(&FindCoordinatorRequest { key: "g".into(), ..Default::default() }, 2).await;
    client
}

/// Gives topic `t` this many partitions.
async fn grow(client: &mut Client, count: i32) {
    let topic = CreatePartitionsTopic { name: "t".into(), count, assignments: None };
    let request = CreatePartitionsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
    assert_eq!(client.call(&request, 3).await.results[0].error_code, ErrorCode::NONE);
}

#[tokio::test]
async fn members_share_and_a_restart_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker(dir.path()).await;
    let client = &mut coordinated(&running).await;
    let id = client.make_topic("t").await.topics[0].topic_id;
    grow(client, 2).await;
    assert_eq!(told(&client.call(&join("a", &["t"]), 1).await), (0, 2, Some(vec![0, 1])));
    assert_eq!(told(&client.call(&join("b", &["t"]), 1).await), (0, 3, Some(vec![])));
    assert_eq!(told(&client.call(&beat("a", 2, Some((id, &[0, 1]))), 1).await), (0, 2, Some(vec![0])));
    running.shutdown().await;

    let running = broker(dir.path()).await;
    let client = &mut coordinated(&running).await;
    assert_eq!(told(&client.call(&beat("a", 2, Some((id, &[0]))), 1).await), (0, 3, None));
    assert_eq!(told(&client.call(&beat("b", 3, None), 1).await), (0, 3, Some(vec![1])));
    assert_eq!(
        told(&client.call(&beat("b", 2, None), 1).await),
        (ErrorCode::FENCED_MEMBER_EPOCH.code(), 0, None)
    );
    grow(client, 3).await;
    assert_eq!(told(&client.call(&beat("a", 3, None), 1).await), (0, 4, None));
    assert_eq!(told(&client.call(&beat("b", 3, None), 1).await), (0, 4, Some(vec![1, 2])));
    running.shutdown().await;
}

#[tokio::test]
async fn such_a_group_is_described_and_listed_as_one() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut coordinated(&broker).await;
    client.make_topic("t").await;
    client.call(&join("a", &["t"]), 1).await;
    let request = ConsumerGroupDescribeRequest {
        group_ids: vec!["g".into(), "none".into(), "".into()],
        ..Default::default()
    };
    let described = client.call(&request, 1).await.groups;
    let group = &described[0];
    assert_eq!(
        (group.group_state.as_str(), group.group_epoch, group.assignment_epoch, group.assignor_name.as_str()),
        ("Stable", 2, 2, "uniform")
    );
    let member = &group.members[0];
    assert_eq!((member.member_id.as_str(), member.member_epoch, member.member_type), ("a", 2, 1));
    assert_eq!(member.assignment, member.target_assignment);
    assert_eq!(member.assignment.topic_partitions[0].topic_name.as_str(), "t");
    let errors: Vec<_> = described.iter().map(|group| group.error_code).collect();
    assert_eq!(errors, [ErrorCode::NONE, ErrorCode::GROUP_ID_NOT_FOUND, ErrorCode::INVALID_GROUP_ID]);

    let request = DescribeGroupsRequest { groups: vec!["g".into()], ..Default::default() };
    let classic = &client.call(&request, 6).await.groups[0];
    assert_eq!(
        (classic.error_code, classic.error_message.as_deref(), classic.group_state.as_str()),
        (ErrorCode::GROUP_ID_NOT_FOUND, Some("Group g is not a classic group."), "Dead")
    );
    for (states, types, expected) in [
        (vec![], vec![], 1),
        (vec!["stable"], vec!["Consumer"], 1),
        (vec!["Empty"], vec![], 0),
        (vec![], vec!["classic"], 0),
        (vec![], vec!["no such type"], 0),
    ] {
        let request = ListGroupsRequest {
            states_filter: states.iter().map(|state| (*state).into()).collect(),
            types_filter: types.iter().map(|kind| (*kind).into()).collect(),
        };
        assert_eq!(client.call(&request, 5).await.groups.len(), expected, "{states:?} {types:?}");
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn offsets_are_given_to_members_in_their_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut coordinated(&broker).await;
    client.make_topic("t").await;
    client.call(&join("a", &["t"]), 1).await;
    for (member, epoch, expected) in [
        (None, -1, ErrorCode::NONE),
        (text("a"), 2, ErrorCode::NONE),
        (text("a"), 1, ErrorCode::STALE_MEMBER_EPOCH),
        (text("b"), 2, ErrorCode::UNKNOWN_MEMBER_ID),
    ] {
        let group = OffsetFetchRequestGroup {
            group_id: "g".into(),
            member_id: member,
            member_epoch: epoch,
            topics: None,
        };
        let request =
            OffsetFetchRequest { groups: vec![group], topics: Some(Vec::new()), ..Default::default() };
        assert_eq!(client.call(&request, 9).await.groups[0].error_code, expected, "{epoch}");
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn groups_have_settings_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut coordinated(&broker).await;
    client.make_topic("t").await;
    for (name, value, expected) in [
        ("consumer.heartbeat.interval.ms", "7000", ErrorCode::NONE),
        ("consumer.heartbeat.interval.ms", "1000", ErrorCode::INVALID_CONFIG),
        ("consumer.heartbeat.interval.ms", "soon", ErrorCode::INVALID_CONFIG),
        ("share.session.timeout.ms", "45000", ErrorCode::INVALID_CONFIG),
    ] {
        let config = AlterableConfig { name: name.into(), config_operation: 0, value: text(value) };
        let resource =
            AlterConfigsResource { resource_type: GROUP, resource_name: "g".into(), configs: vec![config] };
        let request = IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
        assert_eq!(client.call(&request, 1).await.responses[0].error_code, expected, "{name}={value}");
    }
    assert_eq!(client.call(&join("a", &["t"]), 1).await.heartbeat_interval_ms, 7_000);
    let resource =
        DescribeConfigsResource { resource_type: GROUP, resource_name: "g".into(), configuration_keys: None };
    let request = DescribeConfigsRequest { resources: vec![resource], ..Default::default() };
    let configs = &client.call(&request, 4).await.results[0].configs;
    let shown: Vec<_> = configs
        .iter()
        .map(|config| (config.name.as_str(), config.value.as_deref(), config.config_source))
        .collect();
    assert_eq!(
        shown,
        [
            ("consumer.session.timeout.ms", Some("45000"), 5),
            ("consumer.assignment.interval.ms", Some("0"), 4),
            ("consumer.heartbeat.interval.ms", Some("7000"), 8),
        ]
    );
    broker.shutdown().await;
}

#[tokio::test]
async fn the_group_protocol_is_a_finalized_feature() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    // Clients of version 3 would not understand that it may be at level 0: they are not told that it is supported.
    for (version, range) in [(3, None), (4, Some((0, 1)))] {
        let request =
            ApiVersionsRequest { client_software_name: "it".into(), client_software_version: "1".into() };
        let response = client.call(&request, version).await;
        let supported =
            response.supported_features.iter().find(|feature| feature.name.as_str() == "group.version");
        assert_eq!(supported.map(|feature| (feature.min_version, feature.max_version)), range);
        let finalized =
            response.finalized_features.iter().find(|feature| feature.name.as_str() == "group.version");
        assert_eq!(finalized.map(|feature| feature.max_version_level), Some(1));
        assert!(response.finalized_features_epoch >= 0);
    }
    broker.shutdown().await;
}

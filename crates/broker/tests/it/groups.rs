//! Classic groups over the wire: two members share, one leaves, offsets come back.

use bytes::Bytes;
use millstream_broker::Broker;
use millstream_wire::ErrorCode;
use millstream_wire::messages::delete_groups::DeleteGroupsRequest;
use millstream_wire::messages::describe_groups::DescribeGroupsRequest;
use millstream_wire::messages::find_coordinator::FindCoordinatorRequest;
use millstream_wire::messages::heartbeat::HeartbeatRequest;
use millstream_wire::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use millstream_wire::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use millstream_wire::messages::list_groups::ListGroupsRequest;
use millstream_wire::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use millstream_wire::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use millstream_wire::messages::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment};

use crate::client::{Client, broker};

fn join(member_id: &str) -> JoinGroupRequest {
    JoinGroupRequest {
        group_id: "g".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        member_id: member_id.into(),
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".into(),
            metadata: Bytes::from_static(b"m"),
        }],
        ..Default::default()
    }
}

fn heartbeat(joined: &JoinGroupResponse) -> HeartbeatRequest {
    HeartbeatRequest {
        group_id: "g".into(),
        generation_id: joined.generation_id,
        member_id: joined.member_id.clone(),
        ..Default::default()
    }
}

fn sync(joined: &JoinGroupResponse) -> SyncGroupRequest {
    let assign = |member: &millstream_wire::messages::join_group::JoinGroupResponseMember| {
        SyncGroupRequestAssignment {
            member_id: member.member_id.clone(),
            assignment: Bytes::from(format!("for {}", member.member_id)),
        }
    };
    SyncGroupRequest {
        group_id: "g".into(),
        generation_id: joined.generation_id,
        member_id: joined.member_id.clone(),
        assignments: joined.members.iter().map(assign).collect(),
        ..Default::default()
    }
}

async fn coordinated(broker: &Broker) -> Client {
    let mut client = Client::connect(broker).await;
    let found = client.call(&FindCoordinatorRequest { key: "g".into(), ..Default::default() }, 2).await;
    assert_eq!((found.error_code, found.node_id), (ErrorCode::NONE, 1));
    client
}

#[tokio::test]
async fn two_members_share_and_one_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let (a, b) = (&mut coordinated(&broker).await, &mut coordinated(&broker).await);

    let told = a.call(&join(""), 5).await;
    assert_eq!(told.error_code, ErrorCode::MEMBER_ID_REQUIRED);
    let joined_a = a.call(&join(&told.member_id), 5).await;
    assert_eq!((joined_a.error_code, joined_a.generation_id), (ErrorCode::NONE, 1));
    assert_eq!(joined_a.leader, joined_a.member_id);
    let synced = a.call(&sync(&joined_a), 3).await;
    assert_eq!(synced.assignment, format!("for {}", joined_a.member_id));

    // The second one makes the first one come back; version 0 gets its id at once.
    b.send(&join(""), 0).await;
    let mut beat = a.call(&heartbeat(&joined_a), 3).await;
    while beat.error_code == ErrorCode::NONE {
        beat = a.call(&heartbeat(&joined_a), 3).await;
    }
    assert_eq!(beat.error_code, ErrorCode::REBALANCE_IN_PROGRESS);
    let joined_a = a.call(&join(&joined_a.member_id), 5).await;
    let joined_b = b.receive::<JoinGroupRequest>(0).await;
    assert_eq!((joined_a.generation_id, joined_b.generation_id), (2, 2));
    assert_eq!((joined_a.members.len(), joined_b.members.len()), (2, 0), "the leader sees everybody");

    b.send(&sync(&joined_b), 0).await;
    a.call(&sync(&joined_a), 3).await;
    let synced = b.receive::<SyncGroupRequest>(0).await;
    assert_eq!(synced.assignment, format!("for {}", joined_b.member_id));
    assert_eq!(b.call(&heartbeat(&joined_b), 0).await.error_code, ErrorCode::NONE);

    let described =
        a.call(&DescribeGroupsRequest { groups: vec!["g".into()], ..Default::default() }, 4).await;
    let group = &described.groups[0];
    assert_eq!((&*group.group_state, &*group.protocol_data, group.members.len()), ("Stable", "range", 2));
    assert!(group.members.iter().all(|m| &*m.client_host == "/127.0.0.1" && &*m.client_id == "test"));
    let listed =
        a.call(&ListGroupsRequest { states_filter: vec!["stable".into()], ..Default::default() }, 4).await;
    assert_eq!((&*listed.groups[0].group_id, &*listed.groups[0].group_state), ("g", "Stable"));
    let refused = a.call(&DeleteGroupsRequest { groups_names: vec!["g".into(), "no".into()] }, 1).await;
    let codes: Vec<_> = refused.results.iter().map(|row| row.error_code).collect();
    assert_eq!(codes, [ErrorCode::NON_EMPTY_GROUP, ErrorCode::GROUP_ID_NOT_FOUND]);

    let members = [&joined_a, &joined_b].map(|joined| MemberIdentity {
        member_id: joined.member_id.clone(),
        group_instance_id: None,
        ..Default::default()
    });
    let leave = LeaveGroupRequest { group_id: "g".into(), members: members.into(), ..Default::default() };
    let left = a.call(&leave, 3).await;
    assert!(left.members.iter().all(|member| member.error_code.is_none()), "{left:?}");
    let deleted = a.call(&DeleteGroupsRequest { groups_names: vec!["g".into()] }, 2).await;
    assert_eq!(deleted.results[0].error_code, ErrorCode::NONE);
    let described =
        a.call(&DescribeGroupsRequest { groups: vec!["g".into()], ..Default::default() }, 5).await;
    assert_eq!(&*described.groups[0].group_state, "Dead");
    broker.shutdown().await;
}

fn commit(group: &str, topic: &str) -> OffsetCommitRequest {
    let partition = |partition_index| OffsetCommitRequestPartition {
        partition_index,
        committed_offset: 3,
        ..Default::default()
    };
    let partitions = vec![partition(0)];
    let topics = vec![OffsetCommitRequestTopic { name: topic.into(), partitions, ..Default::default() }];
    OffsetCommitRequest { group_id: group.into(), topics, ..Default::default() }
}

/// Version 0 went to ZooKeeper: its clients (kafka-python's `SimpleClient`) ask for no coordinator first.
#[tokio::test]
async fn version_0_commits_without_a_coordinator() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let done = client.call(&commit("old", "t"), 0).await;
    assert_eq!(done.topics[0].partitions[0].error_code, ErrorCode::NONE);
    let left: Vec<_> = broker.activity().groups().into_iter().flat_map(|group| group.offsets).collect();
    assert_eq!(left.iter().map(|offset| (&*offset.topic, offset.committed)).collect::<Vec<_>>(), [("t", 3)]);
    broker.shutdown().await;
}

#[tokio::test]
async fn groups_are_filtered_and_forget_offsets() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut coordinated(&broker).await;
    client.make_topic("t").await;
    client.make_topic("u").await;
    for topic in ["t", "u"] {
        let done = client.call(&commit("empty", topic), 7).await;
        assert_eq!(done.topics[0].partitions[0].error_code, ErrorCode::NONE);
    }
    client.call(&join(""), 2).await;
    for (states, types, expected) in [
        (vec![], vec![], vec!["empty", "g"]),
        (vec!["EMPTY "], vec![], vec!["empty"]),
        (vec!["CompletingRebalance", "Dead"], vec!["Classic"], vec!["g"]),
        (vec![], vec!["consumer"], vec![]),
        (vec![], vec!["consumer", "classic"], vec!["empty", "g"]),
        (vec!["nonsense"], vec![], vec![]),
    ] {
        let strings = |names: Vec<&str>| names.into_iter().map(Into::into).collect();
        let request = ListGroupsRequest { states_filter: strings(states), types_filter: strings(types) };
        let response = client.call(&request, 5).await;
        let mut names: Vec<_> = response.groups.iter().map(|group| &*group.group_id).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{request:?}");
    }
    let forget = |group: &str, topics: &[(&str, &[i32])]| OffsetDeleteRequest {
        group_id: group.into(),
        topics: topics
            .iter()
            .map(|(name, indexes)| OffsetDeleteRequestTopic {
                name: (*name).into(),
                partitions: indexes
                    .iter()
                    .map(|index| OffsetDeleteRequestPartition { partition_index: *index })
                    .collect(),
            })
            .collect(),
    };
    let response = client.call(&forget("empty", &[("t", &[0, 1]), ("none", &[0])]), 0).await;
    assert_eq!(response.error_code, ErrorCode::NONE);
    let mut rows: Vec<_> = response
        .topics
        .iter()
        .flat_map(|topic| {
            topic.partitions.iter().map(|row| (&*topic.name, row.partition_index, row.error_code))
        })
        .collect();
    rows.sort_unstable_by_key(|(topic, partition, _)| (*topic, *partition));
    let unknown = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    assert_eq!(rows, [("none", 0, unknown), ("t", 0, ErrorCode::NONE), ("t", 1, unknown)]);
    let left: Vec<_> = broker.activity().groups().into_iter().flat_map(|group| group.offsets).collect();
    assert_eq!(left.iter().map(|offset| &*offset.topic).collect::<Vec<_>>(), ["u"]);
    let response = client.call(&forget("nobody", &[("t", &[0])]), 0).await;
    assert_eq!(response.error_code, ErrorCode::GROUP_ID_NOT_FOUND);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_waiting_member_is_told_when_the_broker_goes() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let (a, b) = (&mut coordinated(&broker).await, &mut coordinated(&broker).await);
    let joined = a.call(&join(""), 2).await;
    assert_eq!(joined.error_code, ErrorCode::NONE);
    a.call(&sync(&joined), 2).await;
    b.send(&join(""), 2).await;
    while a.call(&heartbeat(&joined), 2).await.error_code == ErrorCode::NONE {}
    broker.shutdown().await;
    assert_eq!(b.receive::<JoinGroupRequest>(2).await.error_code, ErrorCode::COORDINATOR_NOT_AVAILABLE);
}

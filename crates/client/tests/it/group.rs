//! Joining a group: member ids, leadership, the share that comes back.

use std::sync::{Arc, Mutex};

use millstream_client::{Client, GroupMember};
use millstream_wire::consumer_protocol::{self, ConsumerProtocolAssignment};
use millstream_wire::messages::find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
use millstream_wire::messages::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use millstream_wire::messages::join_group::{JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember};
use millstream_wire::messages::leave_group::{LeaveGroupRequest, LeaveGroupResponse};
use millstream_wire::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};
use millstream_wire::{ApiKey, ErrorCode};

use crate::scripted_broker::{Asked, Reply, start};

const APIS: [(ApiKey, i16); 6] = [
    (ApiKey::Metadata, 12),
    (ApiKey::FindCoordinator, 3),
    (ApiKey::JoinGroup, 7),
    (ApiKey::SyncGroup, 5),
    (ApiKey::Heartbeat, 4),
    (ApiKey::LeaveGroup, 5),
];

/// Gives a member id first, makes the member the leader, and hands back what the leader sends.
fn coordinator(asked: &Asked) -> Option<bytes::Bytes> {
    Some(match asked.api {
        ApiKey::ApiVersions => asked.versions(&APIS),
        ApiKey::Metadata => asked.metadata(),
        ApiKey::FindCoordinator => {
            let here = FindCoordinatorResponse {
                host: "127.0.0.1".into(),
                port: asked.port.into(),
                ..Default::default()
            };
            asked.answer::<FindCoordinatorRequest>(&here)
        }
        ApiKey::JoinGroup => asked.answer::<JoinGroupRequest>(&joined(&asked.request())),
        ApiKey::SyncGroup => {
            let request: SyncGroupRequest = asked.request();
            let assignment = request.assignments[0].assignment.clone();
            asked.answer::<SyncGroupRequest>(&SyncGroupResponse { assignment, ..Default::default() })
        }
        ApiKey::Heartbeat => {
            let error_code = ErrorCode::REBALANCE_IN_PROGRESS;
            asked.answer::<HeartbeatRequest>(&HeartbeatResponse { error_code, ..Default::default() })
        }
        ApiKey::LeaveGroup => {
            let request: LeaveGroupRequest = asked.request();
            assert_eq!(request.members[0].member_id, "m-1");
            asked.answer::<LeaveGroupRequest>(&LeaveGroupResponse::default())
        }
        _ => return None,
    })
}

fn joined(request: &JoinGroupRequest) -> JoinGroupResponse {
    if request.member_id.is_empty() {
        let error_code = ErrorCode::MEMBER_ID_REQUIRED;
        return JoinGroupResponse { error_code, member_id: "m-1".into(), ..Default::default() };
    }
    let member = JoinGroupResponseMember {
        member_id: request.member_id.clone(),
        metadata: request.protocols[0].metadata.clone(),
        ..Default::default()
    };
    JoinGroupResponse {
        generation_id: 1,
        protocol_name: Some(request.protocols[0].name.clone()),
        leader: member.member_id.clone(),
        member_id: member.member_id.clone(),
        members: vec![member],
        ..Default::default()
    }
}

#[tokio::test]
async fn a_member_joins_divides_hears_of_a_rebalance_and_leaves() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let address = start(move |asked: Asked| {
        log.lock().unwrap().push(asked.api.name());
        coordinator(&asked).map_or(Reply::Close, Reply::Bytes)
    })
    .await;
    let mut client = Client::connect(&address).await.unwrap();
    let mut member = GroupMember::new("g", vec!["t".into()]);
    let assignment = member.join(&mut client).await.unwrap();
    assert_eq!(assignment.into_iter().collect::<Vec<_>>(), [("t".to_owned(), vec![0])]);
    assert!(!member.heartbeat(&mut client).await.unwrap(), "a rebalance");
    member.leave(&mut client).await.unwrap();
    assert_eq!(
        seen.lock().unwrap().join(" "),
        "ApiVersions FindCoordinator JoinGroup JoinGroup Metadata SyncGroup Heartbeat LeaveGroup"
    );
}

#[test]
fn an_assignment_is_what_other_clients_write() {
    // Version 0, one topic "t" with partitions 0 and 2, no user data: the bytes of kafka-python 2.0.2
    let bytes = b"\0\0\0\0\0\x01\0\x01t\0\0\0\x02\0\0\0\0\0\0\0\x02\xff\xff\xff\xff";
    let decoded = consumer_protocol::decode::<ConsumerProtocolAssignment>(bytes[..].into());
    let (version, assignment) = decoded.unwrap();
    assert_eq!((version, assignment.assigned_partitions[0].partitions.as_slice()), (0, &[0, 2][..]));
}
